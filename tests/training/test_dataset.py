"""Labelled files -> examples: labels, ratings, what is held out, what is drawn."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from polarity.contract import load_contract
from polarity.errors import RecordError, SettingsError, TrainingError
from polarity.records import STANDARD_INPUT, Columns, write
from polarity.training.dataset import Example, LabelledFile, load
from polarity.training.holdout import holdout_hash
from polarity.training.targets import Ratings, Votes

from .sentences import ALL, write_rows

CONTRACT = load_contract()
STARS = Ratings(column="stars", cut_offs=(2.5, 3.5))


def _load(*paths: Path, holdout: frozenset[str] = frozenset(), seed: int = 0, **how: Any) -> list[Example]:
    files = [LabelledFile(path=path, **how) for path in paths]
    return load(files, CONTRACT, holdout=holdout, seed=seed).examples


def _rows(*labels: str) -> list[dict[str, object]]:
    return [{"text": f"text number {at} of some length", "label": label} for at, label in enumerate(labels)]


def test_labels_become_indices_of_the_contract(tmp_path: Path) -> None:
    """An example's label is its index in the contract's order; all labels of its file compete."""
    path = write_rows(tmp_path / "d.jsonl", _rows("POSITIVE", "NEGATIVE", "NEUTRAL"))
    assert [(label, frozenset({0, 1, 2})) for label in (2, 0, 1)] == [
        (example.label, example.competing) for example in _load(path)
    ]


def test_only_the_labels_of_its_own_file_compete(tmp_path: Path) -> None:
    """A two-class file's rows leave the third label out; another file's rows are not touched by that."""
    two = write_rows(tmp_path / "two.jsonl", _rows("POSITIVE", "NEGATIVE"))
    three = write_rows(tmp_path / "three.jsonl", _rows("POSITIVE", "NEGATIVE", "NEUTRAL"))
    assert [{0, 2}] * 2 + [{0, 1, 2}] * 3 == [example.competing for example in _load(two, three)]


def test_a_held_out_label_still_competes(tmp_path: Path) -> None:
    """What a file knows is all of its rows: holding some out does not change how the others are trained."""
    rows = _rows("POSITIVE", "NEGATIVE", "NEUTRAL")
    path = write_rows(tmp_path / "d.jsonl", rows)
    held = holdout_hash(str(rows[2]["text"]))
    assert held
    kept = _load(path, holdout=frozenset({held}))
    assert [(2, ALL), (0, ALL)] == [(example.label, example.competing) for example in kept]


def test_columns_are_chosen_by_name(tmp_path: Path) -> None:
    """Text and label stand in the columns that are named."""
    rows: list[dict[str, object]] = [{"body": "one", "gold": "NEUTRAL"}, {"body": "two", "gold": "POSITIVE"}]
    path = write_rows(tmp_path / "d.jsonl", rows)
    found = _load(path, columns=Columns(text="body", label="gold"))
    assert [("one", 1), ("two", 2)] == [(example.text, example.label) for example in found]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "tsv", "parquet"])
def test_a_files_own_labels_are_mapped(tmp_path: Path, suffix: str) -> None:
    """What the file says, a number or text, becomes the contract's label, whatever the format."""
    path = tmp_path / f"d.{suffix}"
    write(path, [{"text": "a", "gold": 4}, {"text": "b", "gold": 0}, {"text": "c", "gold": 3}])
    labels = {"0": "NEGATIVE", "3": "POSITIVE", "4": "POSITIVE"}
    found = _load(path, columns=Columns(label="gold"), labels=labels)
    assert [("a", 2), ("b", 0), ("c", 2)] == [(example.text, example.label) for example in found]


def test_labels_of_text_are_mapped(tmp_path: Path) -> None:
    """A map may rename the contract's own labels too; it is not applied twice."""
    rows = _rows("good", "NEGATIVE", "POSITIVE")
    path = write_rows(tmp_path / "d.jsonl", rows)
    labels = {"good": "NEGATIVE", "NEGATIVE": "NEUTRAL", "POSITIVE": "POSITIVE"}
    assert [0, 1, 2] == [example.label for example in _load(path, labels=labels)]


@pytest.mark.parametrize("label", ["0 ", 0, 0.0, "0.0", "GOOD", " negative"])
def test_a_map_is_read_as_labels_are_everywhere(tmp_path: Path, label: object) -> None:
    """Case, edge blanks and how a number is spelled do not matter; what it leaves out the contract reads."""
    path = write_rows(
        tmp_path / "d.jsonl", [{"text": "a", "label": "POSITIVE"}, {"text": "b", "label": label}]
    )
    assert [2, 0] == [found.label for found in _load(path, labels={"0": "NEGATIVE", "good": "NEGATIVE"})]


@pytest.mark.parametrize("labels", [None, {"0": "NEGATIVE", "good": "POSITIVE"}])
@pytest.mark.parametrize(
    ("label", "problem"),
    [
        (2, "gold label '2' is not one of NEGATIVE, NEUTRAL, POSITIVE; say which: fill in --labels '2=?'"),
        (
            False,
            "gold label 'False' is not one of NEGATIVE, NEUTRAL, POSITIVE; say which: fill in",
        ),
        ([0, 1], "the row has neither a label nor a rating; its other columns: 'label'"),
        (None, "the row has neither a label nor a rating; its other columns: none"),
        ("", "the row has neither a label nor a rating; its other columns: none"),
    ],
)
def test_a_label_that_nobody_knows_is_an_error(
    tmp_path: Path, label: object, problem: str, labels: dict[str, str] | None
) -> None:
    """The error names file, line and value; nothing is passed through or guessed."""
    path = write_rows(
        tmp_path / "d.jsonl", [{"text": "a", "label": "positive"}, {"text": "b", "label": label}]
    )
    with pytest.raises(RecordError) as caught:
        _load(path, labels=labels)
    assert str(caught.value).startswith(f"{path}:2: {problem}")


def test_a_mapped_file_may_have_ratings_too(tmp_path: Path) -> None:
    """A row whose label is unknown falls back on its rating, as without a map."""
    path = write_rows(tmp_path / "d.jsonl", [{"text": "a", "label": 1}, {"text": "b", "stars": 5}])
    assert [0, 2] == [found.label for found in _load(path, labels={"1": "NEGATIVE"}, ratings=STARS)]


def test_a_map_leads_to_the_contracts_labels(tmp_path: Path) -> None:
    """A map to anything else is refused before the file is read."""
    problem = r"missing\.jsonl: labels: '1' is said to be 'GOOD', not one of NEGATIVE, NEUTRAL, POSITIVE$"
    with pytest.raises(SettingsError, match=problem):
        _load(tmp_path / "missing.jsonl", labels={"0": "NEGATIVE", "1": "GOOD"})


@pytest.mark.parametrize(
    ("row", "label", "more"),
    [({"label": "POSITIVE"}, None, set()), ({"label": 1}, {"1": "POSITIVE", "0": "NEGATIVE"}, {"labels"})],
)
def test_a_record_holds_the_map_where_there_is_one(
    tmp_path: Path, row: dict[str, object], label: dict[str, str] | None, more: set[str]
) -> None:
    """Another map makes another run; a file without one is described as ever."""
    other = {"label": 0} if label else {"label": "NEGATIVE"}
    path = write_rows(tmp_path / "d.jsonl", [{"text": "a", **row}, {"text": "b", **other}])
    (described,) = load([LabelledFile(path=path, labels=label)], CONTRACT).files
    assert {"name", "rows", "held_out", "weight", "sha256"} | more == set(described.as_dict())
    assert label == described.as_dict().get("labels")


@pytest.mark.parametrize(
    ("rating", "label"),
    [(1, 0), (2.5, 0), (2.51, 1), (3, 1), (3.5, 1), (3.6, 2), (5, 2), ("4", 2), (-1.0, 0)],
)
def test_a_rating_is_cut_into_labels(tmp_path: Path, rating: object, label: int) -> None:
    """A rating on a cut-off belongs below it; a number written as text counts as one."""
    rows: list[dict[str, object]] = [{"text": f"t {value}", "stars": value} for value in (rating, 1, 5)]
    path = write_rows(tmp_path / "d.jsonl", rows)
    assert label == _load(path, ratings=STARS)[0].label


def test_a_label_wins_over_a_rating(tmp_path: Path) -> None:
    """The rating is for rows without label only."""
    path = write_rows(
        tmp_path / "d.jsonl", [{"text": "a", "label": "NEUTRAL", "stars": 5}, *_rows("POSITIVE")]
    )
    assert 1 == _load(path, ratings=STARS)[0].label


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            {"label": "GOOD"},
            (
                "gold label 'GOOD' is not one of NEGATIVE, NEUTRAL, POSITIVE; "
                "say which: fill in --labels 'GOOD=?'"
            ),
        ),
        ({}, "the row has neither a label nor a rating; its other columns: none"),
        (
            {"label": None, "points": 3},
            "the row has neither a label nor a rating; its other columns: 'points'",
        ),
        ({"stars": "many"}, "column 'stars' is not a number: 'many'"),
        ({"stars": "nan"}, "column 'stars' is not a number: 'nan'"),
        ({"stars": "-inf"}, "column 'stars' is not a number: '-inf'"),
        ({"stars": True}, "column 'stars' is not a number: True"),
        ({"stars": None}, "column 'stars' is not a number: None"),
        ({"stars": [3]}, "column 'stars' is not a number: [3]"),
    ],
)
def test_a_row_without_usable_label_is_an_error(tmp_path: Path, row: dict[str, object], problem: str) -> None:
    """The error names the file and the line; nothing is guessed or left out."""
    path = write_rows(tmp_path / "d.jsonl", [*_rows("POSITIVE"), {"text": "a row", **row}])
    with pytest.raises(RecordError) as caught:
        _load(path, ratings=STARS)
    assert f"{path}:2: {problem}" == str(caught.value)


@pytest.mark.parametrize("cut_offs", [(), (0.0,), (1.0, 2.0, 3.0)])
def test_cut_offs_must_part_the_labels(tmp_path: Path, cut_offs: tuple[float, ...]) -> None:
    """Three labels need two cut-offs; anything else is refused before a file is read."""
    with pytest.raises(TrainingError, match=rf"^3 labels need 2 cut-offs, not {len(cut_offs)}$"):
        _load(tmp_path / "missing.jsonl", ratings=Ratings(column="stars", cut_offs=cut_offs))


def test_a_file_of_one_label_is_refused(tmp_path: Path) -> None:
    """A softmax over one label is always right: such a file would be trained on and teach nothing."""
    path = write_rows(tmp_path / "praise.jsonl", _rows("POSITIVE", "POSITIVE"))
    with pytest.raises(TrainingError) as caught:
        _load(path)
    assert f"{path}: every row is labelled POSITIVE: a file needs two labels" == str(caught.value)


def test_standard_input_is_refused() -> None:
    """A run record names its data by hash, so data must be a file."""
    with pytest.raises(RecordError, match=r"^-: .*training needs a file"):
        _load(STANDARD_INPUT)


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_max_rows_are_drawn_by_the_seed(tmp_path: Path, seed: int) -> None:
    """The same seed draws the same rows, each at most once; a smaller file is taken whole and in order."""
    path = write_rows(tmp_path / "d.jsonl", _rows(*["POSITIVE", "NEGATIVE"] * 20))
    everything = _load(path)
    drawn = _load(path, max_rows=10, seed=seed)
    assert drawn == _load(path, max_rows=10, seed=seed)
    assert 10 == len(drawn) == len(set(drawn)) == len(set(drawn) & set(everything))
    assert drawn != _load(path, max_rows=10, seed=seed + 1)
    assert everything == _load(path, max_rows=40, seed=seed)


def test_held_out_rows_are_dropped_before_drawing(tmp_path: Path) -> None:
    """A held-out text never comes back in, in whatever case and punctuation, and its file counts it."""
    rows: list[dict[str, object]] = [
        {"text": "One long string of clich&eacute;s .", "label": "NEGATIVE"},
        {"text": "ONE LONG STRING OF CLICHÉS!", "label": "NEGATIVE"},
        {"text": "It broke.", "label": "NEGATIVE"},
        {"text": "A fine long film.", "label": "POSITIVE"},
    ]
    path = write_rows(tmp_path / "d.jsonl", rows)
    held = holdout_hash("one long string of clichés")
    assert held
    loaded = load([LabelledFile(path=path, max_rows=2)], CONTRACT, holdout=frozenset({held}))
    assert {"It broke.", "A fine long film."} == {example.text for example in loaded.examples}
    assert [(2, 2)] == [(file.rows, file.held_out) for file in loaded.files]


def test_a_file_is_described_by_name_and_hash(tmp_path: Path) -> None:
    """The record holds the folder's and the file's name, and the sha256 of the bytes."""
    (tmp_path / "mine").mkdir()
    path = write_rows(tmp_path / "mine" / "d.jsonl", _rows("POSITIVE", "NEGATIVE"))
    (described,) = load([LabelledFile(path=path)], CONTRACT).files
    expected = ("mine/d.jsonl", 2, 0, hashlib.sha256(path.read_bytes()).hexdigest())
    assert expected == (described.name, described.rows, described.held_out, described.sha256)


def test_a_file_in_the_current_folder_is_named_without_a_slash(tmp_path: Path) -> None:
    """A bare file name stays bare."""
    write_rows(tmp_path / "d.jsonl", _rows("POSITIVE", "NEGATIVE"))
    assert "d.jsonl" == load([LabelledFile(path=Path("d.jsonl"))], CONTRACT).files[0].name


def test_a_file_may_be_read_side_by_side(tmp_path: Path) -> None:
    """Each row stands on one side, a fifth of them on dev's, whatever else is in the file."""
    path = write_rows(tmp_path / "d.jsonl", _rows(*["POSITIVE", "NEGATIVE"] * 250))
    train, dev = _load(path, side="train"), _load(path, side="dev")
    assert set(_load(path)) == {*train, *dev}
    assert 500 == len(train) + len(dev)
    assert 80 <= len(dev) <= 120
    shorter = write_rows(tmp_path / "s.jsonl", _rows(*["POSITIVE", "NEGATIVE"] * 25))
    assert dev[: len(_load(shorter, side="dev"))] == _load(shorter, side="dev")


def test_rows_that_belong_together_stand_on_one_side(tmp_path: Path) -> None:
    """What has one value in the column that is named is never parted, also where the value is a number."""
    rows = [{**row, "pair": at // 2} for at, row in enumerate(_rows(*["POSITIVE", "NEGATIVE"] * 50))]
    path = write_rows(tmp_path / "d.jsonl", rows)
    pair_of = {row["text"]: row["pair"] for row in rows}
    pairs = [
        {pair_of[found.text] for found in _load(path, side=side, together="pair")}
        for side in ("train", "dev")
    ]
    assert set(range(50)) == pairs[0] | pairs[1]
    assert set() == pairs[0] & pairs[1]
    assert all(pairs)


def test_a_side_still_knows_the_labels_of_the_file(tmp_path: Path) -> None:
    """What competes is said by all rows, as it is where some are held out."""
    path = write_rows(tmp_path / "d.jsonl", _rows("NEUTRAL", *["POSITIVE", "NEGATIVE"] * 20))
    sides = [_load(path, side=side) for side in ("train", "dev")]
    assert {ALL} == {found.competing for side in sides for found in side}


@pytest.mark.parametrize("more", [{}, {"pair": None}, {"pair": ""}, {"pair": ["a"]}])
def test_a_row_that_stands_with_nobody_is_an_error(tmp_path: Path, more: dict[str, object]) -> None:
    """Without its value a row could come to either side: file, line, column and value are named."""
    rows = [{**row, "pair": "a"} for row in _rows("POSITIVE", "NEGATIVE")]
    path = write_rows(tmp_path / "d.jsonl", [*rows, {"text": "b", "label": "NEUTRAL", **more}])
    with pytest.raises(RecordError) as caught:
        _load(path, side="train", together="pair")
    problem = f"column 'pair' does not say which rows stand together: {more.get('pair')!r}"
    assert f"{path}:3: {problem}" == str(caught.value)


def test_a_side_stands_in_the_record(tmp_path: Path) -> None:
    """Another side, other votes or another column make another run."""
    rows = [{**row, "pair": "a", "votes": {"POSITIVE": 1}} for row in _rows("POSITIVE", "NEGATIVE")]
    path = write_rows(tmp_path / "d.jsonl", rows)
    votes = Votes(column="votes", abstain=("MIXED",))
    file = LabelledFile(path=path, votes=votes, side="train", together="pair")
    (described,) = load([file], CONTRACT).files
    expected = {"votes": {"column": "votes", "abstain": ("MIXED",)}, "side": "train", "together": "pair"}
    assert expected.items() <= described.as_dict().items()
