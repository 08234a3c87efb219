"""A contract's policy tried on stored reports, from the reading to the page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from polarity.contract import load_contract
from polarity.pages.page import WRITERS, Page, Provenance
from polarity.pages.writing import check_outputs, write_outputs
from polarity.records import paths_of
from polarity.settings import Settings, load_settings
from polarity.statistics.gates import Judgement, judged
from polarity.tuning.gold_data import check_names, stored_pairs
from polarity.tuning.policy_pages import policy_page
from polarity.tuning.policy_worth import SweepPoint, Worth, compare, sweep


class PolicyTrial(NamedTuple):
    """What a policy is worth: who decides how well, on each file and on all, and what more LLM calls bring.

    `page` is both for a reader; None, and the others empty, where the reports hold no text, as
    `judgement` says.
    """

    measured: Sequence[Worth]
    sweep: Sequence[SweepPoint]
    page: Page | None
    judgement: Judgement


def try_policy(
    reports: str | Path | Sequence[str | Path],
    settings: Settings | None = None,
    *,
    out: str | Path | Sequence[str | Path] = (),
) -> PolicyTrial:
    """Try the policy of the settings' contract on stored JSON reports, and write the page to `out`.

    No model is asked: the raw outputs in the reports are mapped and decided again.

    Raises:
        SettingsError: two reports have one name.
        PolarityError: the contract, a report or an output cannot be used, or a text has no gold label.
    """
    paths, outputs, settings = paths_of(reports), paths_of(out), settings or load_settings()
    check_names(paths)
    check_outputs(outputs, WRITERS, paths)
    tried = load_contract(settings.contract)
    pairs = [pair for path in paths for pair in stored_pairs(path, tried).pairs]
    if not pairs:
        return PolicyTrial((), (), None, judged([], "the reports hold no text with a gold label"))
    measured = compare(pairs, tried.policy, tried.labels)
    points = sweep(pairs, tried.policy, tried.labels)
    page = policy_page(
        measured,
        points,
        reports=[path.name for path in paths],
        made=Provenance(contract=tried.ref, created=datetime.now(UTC), version=version("polarity")),
    )
    write_outputs(outputs, WRITERS, page)
    return PolicyTrial(measured, points, page, judged([]))
