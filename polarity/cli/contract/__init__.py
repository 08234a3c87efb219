"""`polarity contract`: the commands about contracts, one module each or two that belong together."""

import typer

from polarity.cli.contract import (
    check,
    corpus,
    diff,
    explain,
    fit_policy,
    new,
    packaged,
    show,
    suggest,
    try_policy,
)
from polarity.cli.moved import Command

app = typer.Typer(name="contract", help="Check, read and try a contract by hand.", no_args_is_help=True)
app.command("list")(packaged.list_)
app.command()(new.new)
app.command()(check.check)
app.command()(show.show)
app.command("map")(check.map_)
app.command()(explain.explain)
app.command("test", cls=Command)(corpus.conformance)
app.command()(diff.diff)
app.command()(suggest.suggest)
app.command()(show.schema)
app.command("fit-policy")(fit_policy.fit_policy)
app.command("try-policy")(try_policy.try_policy)
