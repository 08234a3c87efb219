"""Options that several commands share, and how they become settings."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from polarity.statistics.gates import FORM

if TYPE_CHECKING:
    from polarity.settings import Settings

Backend = Literal["bert", "llm", "both"]

BackendOption = Annotated[Backend | None, typer.Option("--backend", help="Who answers.", show_default="bert")]
ContractOption = Annotated[
    Path | None,
    typer.Option("--contract", help="A contract file, or a packaged one's id.", show_default="polarity"),
]
CheckpointOption = Annotated[
    str | None,
    typer.Option("--checkpoint", help="A checkpoint folder or hub id.", show_default="the packaged one"),
]
StrategyOption = Annotated[
    Literal["score", "free", "constrained", "auto"] | None,
    typer.Option(
        "--strategy",
        help="How the LLM is asked: label-word scores, free text, text held to label words, or by proof.",
        show_default="score",
    ),
]
FailUnderOption = Annotated[
    list[str] | None,
    typer.Option("--fail-under", metavar=FORM, help="Exit with 3 if it is less. May be repeated."),
]
FailOverOption = Annotated[
    list[str] | None,
    typer.Option("--fail-over", metavar=FORM, help="Exit with 3 if it is more. May be repeated."),
]
OutputsOption = Annotated[
    list[Path] | None,
    typer.Option("--out", "-o", help="Also write it as .html, .json or .md. May be repeated."),
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Read only the first N rows of each file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with the run that was stopped.")]
RetryOption = Annotated[
    bool, typer.Option("--retry-failures", help="Go on, and ask again wherever no answer came.")
]


def settings_from(
    *,
    backend: str | None = None,
    contract: Path | None = None,
    checkpoint: str | None = None,
    strategy: str | None = None,
    service: dict[str, Any] | None = None,
    watch: dict[str, Any] | None = None,
) -> "Settings":
    """Load the settings with the flags that were given on top.

    Raises:
        SettingsError: a setting is unknown or has a bad value.
    """
    from polarity.settings import load_settings

    flags: dict[str, Any] = {
        "backend": backend,
        "contract": contract,
        "bert": _given({"checkpoint": checkpoint}),
        "llm": _given({"strategy": strategy}),
        "service": _given(service or {}),
        "watch": _given(watch or {}),
    }
    return load_settings({key: value for key, value in flags.items() if value not in (None, {})})


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value is not None}


def refuse_given(context: typer.Context, names: Sequence[str], why: str) -> None:
    """Refuse options that have nothing to say here, if they were typed.

    Raises:
        typer.BadParameter: one was; says `why`.
    """
    for name in names:
        source = context.get_parameter_source(name)
        if source and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"{why}: --{name.replace('_', '-')} has nothing to say")
