"""A proof of value, from labelled files to the page; what was done is kept, and not done again."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from polarity.asking.progress import OnProgress, unwatched
from polarity.contract import Contract, load_contract
from polarity.errors import RecordError, RunError
from polarity.pages.page import WRITERS
from polarity.pages.writing import check_outputs, write_outputs
from polarity.policy import decide_alone
from polarity.proof.conditions import THOUSAND, Findings, Money
from polarity.proof.dealing import Dealt, dealt
from polarity.proof.pages import Proven, proof_page
from polarity.records import (
    DEFAULT_COLUMNS,
    Columns,
    GoldRow,
    Intake,
    files_of,
    gold_rows,
    paths_of,
    replacing,
    source_name,
)
from polarity.report import compare
from polarity.settings import Settings, load_settings
from polarity.statistics.cost import added, cost
from polarity.stored import usage_of
from polarity.training.curve_run import measure
from polarity.training.learning_curve import LearningCurve, Point
from polarity.training.recipe import Recipe, recipe_of
from polarity.training.run import Origin, train
from polarity.training.state import has_state, run_folder
from polarity.tuning.contract_fitting import fit_contract_policy
from polarity.tuning.fitted_contract import FittedContract
from polarity.tuning.gold_data import StoredPairs, stored_pairs
from polarity.tuning.policy_fit import Plan
from polarity.tuning.policy_worth import GoldPair, Worth
from polarity.types import NO_TOKENS, Decision, Result

TRAINED: Final = "train.jsonl"
JUDGED: Final = "judged.jsonl"
CURVE: Final = "curve.json"
CHECKPOINT: Final = "checkpoint"
REPORT: Final = "report.json"
CONTRACT: Final = "contract.toml"
SAYS: Final = "proof.json"  # of what rows, dealt out how


class ProofPlan(NamedTuple):
    """How a proof is made: rows to judge by, the curve's sizes (None: usual ones), a recipe's `overrides`."""

    judged: int = 800
    sizes: tuple[int, ...] | None = None
    overrides: tuple[str, ...] = ()
    seed: int = 0
    llm_cost: float = 0.01


class Proof(NamedTuple):
    """What was found, about what, and where the checkpoint, the report and the fitted contract lie."""

    findings: Findings
    about: Proven
    folder: Path


OnStage = Callable[[str], None]


def prove(
    data: str | Path | Sequence[str | Path],
    folder: str | Path,
    settings: Settings | None = None,
    *,
    out: str | Path | Sequence[str | Path] = (),
    plan: ProofPlan = ProofPlan(),  # noqa: B008 - frozen
    columns: Columns = DEFAULT_COLUMNS,
    intake: Intake | None = None,
    on_stage: OnStage = lambda _: None,
    on_progress: OnProgress = unwatched,
) -> Proof:
    """Prove what a classifier, a language model and both are worth on labelled rows; write the page to `out`.

    Some rows are kept back to judge by. On the others a learning curve is measured and a checkpoint trained;
    it and the settings' language model are asked about the rows kept back, a policy is fitted on what they
    say and measured out of fold. All of it lies in `folder`: a run that was stopped goes on where it was, if
    data and plan are the same. `on_stage` hears what is begun.

    Raises:
        RunError: the folder is another proof's.
        PolarityError: the data are too few or cannot be used; see each of the steps.
    """
    paths, outputs, settings = files_of(data), paths_of(out), settings or load_settings()
    check_outputs(outputs, WRITERS, paths)
    contract = load_contract(settings.contract)
    rows = [row for path in paths for row in gold_rows(path, columns, contract, intake=intake)]
    parts, place = dealt(rows, plan.judged, seed=plan.seed), Path(folder)
    _begin(place, parts, plan)
    recipe = recipe_of([place / TRAINED], overrides=(f"options.seed={plan.seed}", *plan.overrides))
    on_stage("learning curve")
    curve = _curve(place, recipe, contract, plan)
    on_stage("checkpoint")
    _checkpoint(place, recipe, contract)
    bert = settings.bert.model_copy(update={"checkpoint": str(place / CHECKPOINT)})
    settings = settings.model_copy(update={"bert": bert})
    on_stage("both backends")
    pairs = _asked(place, settings, contract, on_progress)
    on_stage("policy")
    fitted = _fitted(place, settings, plan)
    about = Proven(
        contract=contract.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
        source=source_name(paths),
        trained=len(parts.train),
        judged=len(parts.judged),
        llm=f"{pairs.models['llm'].name}, {settings.llm.strategy}",
    )
    findings = Findings(
        worth=_worth(fitted),
        agreement=_agreement(pairs.pairs, fitted.fit.results),
        cost=_money(pairs.pairs, settings),
        curve=curve,
    )
    write_outputs(outputs, WRITERS, proof_page(findings, about))
    return Proof(findings, about, place)


def _begin(place: Path, parts: Dealt, plan: ProofPlan) -> None:
    """Write the rows that were dealt out, or make sure that they are those that lie there."""
    texts = {name: _lines(rows) for name, rows in ((TRAINED, parts.train), (JUDGED, parts.judged))}
    says = {
        "plan": plan._asdict() | {"sizes": list(plan.sizes or ()), "overrides": list(plan.overrides)},
        **{name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
    }
    said = place / SAYS
    if said.exists():
        if json.loads(said.read_text("utf-8")) != says:
            raise RunError(f"{place}: holds a proof of other rows or another plan: name another folder")
        return
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise RecordError(f"cannot be made: {error.strerror}", path=place) from None
    if any(place.iterdir()):
        raise RunError(f"{place}: is not empty: name another folder")
    for name, text in {**texts, SAYS: json.dumps(says)}.items():
        with replacing(place / name) as file:
            file.write(text)


def _lines(rows: Sequence[GoldRow]) -> str:
    return "".join(json.dumps({"text": row.record.text, "label": row.gold}) + "\n" for row in rows)


def _curve(place: Path, recipe: Recipe, contract: Contract, plan: ProofPlan) -> LearningCurve:
    kept = place / CURVE
    if kept.exists():
        said: Mapping[str, Any] = json.loads(kept.read_text("utf-8"))
        points = tuple(Point(**point) for point in said["points"])
        if plan.sizes is None or len(points) == len(plan.sizes):
            return LearningCurve(points=points, options=said["options"], origin=said["origin"])
    judged = recipe_of([place / TRAINED], [place / JUDGED]).training_data(Path(), Path())
    return measure(judged, contract, recipe.training_base(Path()), recipe.options, [kept], sizes=plan.sizes)


def _checkpoint(place: Path, recipe: Recipe, contract: Contract) -> None:
    """Train on the rows that are not judged by: which epoch is best, a tenth of these says."""
    out = place / CHECKPOINT
    if out.exists():
        return
    train(
        recipe.training_data(Path(), Path()),
        contract,
        recipe.training_base(Path()),
        recipe.options,
        out,
        origin=Origin(command="polarity prove"),
        resume=has_state(run_folder(out)),
    )


def _asked(place: Path, settings: Settings, contract: Contract, on_progress: OnProgress) -> StoredPairs:
    report = place / REPORT
    if not report.exists():
        left = (place / f".{REPORT}.run").is_dir()
        outputs = [report, report.with_suffix(".html")]
        compare(place / JUDGED, outputs, settings, resume=left, on_progress=on_progress)
    return stored_pairs(report, contract)


def _fitted(place: Path, settings: Settings, plan: ProofPlan) -> FittedContract:
    """Fit the policy on what lies in the report: it takes seconds, and is done each time."""
    out = place / CONTRACT
    out.unlink(missing_ok=True)
    found = fit_contract_policy(
        place / REPORT, out, settings, plan=Plan(llm_cost=plan.llm_cost, seed=plan.seed)
    )
    if found.contract is None:
        raise RecordError(found.judgement.reason, path=place / REPORT)
    return found.contract


def _worth(fitted: FittedContract) -> dict[str, Worth]:
    """Take the two backends alone, and both by the fitted policy, which comes last."""
    found = {row.who: row for row in fitted.measured}
    return {"bert": found["bert"], "llm": found["llm"], "both": fitted.measured[-1]}


def _agreement(pairs: Sequence[GoldPair], both: Sequence[Result]) -> dict[str, float]:
    bert = [_label(decide_alone("bert", pair.bert)) for pair in pairs]
    ways = {"llm": [decide_alone("llm", pair.llm) for pair in pairs], "both": both}
    return {
        who: float(np.mean([_label(result) == label for result, label in zip(results, bert, strict=True)]))
        for who, results in ways.items()
    }


def _label(result: Result) -> str | None:
    return result.label if isinstance(result, Decision) else None


def _money(pairs: Sequence[GoldPair], settings: Settings) -> Money:
    used = reduce(added, (usage_of(pair.llm.raw) for pair in pairs), NO_TOKENS)
    price = cost(used, settings.llm.prompt_price, settings.llm.completion_price)
    tokens = (used.prompt_tokens + used.completion_tokens) / len(pairs)
    return Money(tokens, None if price is None else price * THOUSAND / len(pairs))
