"""A candidate, from the pairs in the store to the judgement and the pages."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from polarity.contract import Contract, load_contract
from polarity.pages.flat import flattened
from polarity.pages.page import WRITERS
from polarity.pages.writing import check_outputs, write_outputs
from polarity.promotion.gates import check_bounds, judge
from polarity.promotion.pages import Judged, Promotion, promotion_page
from polarity.promotion.pairs import Gold, Said, ShadowPair, Tally, category_of
from polarity.promotion.reviewed import Place, reviewed
from polarity.records import DEFAULT_COLUMNS, Columns, Intake, files_of, paths_of, read_checked
from polarity.settings import Settings, candidate_settings, load_settings, overrides_of
from polarity.statistics.gates import Bound, parsed_all
from polarity.store import Setup, Store, StoredDecision, open_store
from polarity.store.entries import text_hash


class Setups(NamedTuple):
    """Who answered a pair: the primary, and the candidate."""

    primary: Setup
    candidate: Setup


class Golds(NamedTuple):
    """What is known to be right: by decisions that people read, and by the hashes of texts in files."""

    read: Mapping[Place, Gold]
    given: Mapping[str, Gold]

    def of(self, decision: StoredDecision) -> Gold | None:
        """Give what is right of a decision's text: a file's word goes first, it was there for certain."""
        given = self.given.get(decision.text_sha256 or "")
        return given or self.read.get((decision.request_id, decision.index))


def promote(
    candidate: str,
    settings: Settings | None = None,
    *,
    since: datetime | None = None,
    bounds: Sequence[Bound] | None = None,
    gold: str | Path | Sequence[str | Path] = (),
    columns: Columns = DEFAULT_COLUMNS,
    intake: Intake | None = None,
    out: str | Path | Sequence[str | Path] = (),
) -> Promotion:
    """Judge a candidate by its pairs in the settings' store; write what was found to `out`.

    Only pairs of the two setups that answered last count: what a side was before is another candidate.
    `bounds` stand in the place of the settings' gates. Gold is what people said of a text's first decision
    here; and labels of `gold` files are those of the texts that they share with the store, which must keep
    hashes.

    Raises:
        SettingsError: there is no such candidate, no gate, or one on nothing that is measured.
        StoreError: the store cannot be read.
        PolarityError: a contract, gold or an output cannot be used.
    """
    settings, outputs = settings or load_settings(), paths_of(out)
    contract = load_contract(settings.contract)
    theirs = load_contract(candidate_settings(settings, candidate).contract)
    if bounds is None:
        bounds = parsed_all(settings.promotion.fail_under, settings.promotion.fail_over)
    check_bounds(bounds, list(dict.fromkeys((*contract.labels, *theirs.labels))))
    paths = files_of(gold) if gold else []
    check_outputs(outputs, WRITERS, paths)
    known = _gold(paths, columns, contract, intake)
    with open_store(settings.store.url.get_secret_value(), make=False) as store:
        tally, setups, left_out = _tally(store, candidate, since, Golds(reviewed(store), known))
        name = store.name
    about = Judged(
        contract=contract.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
        candidate=candidate,
        sets={key: str(value) for key, value in flattened(overrides_of(settings, candidate))},
        source=name,
        since=f"{since:%Y-%m-%d %H:%M %Z}" if since else "the first one",
        level=settings.promotion.level,
        primary=setups and setups.primary,
        other=setups and setups.candidate,
        left_out=left_out,
    )
    found = Promotion(
        tally=tally, judgement=judge(tally, bounds, level=settings.promotion.level), about=about
    )
    write_outputs(outputs, WRITERS, promotion_page(found))
    return found


def _gold(
    paths: Sequence[Path], columns: Columns, contract: Contract, intake: Intake | None
) -> dict[str, Gold]:
    rows = (row for path in paths for row in read_checked(path, columns, contract, intake=intake))
    return {text_hash(row.text): Gold(row.label) for row in rows if row.label is not None}


def _tally(
    store: Store, candidate: str, since: datetime | None, golds: Golds
) -> tuple[Tally, Setups | None, int]:
    """Count the pairs of those who answered last; also give these, and how many pairs are of others."""
    tallies: dict[tuple[int, int], tuple[Tally, Setups]] = {}
    last = None
    for primary, other in store.pairs(candidate, since=since):
        who = Setups(primary.setup, other.setup)
        last = (id(who.primary), id(who.candidate))  # a store gives one object for one setup
        tally, _ = tallies.setdefault(last, (Tally(), who))
        tally.add(_pair(primary, other, golds))
    if last is None:
        return Tally(), None, 0
    tally, setups = tallies[last]
    return tally, setups, sum(each.pairs for each, _ in tallies.values()) - tally.pairs


def _pair(primary: StoredDecision, other: StoredDecision, golds: Golds) -> ShadowPair:
    return ShadowPair(_text_of(primary), _said(primary), _said(other), golds.of(primary))


def _text_of(decision: StoredDecision) -> str:
    """Name a text by its hash, or by its place in the store where that keeps neither."""
    return decision.text_sha256 or f"{decision.request_id} {decision.index}"


def _said(decision: StoredDecision) -> Said:
    return Said(category_of(decision.label, decision.error), decision.latency_ms, decision.cost)
