"""JSON Lines and arrays: what nobody reads is never a reason to refuse."""

from pathlib import Path
from typing import Any

import pytest

from polarity.errors import RecordError
from polarity.records import Record, read_all


def _read(tmp_path: Path, content: str, name: str = "a.jsonl") -> list[Record]:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    return list(read_all(path))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("NaN", None),
        ("Infinity", "Infinity"),
        ("[-Infinity, 1]", ["-Infinity", 1]),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        ('{"k": 1, "k": 2}', {"k": 2}),
        ('"\\ud800"', "\ud800"),
    ],
)
def test_odd_values_are_carried(tmp_path: Path, value: str, expected: Any) -> None:
    """As what they are nearest to."""
    (record,) = _read(tmp_path, f'{{"text": "fine", "x": {value}}}')
    assert ({"x": expected}, None) == (record.extra, record.problem)


@pytest.mark.parametrize(
    "broken",
    [
        *('{"text": "half', "[1]", '{"text": 5}', '{"text": null}', '{"text": NaN}', '{"txt": "a"}'),
        *('{"text": " "}', '{"text": "a", "text": "b"}', '{"text": "\\ud800"}', "[" * 100_000),
    ],
)
def test_a_bad_row_stands_in_its_place(tmp_path: Path, broken: str) -> None:
    """It says why, and all others are read."""
    rows = _read(tmp_path, f'{{"text": "a"}}\n{broken}\n{{"text": "b"}}\n')
    assert ["a", "", "b"] == [record.text for record in rows]
    assert [False, True, False] == [record.problem is not None for record in rows]


@pytest.mark.parametrize(
    ("label", "expected"), [("1", "1"), ("true", "True"), ("null", None), ("[1]", "1"), ("[1, 2]", None)]
)
def test_labels_that_are_no_text(tmp_path: Path, label: str, expected: str | None) -> None:
    """A number is spelled, also alone in a list; what has several parts is no label, and carried."""
    (record,) = _read(tmp_path, f'{{"text": "a", "label": {label}}}')
    assert (expected, None) == (record.label, record.problem)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    "content", ['[{"text": "a"}, {"text": "b"}]', '\n[\n{"text": "a"},\n{"text": "b"}\n]\n']
)
def test_an_array(tmp_path: Path, content: str, name: str) -> None:
    """Whatever the file is called."""
    assert ["a", "b"] == [record.text for record in _read(tmp_path, content, name)]


@pytest.mark.parametrize("number", ["Infinity", "-1e400", "7" * 5000])
def test_a_number_that_is_carried_as_text_is_no_text(tmp_path: Path, number: str) -> None:
    """As little as 5 is; what is beside it is carried all the same."""
    record, _ = _read(tmp_path, f'{{"text": {number}, "x": {number}}}\n{{"text": "fine"}}')
    assert f"column 'text' is not text: {number[:60]}" == record.problem
    assert number == record.extra["x"]


def test_an_array_on_one_line_knows_its_places(tmp_path: Path) -> None:
    """Else all rows had one name, and an error would name no row."""
    rows = _read(tmp_path, ' [{"text": "a"}, {"text": ""}, {"text": "c"}]\n', "a.json")
    assert [(1, None), (2, "column 'text' is blank"), (3, None)] == [(row.line, row.problem) for row in rows]


def test_an_array_knows_its_lines(tmp_path: Path) -> None:
    """A row is named by the line that it begins on; what is no object has a problem."""
    rows = _read(tmp_path, '\n[\n{"text": "a",\n"x": [1]},\n{"text": "b"}, 5]', "a.json")
    assert [(3, None), (5, None), (5, "not a JSON object: '5'")] == [(row.line, row.problem) for row in rows]


def test_json_lines_may_be_called_json(tmp_path: Path) -> None:
    """What begins with an object is one a line."""
    assert ["a", "b"] == [row.text for row in _read(tmp_path, '{"text": "a"}\n{"text": "b"}\n', "a.json")]


@pytest.mark.parametrize("content", ['[{"text": "a"}, {"text": }]', '[{"text": "a"}', '[{"text": "a"}] x'])
def test_a_broken_array_is_refused(tmp_path: Path, content: str) -> None:
    """Behind the break nothing can be read."""
    with pytest.raises(RecordError, match=r"a\.json:1: (not a JSON array|something stands behind)"):
        _read(tmp_path, content, "a.json")


def test_an_array_with_a_control_character_says_so(tmp_path: Path) -> None:
    """The reason ends where its words do, not with the "at" of a place that is not said."""
    with pytest.raises(RecordError, match=r"not a JSON array: Invalid control character$"):
        _read(tmp_path, '[{"text": "a\x01"}]', "a.json")


def test_where_no_row_is_of_use_the_file_is_refused(tmp_path: Path) -> None:
    """The first row's problem, and how many there are."""
    with pytest.raises(RecordError, match="no column 'text'; found 'body'; none of the 2 rows can be used"):
        _read(tmp_path, '{"body": "a"}\n{"body": "b"}\n')
