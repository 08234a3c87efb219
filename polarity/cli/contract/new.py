"""`polarity contract new`: a contract of one's own to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from polarity.cli.console import err


def new(
    file: Annotated[Path, typer.Argument(help="The file to write; its name is the id.", show_default=False)],
    labels: Annotated[
        str, typer.Option(metavar="A,B,...", help="The labels, in their order.", show_default=False)
    ],
    like: Annotated[
        Path, typer.Option("--from", help="The contract, or its id, that says how answers are phrased.")
    ] = Path("spam"),
) -> None:
    """Write a small valid contract with labels of your own. A file that is there stays as it is.

    Each label is bound to a checkpoint's name of the same letters, in small ones, and read by that word.
    From the other contract it takes what has nothing to do with labels, as "the answer is ...".
    """
    from polarity.contract import load_contract
    from polarity.contract.review.founding import founded
    from polarity.replay.suggestions import check_new, write_contract

    check_new(file)
    names = [label.strip() for label in labels.split(",")]
    write_contract(file, founded(file.name.partition(".")[0], names, load_contract(like)))
    err.print(f"wrote {file}; `polarity contract show {file}` prints it to read")
