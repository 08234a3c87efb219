"""Reviews of the store that the settings name, in a line each: what the commands call."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from polarity.contract import load_contract
from polarity.errors import RecordError
from polarity.records import check_place, replacing
from polarity.review.label_studio import config as labelling_config
from polarity.review.label_studio import read_annotations, spelled, task
from polarity.review.queueing import draw_round
from polarity.review.results import Results, results
from polarity.settings import Settings
from polarity.sources import opened_store
from polarity.store import Desk, Round
from polarity.texts.moments import moment_of

TASKS = ".json"
NOBODY = ""  # a reviewer who has read nothing: to them everything waits


class Drawn(NamedTuple):
    """A round, and how many decisions were drawn into it, by the reason: see `review.reasons`."""

    round: Round
    reasons: Mapping[str, int]


class Imported(NamedTuple):
    """Of so many decisions, so many reviews were taken.

    `known` ones were there already, `gone` ones are of what the store does not have.
    """

    tasks: int
    taken: int
    known: int
    gone: int


@contextmanager
def _desk(settings: Settings) -> Iterator[Desk]:
    with opened_store(settings.store) as store:
        yield Desk(store)


def drawn(settings: Settings) -> Drawn | None:
    """Draw a round; None where nothing has come since that people should read.

    Raises:
        StoreError: the store cannot be used.
        ContractError: the contract, whose labels they are, cannot be.
    """
    labels = load_contract(settings.contract).labels
    with _desk(settings) as desk:
        made = draw_round(desk, labels, settings.review)
        return None if made is None else Drawn(made, desk.reasons(made.id))


def summed(settings: Settings, *, since: str | None = None, until: str | None = None) -> Results:
    """Sum up what people said of decisions of the time [`since`, `until`): each as `moment_of` reads it.

    Raises:
        StoreError: the store cannot be read.
        SettingsError: a time is none.
        ContractError: the contract, whose labels they are, cannot be.
    """
    now = datetime.now(UTC)
    times = [None if time is None else moment_of(time, now) for time in (since, until)]
    labels = load_contract(settings.contract).labels
    with _desk(settings) as desk:
        return results(desk.read(since=times[0], until=times[1]), desk.thresholds(), labels)


def exported(settings: Settings, path: Path, *, config: Path | None = None) -> int:
    """Write what waits to be read as tasks for Label Studio, and how they are labelled there; give how many.

    Raises:
        StoreError: the store cannot be read.
        RecordError: nothing waits, a file cannot be written, or that of the tasks is no `.json`.
    """
    if path.suffix.lower() != TASKS:
        raise RecordError(f"tasks for Label Studio are JSON: name a file that ends in {TASKS}", path=path)
    for place in (path, config):
        if place is not None:
            check_place(place)
    labels = load_contract(settings.contract).labels
    with _desk(settings) as desk:
        rows = desk.waiting(NOBODY, settings.review.most)
    if not rows:
        raise RecordError("nothing waits to be read: `polarity review draw` draws what has come", path=path)
    if config is not None:
        with replacing(config) as file:
            file.write(labelling_config(labels) + "\n")
    with replacing(path) as file:
        file.write(spelled(task(row, blind=settings.review.blind) for row in rows))
    return len(rows)


def imported(settings: Settings, path: Path) -> Imported:
    """Take the annotations of a Label Studio export as reviews: of a file with a bad one, none.

    An annotation of a decision whose id is another text's now, since the store is another one, is not taken.

    Raises:
        RecordError: the file is no such export, or states a label that the contract does not have.
        StoreError: the store cannot be written.
    """
    said = read_annotations(path, load_contract(settings.contract).labels)
    taken = known = gone = 0
    with _desk(settings) as desk:
        for one in said:
            found = desk.found(one.decision_id)
            if found is None or (one.request, one.index) != (found.decision.request_id, found.decision.index):
                gone += 1
                continue
            made = desk.say(
                one.decision_id,
                reviewer=one.reviewer,
                verdict=one.verdict,
                mapping_wrong=one.mapping_wrong,
                note=one.note,
                blind=settings.review.blind,
                at=one.at,
            )
            is_known = made.id in {before.id for before in found.reviews}
            taken, known = taken + (not is_known), known + is_known
    return Imported(len({one.decision_id for one in said}), taken, known, gone)
