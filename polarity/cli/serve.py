"""`polarity serve`: the service."""

import signal
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import err
from polarity.cli.options import (
    BackendOption,
    CheckpointOption,
    ContractOption,
    StrategyOption,
    settings_from,
)

if TYPE_CHECKING:
    from polarity.settings import Settings


def serve(
    backend: BackendOption = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 takes a free one.", show_default="8000")
    ] = None,
) -> None:
    """Serve POST /polarity, a page to try it on, health and docs.

    At SIGHUP, or POST /admin/reload, it reads the settings anew: what is given here goes before them again.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it is listened to: it would end the process

    def given() -> "Settings":
        return settings_from(
            backend=backend,
            contract=contract,
            checkpoint=checkpoint,
            strategy=strategy,
            service={"host": host, "port": port},
        )

    settings = given()
    if err.is_terminal:
        err.print(f"loading {' and '.join(settings.asked)}: the address follows once texts can be labelled")
    from polarity.service.starting import serve as run

    run(settings, again=given)
