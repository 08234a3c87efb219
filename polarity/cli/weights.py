"""`polarity weights`: the weights of language models that have a name."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.cli.console import err, out, print_json, progress
from polarity.cli.options import JsonOption

if TYPE_CHECKING:
    from polarity.weights import Entry

app = typer.Typer(
    name="weights", help="Language models that have a name: fetched by hash, kept.", no_args_is_help=True
)
NameArgument = Annotated[str, typer.Argument(help="A name that `polarity weights list` shows.")]


@app.command("list")
def list_(json_object: JsonOption = False) -> None:
    """List the weights that have a name, and whether they are there."""
    from polarity.weights import entries, megabytes

    shown = [_shown(entry) for entry in entries().values()]
    if json_object:
        print_json(shown)
    for one in shown if not json_object else ():
        size = megabytes(one["size"])
        out.print(f"{one['name']:14} {one['state']:8} {size:>9}  {one['licence']}  {one['title']}")


def _shown(entry: "Entry") -> dict[str, Any]:
    from polarity.weights import state_of, weights_folder

    told = entry.model_dump(exclude={"parts", "installed"})
    return told | {"state": state_of(entry, weights_folder())}


@app.command()
def fetch(name: NameArgument) -> None:
    """Download weights in parts, each by its hash, join them, and print where they lie.

    A fetch that was stopped goes on where it was. `POLARITY_CACHE` names another folder to keep them in.
    """
    from polarity.weights import fetch as run
    from polarity.weights import megabytes, named, weights_folder

    entry = named(name)
    with progress(f"fetching {name}") as bar:
        path = run(
            entry,
            weights_folder(),
            on_joined=lambda parts, size: bar.at(parts, len(entry.parts), f"parts, {megabytes(size)}"),
            on_wait=lambda: err.print(f"another process fetches {name}: waiting for it"),
        )
    print(path)


@app.command()
def path(name: NameArgument) -> None:
    """Print where the weights lie. Exits with 1 if they are not fetched, or were changed since."""
    from polarity.weights import named, path_of, weights_folder

    print(path_of(named(name), weights_folder()))


@app.command()
def remove(name: NameArgument) -> None:
    """Remove fetched weights, and what a fetch that was stopped has left."""
    from polarity.weights import named, weights_folder
    from polarity.weights import remove as run

    err.print(f"removed {run(named(name), weights_folder())}")
