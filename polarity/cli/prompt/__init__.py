"""`polarity prompt`: the commands about how the LLM is asked."""

import typer

from polarity.cli.prompt import calibrate, trial

app = typer.Typer(
    name="prompt",
    help="Measure how the LLM is best asked, and calibrate its scores.",
    no_args_is_help=True,
)
app.command("try")(trial.try_)
app.command()(calibrate.calibrate)
