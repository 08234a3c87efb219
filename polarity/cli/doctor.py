"""`polarity doctor`: what is installed, loaded, reachable, and what the LLM server can really do."""

import asyncio
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from polarity.cli.console import out, print_json
from polarity.cli.options import Backend, CheckpointOption, ContractOption, JsonOption, settings_from
from polarity.errors import PolarityError, missing_packages_named
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from polarity.backends.base import PolarityBackend
    from polarity.contract import Contract
    from polarity.settings import Settings

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
    width = max(len(finding.what) for finding in findings)
    for what, ok, detail in findings if not json_object else ():
        mark, style = MARKS[ok]
        out.print(f"{mark:4}", style=style, end="")
        told = "\n".join(map(harmless, detail.splitlines()))
        out.print(f"{what:{width}} {told}")
    raise typer.Exit(1 if any(finding.ok is False for finding in findings) else 0)


def _installed() -> Iterator[Finding]:
    yield Finding("polarity", None, f"{version('polarity')} in {files('polarity')}")
    yield Finding("python", None, f"{platform.python_version()} at {sys.executable}")
    yield Finding("system", None, f"{platform.platform()}, {os.cpu_count()} processors")
    for name in _packages():
        try:
            yield Finding(name, None, version(name))
        except PackageNotFoundError:
            yield Finding(name, None, "not installed")
    yield from _named_weights()


def _named_weights() -> Iterator[Finding]:
    """Tell which weights of the catalogue are there. Starting a backend says it where one is wanted."""
    from polarity.weights import entries, path_of, weights_folder

    for name, entry in entries().items():
        try:
            yield Finding(name, None, f"weights in {path_of(entry, weights_folder())}")
        except PolarityError as error:
            yield Finding(name, None, f"weights: {error}")


def _packages() -> list[str]:
    """Name what polarity says that it needs, its extras' needs after its own, without the developers'."""
    needs = [need for need in requires("polarity") or () if not need.endswith('extra == "dev"')]
    named = (re.match(r"[\w.-]+", need) for need in sorted(needs, key=lambda need: "extra ==" in need))
    return [name[0] for name in named if name and name[0] != "polarity"]


async def _tried(settings: "Settings") -> list[Finding]:
    from polarity.contract import load_contract

    try:
        contract = load_contract(settings.contract)
    except PolarityError as error:
        return [Finding("contract", False, str(error))]
    ref = contract.ref
    found = [Finding("contract", True, f"{ref.id} {ref.version} {ref.sha256[:12]}")]
    found += _policy(settings, contract) if settings.backend == "both" else []
    found += _calibration(settings, contract) if settings.backend != "bert" else []
    if settings.backend in ("bert", "both"):
        found += _bert_weights(settings)
        found += _bert_runtime(settings)
        found += await _probe("bert", lambda: _bert(settings, contract), contract)
    if settings.backend in ("llm", "both"):
        found += _llm_weights(settings) if settings.llm.server == "embedded" else []
        found += await _probe("llm", lambda: _llm(settings, contract), _read_by(contract, settings))
    return found


def _policy(settings: "Settings", contract: "Contract") -> list[Finding]:
    """Hold the models against those that the policy was fitted on; what cannot be read is told elsewhere."""
    from polarity.asking.fingerprint import models_of
    from polarity.contract.fitted_models import policy_mismatch

    fitted = contract.policy.fitted
    if fitted is None:
        return [Finding("policy", None, "typed in, not fitted")]
    if fitted.models is None:
        return [Finding("policy", None, "fitted; on which pair of models is not recorded")]
    try:
        warnings = policy_mismatch(contract, models_of(settings, contract, settings.asked))
    except PolarityError:
        return []
    told = [Finding("policy", None, f"warning: {sentence}") for sentence in warnings]
    return told or [Finding("policy", True, "fitted on this pair of models")]


def _calibration(settings: "Settings", contract: "Contract") -> list[Finding]:
    """Say how the LLM's scores are read; what cannot be read is told elsewhere."""
    from polarity.backends.identity import llm_model
    from polarity.contract.calibrations import calibrated, calibration_mismatch

    if not contract.prompt.calibration:
        return []
    try:
        model = llm_model(settings.llm, contract)
    except PolarityError:
        return []
    own = calibrated(contract, model).calibration
    warnings = calibration_mismatch(contract, model)
    told = [Finding("calibration", None, f"warning: {sentence}") for sentence in warnings]
    return [Finding("calibration", True, f"scores are read by {own.name}")] if own and not told else told


def _read_by(contract: "Contract", settings: "Settings") -> "Contract":
    from polarity.backends.identity import read_by

    try:
        return read_by(contract, settings.llm)
    except PolarityError:  # there are no weights: starting the backend says so
        return contract


def _bert_weights(settings: "Settings") -> list[Finding]:
    from polarity.backends.facts import WEIGHTS
    from polarity.places import hash_once

    path = Path(settings.bert.source) / WEIGHTS
    try:
        return [_weights_finding("bert", hash_once(path), path)]
    except OSError:  # there is no such file: loading the backend says so
        return []


def _bert_runtime(settings: "Settings") -> list[Finding]:
    """Say who runs the network, and why; what cannot be is told elsewhere."""
    from polarity.backends.runtimes.choice import choose

    try:
        choice = choose(settings.bert)
    except PolarityError:
        return []
    warning = "warning: " if choice.is_second else ""
    return [Finding("bert runtime", None, f"{warning}{choice.sentence}")]


def _llm_weights(settings: "Settings") -> list[Finding]:
    from polarity.weights import resolved

    try:
        weights = resolved(settings.llm.gguf)
        return [_weights_finding("llm", weights.sha256(), weights.path)]
    except PolarityError:  # there are none: starting the backend says so
        return []


def _weights_finding(name: str, sha256: str, path: Path) -> Finding:
    return Finding(f"{name} weights", None, f"sha256 {sha256[:12]} in {path}")


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
        with missing_packages_named():
            backend = start()
    except (PolarityError, ImportError) as error:  # a package that is missing or broken is a finding too
        return [Finding(f"{name} loaded", False, str(error))]
    loaded = Finding(f"{name} loaded", True, f"{_model(backend)} in {time.monotonic() - began:.1f} s")
    try:
        answered = await _answered(backend, contract)
        more = await (_proven if name == "llm" else _told_apart)(backend, contract)
        return [loaded, answered, *more]
    finally:
        await backend.aclose()


async def _proven(backend: "PolarityBackend", contract: "Contract") -> list[Finding]:
    """Show what the server really does, and what was learned of it on the way."""
    from polarity.backends.llm import LlmBackend
    from polarity.backends.proofs import prove

    if not isinstance(backend, LlmBackend):
        return []
    proofs = await prove(backend, contract)
    told = [Finding(f"llm {what}", ok, detail) for what, ok, detail in proofs]
    if backend.strategy:
        told.append(Finding("llm strategy", None, backend.strategy))
    return [*told, *(Finding("llm server", None, sentence) for sentence in backend.learned)]


async def _told_apart(backend: "PolarityBackend", contract: "Contract") -> list[Finding]:
    """Let a classifier answer the contract's examples, which are plainly of several labels, in one batch."""
    from polarity.types import Failure, Scores

    what, examples = f"{backend.name} tells apart", contract.prompt.examples
    labels = len({example.label for example in examples})
    if labels <= 1:
        return []
    try:
        raws = await backend.predict([example.text for example in examples])
    except PolarityError as error:
        return [Finding(what, False, str(error))]
    failed = [f"{raw.reason}: {raw.detail}" for raw in raws if isinstance(raw, Failure)]
    if failed:
        return [Finding(what, False, f"{len(failed)} of {len(raws)} texts at once failed: {failed[0]}")]
    given = {
        max(raw.probabilities, key=raw.probabilities.__getitem__) for raw in raws if isinstance(raw, Scores)
    }
    said = f"the contract's {len(examples)} examples have {labels} labels, and are given {len(given)}"
    return [Finding(what, len(given) > 1, f"{said}: {', '.join(sorted(given))}")]


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
