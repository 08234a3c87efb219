"""`polarity prompt`: the commands about how the LLM is asked."""

import typer

from polarity.cli.prompt import trial

app = typer.Typer(name="prompt", help="Measure how the LLM is best asked.", no_args_is_help=True)
app.command("try")(trial.try_)
