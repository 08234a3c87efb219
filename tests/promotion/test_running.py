"""A candidate from the store to the page: which pairs count, what the page says, and what is applied."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from polarity.cli import app
from polarity.contract import load_contract
from polarity.promotion import Promotion, promote
from polarity.promotion.pairs import Gold, Graded
from polarity.promotion.reviewed import reviewed
from polarity.promotion.switching import apply, roll_back
from polarity.settings import CandidateSettings, Settings
from polarity.statistics.gates import Bound
from polarity.store import (
    PRIMARY,
    DecisionEntry,
    Desk,
    Recorder,
    Round,
    Selection,
    Setup,
    Store,
    open_store,
)
from polarity.types import Decision, Model, Result, Undecided

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
AGREEMENT = [Bound("agreement", 0.9, "under")]
CONTRACT = load_contract()
_INT8 = CandidateSettings.model_validate({"bert": {"precision": "int8"}})


def _setup(backend: str, model: str) -> Setup:
    return Setup(backend=backend, contract=CONTRACT.ref, models={backend: Model(model)}, polarity_version="0")


OURS, THEIRS = _setup("bert", "tiny"), _setup("llm", "smollm2")


def _said(label: str | None) -> Result:
    return Decision(label=label, decided_by="x") if label else Undecided(reason="unmapped", detail="")


def _record(
    recorder: Recorder,
    at: int,
    labels: tuple[str | None, str | None],
    theirs: Setup = THEIRS,
    text: str | None = None,
) -> None:
    for side, label, setup in ((PRIMARY, labels[0], OURS), ("llm", labels[1], theirs)):
        recorder.record(
            DecisionEntry(
                request_id=f"pol-{at}",
                index=0,
                side=side,
                answered_at=START + timedelta(seconds=at),
                text=text or f"text {at}",
                result=_said(label),
                error=None if label else "unmapped",
                latency_ms=10.0,
                setup=setup,
            )
        )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a store that is there and empty."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    open_store(url).close()
    return Settings.model_validate({"backend": "bert", "store": {"enabled": True, "url": url}})


def _store(settings: Settings) -> Store:
    return open_store(settings.store.url.get_secret_value())


def _fill(settings: Settings, pairs: Iterator[Any]) -> None:
    with _store(settings) as store:
        recorder = Recorder(store)
        for pair in pairs:
            _record(recorder, *pair)
        recorder.close(30)
        assert (0, 0) == (recorder.waiting, recorder.lost)


def _alike(start: int, end: int, theirs: Setup = THEIRS) -> Iterator[Any]:
    return ((at, ("POSITIVE", "POSITIVE"), theirs) for at in range(start, end))


def test_pairs_of_the_store_are_judged(settings: Settings) -> None:
    """Three hundred pairs that agree pass; both sides are named, and nothing was left out."""
    _fill(settings, _alike(0, 300))

    found = promote("llm", settings, bounds=AGREEMENT)

    assert ("passed", 300, 300, 0) == (
        found.judgement.status,
        found.tally.pairs,
        found.tally.texts,
        found.about.left_out,
    )
    assert (OURS, THEIRS) == (found.about.primary, found.about.other)


def test_a_candidate_as_it_was_before_says_nothing_of_it_today(settings: Settings) -> None:
    """Of a candidate with another model behind the same name only what answered last counts."""
    old = _setup("llm", "older")
    _fill(
        settings, iter([*_alike(0, 200, old), *((at, ("POSITIVE", None), THEIRS) for at in range(200, 350))])
    )

    found = promote("llm", settings, bounds=AGREEMENT)

    assert ("failed", 150, 200) == (found.judgement.status, found.tally.pairs, found.about.left_out)


def test_only_pairs_since_then_count(settings: Settings) -> None:
    """With `since` older pairs are as if they were not there."""
    _fill(settings, _alike(0, 50))

    assert 20 == promote("llm", settings, since=START + timedelta(seconds=30), bounds=AGREEMENT).tally.pairs


def test_a_gold_file_lends_its_labels(settings: Settings, tmp_path: Path) -> None:
    """Texts of a labelled file that are in the store, too, have gold: by their hash."""
    _fill(settings, ((at, ("POSITIVE", "NEUTRAL"), THEIRS) for at in range(60)))
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        "".join(json.dumps({"text": f"text {at}", "label": "positive"}) + "\n" for at in range(40))
    )

    found = promote("llm", settings, bounds=[Bound("accuracy.candidate", 0.5, "under")], gold=gold)

    assert ("failed", 40) == (found.judgement.status, found.judgement.gates[0].found.n)


def test_the_page_says_it_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    """What a manager reads first, and what a pipeline reads."""
    _fill(settings, _alike(0, 60))
    page, plain = tmp_path / "page.md", tmp_path / "page.json"

    found = promote("llm", settings, bounds=AGREEMENT, out=[page, plain, tmp_path / "page.html"])

    assert isinstance(found, Promotion)
    assert page.read_text().startswith("# Whether llm may take over is not shown yet.")
    assert "The primary's time is that of its whole request" in page.read_text()
    said = json.loads(plain.read_text())
    assert ("inconclusive", 60) == (said["judgement"]["status"], said["pairs"])
    assert said["judgement"]["gates"][0]["more"] >= 40


def test_the_page_says_by_what_gate_and_who_it_is(settings: Settings, tmp_path: Path) -> None:
    """The lead has the gates that it hangs on; what the candidate sets is named; figures say of how many.

    Two precisions of one checkpoint have the same weights.
    """
    settings = settings.model_copy(update={"candidates": {"llm": _INT8}})
    _fill(settings, ((at, ("POSITIVE", "NEUTRAL"), THEIRS) for at in range(150)))
    page = tmp_path / "page.md"
    bounds = [*AGREEMENT, Bound("failures.candidate", 0.5, "over")]

    promote("llm", settings, bounds=bounds, out=page)

    lead, _, tables = page.read_text().partition("## Gates")
    assert "agreement is 0.0000 over 150 texts that both answered: shown to be under 0.9000." in lead
    assert "failures" not in lead
    assert "| settings | the file's | bert.precision = int8 |" in tables
    assert "| failures (texts) | 0.0000 of 150 | 0.0000 of 150 |" in tables


@pytest.fixture
def place(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file in a folder of its own, which the command line reads."""
    file = tmp_path / "polarity.toml"
    url = settings.store.url.get_secret_value()
    file.write_text(
        f'# ours\nbackend = "bert"\n\n[store]\nenabled = true\nurl = "{url}"\n\n'
        '[shadow]\nbackend = "llm"\nshare = 0.5\n\n[promotion]\nfail_under = ["agreement=0.9"]\n'
    )
    file.chmod(0o640)
    monkeypatch.setenv("POLARITY_CONFIG", str(file))
    return file


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["promote", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return 1, str(result.exception)
    return result.exit_code, result.output


def test_looking_changes_nothing(place: Path, settings: Settings) -> None:
    """Without --apply the settings file stays as it is, whatever was found; the status says that."""
    before = place.read_text()
    assert 4 == _run("llm")[0]
    _fill(settings, _alike(0, 300))
    assert 0 == _run("llm")[0]
    assert (before, ["polarity.toml"]) == (place.read_text(), _files(place))


def _files(place: Path) -> list[str]:
    return sorted(path.name for path in place.parent.iterdir() if path.name.startswith("polarity.toml"))


def test_what_passed_is_applied_and_taken_back(
    place: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch is one line of the file, all else stays; the old file is kept and comes back."""
    monkeypatch.setattr("polarity.promotion.switching.models_of", lambda *_: {"llm": Model("smollm2")})
    _fill(settings, _alike(0, 300))
    before = place.read_text()

    status, said = _run("llm", "--apply")

    expected = before.replace('backend = "bert"', 'backend = "llm"', 1).replace(
        'backend = "llm"\nshare', "share"
    )
    assert (0, expected) == (status, place.read_text())
    assert "SIGHUP" in said
    (kept,) = place.parent.glob("polarity.toml.before-llm.*")
    assert (before, 0o640) == (kept.read_text(), kept.stat().st_mode & 0o777)
    assert 0o640 == place.stat().st_mode & 0o777

    assert 0 == _run("--rollback")[0]

    assert before == place.read_text()
    assert not kept.exists()
    (taken,) = place.parent.glob("polarity.toml.taken-back.*")
    assert expected == taken.read_text()
    with _store(settings) as store:
        assert ["promoted", "rolled_back"] == [event.kind for event in store.events()]


@pytest.mark.parametrize(("label", "status"), [(None, 3), ("POSITIVE", 4)])
def test_what_did_not_pass_is_not_applied(
    label: str | None, status: int, place: Path, settings: Settings
) -> None:
    """Neither a failure nor too little switches anything."""
    _fill(settings, ((at, ("POSITIVE", label), THEIRS) for at in range(200 if label is None else 20)))
    before = place.read_text()

    assert status == _run("llm", "--apply")[0]
    assert (before, ["polarity.toml"]) == (place.read_text(), _files(place))


def test_another_candidate_than_was_judged_is_not_applied(
    place: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model behind the name has changed since its last pair: nobody has tried this one."""
    monkeypatch.setattr("polarity.promotion.switching.models_of", lambda *_: {"llm": Model("smollm3", "00")})
    _fill(settings, _alike(0, 300))

    status, said = _run("llm", "--apply")

    assert 1 == status
    assert "is not what was judged" in said
    assert ["polarity.toml"] == _files(place)


def test_another_way_to_ask_is_another_candidate(
    place: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same model and prompt at another temperature: pairs of before do not count, and do not switch."""
    cool, warm = (replace(THEIRS, fingerprint=word * 32) for word in ("00", "11"))
    monkeypatch.setattr("polarity.promotion.switching.models_of", lambda *_: {"llm": Model("smollm2")})
    monkeypatch.setattr("polarity.promotion.switching.fingerprint_hash", lambda *_: "11" * 32)
    _fill(settings, _alike(0, 300, cool))

    status, said = _run("llm", "--apply")

    assert (1, ["polarity.toml"]) == (status, _files(place))
    assert "something in [bert] or [llm] has changed" in said

    _fill(settings, _alike(300, 310, warm))
    assert 300 == promote("llm", settings, bounds=AGREEMENT).about.left_out


def test_a_variable_that_would_win_is_named(
    place: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A switch in the file would change nothing while the environment says otherwise."""
    monkeypatch.setattr("polarity.promotion.switching.models_of", lambda *_: {"llm": Model("smollm2")})
    _fill(settings, _alike(0, 300))
    monkeypatch.setenv("POLARITY_BACKEND", "bert")

    assert (1, "POLARITY_BACKEND would go before the file: unset it, then apply") == _run("llm", "--apply")
    assert ["polarity.toml"] == _files(place)


def test_a_clock_that_was_set_back_does_not_change_which_switch_was_the_last(place: Path) -> None:
    """What is taken back is the last switch, though one before it has a later time in its name."""
    before = place.with_name("polarity.toml.before-llm.20990101T000000000000Z")
    before.write_text("# of another time\n")

    switch = apply({"backend": "llm"}, "next")
    roll_back()

    assert "polarity.toml.before-next.20990101T000000000001Z" == switch.kept.name
    assert place.read_text().startswith("# ours")


@pytest.mark.usefixtures("place")
def test_there_is_nothing_to_go_back_to() -> None:
    """A first rollback without a switch is an error that names what it looked for."""
    status, said = _run("--rollback")
    assert 1 == status
    assert "nothing to go back to" in said


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a candidate, or --checkpoint"),
        (("llm", "--checkpoint", "x"), "name a candidate, or --checkpoint"),
        (("--checkpoint", "x"), "--checkpoint is judged by texts"),
        (("nobody",), "no candidate 'nobody'"),
        (("llm", "--since", "yesterday"), "'yesterday' is no time"),
        (("llm", "--fail-under", "agreement=1"), "no number of pairs can show"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], said: str) -> None:
    """Wrong options are named; nothing is judged."""
    status, output = _run(*arguments)
    assert status in (1, 2)
    assert said in " ".join(output.replace("│", " ").split())


def test_what_people_say_of_decisions_is_gold(settings: Settings) -> None:
    """Two of three decisions were read: each label stands with the chance of its decision to be read."""
    _fill(settings, ((at, ("POSITIVE", "NEUTRAL"), THEIRS) for at in range(3)))
    with _store(settings) as store:
        _read(store, ["POSITIVE", "NEUTRAL", None], weights=(1.0, 0.25, 0.25), priorities=(3.0, 1.0, 0.5))

        expected = {("pol-0", 0): Gold("POSITIVE", 1.0, 0.5), ("pol-1", 0): Gold("NEUTRAL", 0.5, 0.5)}
        assert expected == reviewed(store)


def _read(
    store: Store, verdicts: list[str | None], *, weights: Sequence[float], priorities: Sequence[float]
) -> None:
    """Draw the primary's decisions, and say something of some."""
    ids = [decision.id for decision in store.decisions(side=PRIMARY)]
    desk = Desk(store)
    chosen = zip(ids, weights, priorities, strict=True)
    drawn = [Selection(number, "audit", weight, priority, 1) for number, weight, priority in chosen]
    made = Round(id=0, drawn_at=START, after_id=0, upto_id=max(ids), seen=len(ids), threshold=0.0)
    assert desk.add_round(made, drawn) is not None
    for number, verdict in zip(ids, verdicts, strict=True):
        if verdict:
            desk.say(number, reviewer="ana", verdict=verdict)


def test_a_text_has_gold_by_its_first_decision_only(settings: Settings) -> None:
    """One that came four times was four times as likely to be read: its chance would be nobody's."""
    texts = ["often", "seldom", "often", "often", "often"]
    _fill(settings, ((at, ("POSITIVE", "NEUTRAL"), THEIRS, text) for at, text in enumerate(texts)))
    with _store(settings) as store:
        _read(store, [None, "NEUTRAL", *["POSITIVE"] * 3], weights=[1.0] * 5, priorities=(1.0, *[3.0] * 4))

    found = promote("llm", settings, bounds=AGREEMENT)

    assert {Graded(Gold("NEUTRAL", 1.0), "POSITIVE", "NEUTRAL"): 1} == found.tally.graded
