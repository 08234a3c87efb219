"""`polarity doctor`: what is installed, loaded, reachable, and what the LLM server can really do."""

import asyncio
import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from polarity.cli.console import out, print_json
from polarity.cli.options import Backend, CheckpointOption, ContractOption, JsonOption, settings_from
from polarity.errors import PolarityError
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from polarity.backends.base import PolarityBackend
    from polarity.contract import Contract
    from polarity.settings import Settings

PACKAGES = ("torch", "transformers", "openai", "pydantic", "fastapi", "xllamacpp")
MARKS = {True: ("ok", "green"), False: ("BAD", "red"), None: ("", None)}
PROBE = "The delivery was quick and everything works."


class Finding(NamedTuple):
    """One thing looked at. `ok` is None where it is merely told."""

    what: str
    ok: bool | None
    detail: str


def doctor(
    backend: Annotated[Backend, typer.Option(help="Which backends to try.")] = "both",
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    json_object: JsonOption = False,
) -> None:
    """Look at everything that classifying needs, and try it. Exits with 1 if something is broken."""
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint)
    findings = [*_installed(), *asyncio.run(_tried(settings))]
    if json_object:
        print_json([finding._asdict() for finding in findings])
    for what, ok, detail in findings if not json_object else ():
        mark, style = MARKS[ok]
        out.print(f"{mark:4}", style=style, end="")
        told = "\n".join(map(harmless, detail.splitlines()))
        out.print(f"{what:14} {told}")
    raise typer.Exit(1 if any(finding.ok is False for finding in findings) else 0)


def _installed() -> Iterator[Finding]:
    yield Finding("python", None, platform.python_version())
    for name in PACKAGES:
        try:
            yield Finding(name, None, version(name))
        except PackageNotFoundError:
            yield Finding(name, None, "not installed")


async def _tried(settings: "Settings") -> list[Finding]:
    from polarity.contract import load_contract

    try:
        contract = load_contract(settings.contract)
    except PolarityError as error:
        return [Finding("contract", False, str(error))]
    ref = contract.ref
    found = [Finding("contract", True, f"{ref.id} {ref.version} {ref.sha256[:12]}")]
    if settings.backend in ("bert", "both"):
        found += await _probe("bert", lambda: _bert(settings, contract), contract)
    if settings.backend in ("llm", "both"):
        found += await _probe("llm", lambda: _llm(settings, contract), contract)
    return found


def _bert(settings: "Settings", contract: "Contract") -> "PolarityBackend":
    from polarity.backends.bert import BertBackend

    return BertBackend.load(settings.bert, contract)


def _llm(settings: "Settings", contract: "Contract") -> "PolarityBackend":
    from polarity.backends.llm import LlmBackend

    return LlmBackend.start(settings.llm, contract, deadline_s=settings.deadline_s(patient=True))


async def _probe(name: str, start: Callable[[], "PolarityBackend"], contract: "Contract") -> list[Finding]:
    """Start a backend and let it really answer one text."""
    began = time.monotonic()
    try:
        backend = start()
    except (PolarityError, ImportError) as error:  # a package that is missing or broken is a finding too
        return [Finding(f"{name} loaded", False, str(error))]
    loaded = Finding(f"{name} loaded", True, f"{_model(backend)} in {time.monotonic() - began:.1f} s")
    try:
        return [loaded, await _answered(backend, contract)]
    finally:
        await backend.aclose()


async def _answered(backend: "PolarityBackend", contract: "Contract") -> Finding:
    from polarity.contract import mapper
    from polarity.types import Failure

    what = f"{backend.name} answers"
    try:
        await backend.predict([PROBE])  # the first answer pays for warming up
        began = time.monotonic()
        (raw,) = await backend.predict([PROBE])
    except PolarityError as error:
        return Finding(what, False, str(error))
    elapsed = (time.monotonic() - began) * 1000
    outcome = mapper.map(raw, contract)
    if isinstance(outcome, Failure):
        return Finding(what, False, f"{outcome.reason}: {outcome.detail}")
    said = getattr(outcome, "label", None) or getattr(outcome, "reason", None) or "abstained"
    coverage = getattr(outcome, "coverage", None)
    mass = "" if coverage is None else f", {coverage:.0%} of the probability on label words"
    return Finding(what, True, f"{said} in {elapsed:.0f} ms, as {type(raw).__name__}{mass}")


def _model(backend: "PolarityBackend") -> str:
    return str(getattr(backend, "model", backend.name))
