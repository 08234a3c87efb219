"""Votes become the distribution that a row is trained towards, or the row is an error."""

from pathlib import Path

import pytest

from polarity.contract import load_contract
from polarity.errors import RecordError
from polarity.training.dataset import Example, LabelledFile, load
from polarity.training.targets import Votes

from .sentences import ALL, write_rows

CONTRACT = load_contract()
VOTES = Votes(column="votes", abstain=("MIXED",))


def _voted(tmp_path: Path, *rows: dict[str, object], **how: object) -> list[Example]:
    path = write_rows(tmp_path / "d.jsonl", [{"text": f"text {at}", **row} for at, row in enumerate(rows)])
    file = LabelledFile(path=path, votes=VOTES, **how)  # type: ignore[arg-type]
    return load([file], CONTRACT).examples


def test_each_label_has_its_share_of_the_votes(tmp_path: Path) -> None:
    """In the contract's order, whatever the file's; what nobody names has none. All labels compete."""
    found = _voted(
        tmp_path,
        {"label": "POSITIVE", "votes": {"POSITIVE": 4, "NEUTRAL": 1}},
        {"label": "NEGATIVE", "votes": {"NEUTRAL": 1.5, "NEGATIVE": "3.5", "POSITIVE": 0}},
    )
    assert [((0.0, 0.2, 0.8), 2, ALL), ((0.7, 0.3, 0.0), 0, ALL)] == [
        (example.target, example.label, example.competing) for example in found
    ]


def test_who_abstains_votes_for_every_label_alike(tmp_path: Path) -> None:
    """A vote that chooses no label is shared out evenly, in whatever case it is spelled."""
    found = _voted(
        tmp_path,
        {"label": "NEGATIVE", "votes": {"NEGATIVE": 4, "MIXED": 1}},
        {"label": "NEUTRAL", "votes": {"mixed": 3}},
    )
    targets = [example.target for example in found]
    assert [pytest.approx((13 / 15, 1 / 15, 1 / 15)), pytest.approx((1 / 3, 1 / 3, 1 / 3))] == targets


def test_votes_are_named_as_the_files_labels_are(tmp_path: Path) -> None:
    """What the file's map says of a name holds for votes too; what means one label is counted together."""
    found = _voted(
        tmp_path,
        {"label": "bad", "votes": {"bad": 2, "awful": 1, "positive": 1}},
        {"label": "POSITIVE", "votes": {"bad": 1, "positive": 1}},
        labels={"bad": "NEGATIVE", "awful": "NEGATIVE"},
    )
    assert [(0.75, 0.0, 0.25), (0.5, 0.0, 0.5)] == [example.target for example in found]
    assert [0, 2] == [example.label for example in found]


def test_a_row_without_label_has_that_of_most_votes(tmp_path: Path) -> None:
    """A label that stands there is not outvoted."""
    votes = {"NEGATIVE": 1, "NEUTRAL": 3, "POSITIVE": 1}
    assert [1, 0] == [
        row.label
        for row in _voted(tmp_path, {"votes": votes}, {"label": 0, "votes": votes}, labels={"0": "NEGATIVE"})
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"label": "NEUTRAL"}, "the row has no votes; its other columns: none"),
        ({"stars": 3}, "the row has neither a label nor votes; its other columns: 'stars'"),
        ({"votes": None}, "column 'votes' holds no votes, such as {\"NEGATIVE\": 3}: None"),
        ({"votes": [1, 2]}, "column 'votes' holds no votes, such as {\"NEGATIVE\": 3}: [1, 2]"),
        ({"votes": {"NEGATIVE": -1}}, "column 'votes': 'NEGATIVE' has no number of votes: -1"),
        ({"votes": {"NEGATIVE": "nan"}}, "column 'votes': 'NEGATIVE' has no number of votes: 'nan'"),
        ({"votes": {"NEGATIVE": True}}, "column 'votes': 'NEGATIVE' has no number of votes: True"),
        ({"votes": {}}, "column 'votes': nobody voted: {}"),
        ({"votes": {"NEGATIVE": 0, "MIXED": 0}}, "column 'votes': nobody voted: {'NEGATIVE': 0, 'MIXED': 0}"),
        (
            {"votes": {"GOOD": 0}},
            (
                "column 'votes': 'GOOD' is not one of NEGATIVE, NEUTRAL, POSITIVE, MIXED: "
                "name it under labels or abstain"
            ),
        ),
        (
            {"votes": {"NEGATIVE": 2, "POSITIVE": 2, "NEUTRAL": 1}},
            "the row has no label, and as many votes for NEGATIVE and POSITIVE",
        ),
    ],
)
def test_a_row_without_usable_votes_is_an_error(tmp_path: Path, row: dict[str, object], problem: str) -> None:
    """The error names the file, the line and the value; nothing is guessed."""
    good: dict[str, object] = {"label": "POSITIVE", "votes": {"POSITIVE": 5}}
    with pytest.raises(RecordError) as caught:
        _voted(tmp_path, good, row)
    assert f"{tmp_path / 'd.jsonl'}:2: {problem}" == str(caught.value)
