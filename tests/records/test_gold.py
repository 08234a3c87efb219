"""Records with a gold label that the contract knows."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from polarity.contract import load_contract
from polarity.errors import RecordError, SettingsError
from polarity.records import Columns, gold_rows

from .hearing import Heard

POLARITY = load_contract()


def test_gold_rows_streams_records_with_gold(tmp_path: Path) -> None:
    """Each record comes with its label, up to the limit."""
    lines = ('{"t": "Fine", "stars": "POSITIVE"}', '{"t": "Bad", "stars": "NEGATIVE"}', '{"t": 1}')
    path = _jsonl(tmp_path, *lines)
    rows = list(gold_rows(path, Columns(text="t", label="stars", limit=2), POLARITY))

    assert [("Fine", "POSITIVE"), ("Bad", "NEGATIVE")] == [(row.record.text, row.gold) for row in rows]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"text": "Fine"}', "no gold label in column 'label'"),
        ('{"text": "Fine", "label": ""}', "no gold label in column 'label'"),
        (
            '{"text": "Fine", "label": "good"}',
            (
                "gold label 'good' is not one of NEGATIVE, NEUTRAL, POSITIVE; "
                "say which: fill in --labels 'good=?'"
            ),
        ),
    ],
)
def test_gold_rows_refuses_a_row_without_known_gold(tmp_path: Path, row: str, problem: str) -> None:
    """A missing or foreign gold label stops with the file, the line and the label."""
    path = _jsonl(tmp_path, '{"text": "Fine", "label": "POSITIVE"}', row)

    with pytest.raises(RecordError) as caught:
        list(gold_rows(path, Columns(), POLARITY))

    assert f"{path}:2: {problem}" == str(caught.value)


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("positive", "POSITIVE"),
        (" Negative ", "NEGATIVE"),
        ("NEUTRAL", "NEUTRAL"),
        ("**neutral**", "NEUTRAL"),
        ("positivo", "POSITIVE"),
        ("Neutro", "NEUTRAL"),
        ("n\u00e9gatif", "NEGATIVE"),
    ],
)
def test_gold_is_read_by_the_exact_rules(tmp_path: Path, spelled: str, expected: str) -> None:
    """In any case, with blanks at the edges, in any of its languages, a label is the contract's."""
    path = _jsonl(tmp_path, json.dumps({"text": "x", "label": spelled}))
    assert [expected] == [row.gold for row in gold_rows(path, Columns(), POLARITY)]


@pytest.mark.parametrize("value", ["1", " 1 ", 1, 1.0, "1.0"])
def test_gold_is_what_the_file_says_it_is(tmp_path: Path, value: object) -> None:
    """A file's own labels are mapped before the contract reads them, also integers that became floats."""
    path = _jsonl(tmp_path, json.dumps({"text": "x", "label": value}), '{"text": "y", "label": "negative"}')
    columns = Columns(labels=(("1", "POSITIVE"), ("negative", "NEUTRAL")))
    assert ["POSITIVE", "NEUTRAL"] == [row.gold for row in gold_rows(path, columns, POLARITY)]


def test_foreign_gold_is_listed_with_an_option(tmp_path: Path) -> None:
    """Where no label is known, the error lists those found and the option that says what they are."""
    path = _jsonl(tmp_path, *(json.dumps({"text": "x", "label": value}) for value in (0, 2, 1, 1)))
    with pytest.raises(RecordError) as caught:
        list(gold_rows(path, Columns(), POLARITY, intake=Heard()))
    assert (
        f"{path}: no gold label is one of NEGATIVE, NEUTRAL, POSITIVE; found '0' (1), '1' (2), '2' (1); "
        "say which is which: fill in --labels '0=?,1=?,2=?', or in a recipe "
        'labels = { "0" = "?", "1" = "?", "2" = "?" }'
    ) == str(caught.value)


def test_a_blank_among_foreign_gold_hides_nothing(tmp_path: Path) -> None:
    """Where no label is known, those found are listed though a row has none; such rows are counted beside."""
    path = _jsonl(tmp_path, *(json.dumps({"text": "x", "label": value}) for value in (1, 2, 2, "", 4)))
    with pytest.raises(RecordError) as caught:
        list(gold_rows(path, Columns(), POLARITY, intake=Heard()))
    assert "found '1' (1), '2' (2), '4' (1), and 1 without one; say which is which" in str(caught.value)


def test_only_what_begins_one_label_is_filled_in(tmp_path: Path) -> None:
    """What the letters leave open stands open, in any order of names: pasted unread, the line is refused."""
    spelled = ("pos", "Neg", "n", "NEU", "awful", "-1")
    path = _jsonl(tmp_path, *(json.dumps({"text": "x", "label": value}) for value in spelled))
    with pytest.raises(RecordError) as caught:
        list(gold_rows(path, Columns(), POLARITY, intake=Heard()))
    expected = "fill in --labels '-1=?,NEU=NEUTRAL,Neg=NEGATIVE,awful=?,n=?,pos=POSITIVE', or"
    assert expected in str(caught.value)
    with pytest.raises(SettingsError, match=r"'-1' is said to be '\?', not one of"):
        list(gold_rows(path, Columns(labels=(("-1", "?"),)), POLARITY))


def test_a_hint_of_one_row_is_not_the_first_label(tmp_path: Path) -> None:
    """A word that begins POSITIVE is not said to be NEGATIVE."""
    path = _jsonl(tmp_path, json.dumps({"text": "x", "label": "pos"}))
    with pytest.raises(RecordError, match=r"say which: fill in --labels pos=POSITIVE$"):
        list(gold_rows(path, Columns(), POLARITY))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (Columns(), ["POSITIVE", "NEGATIVE"]),
        (Columns(labels=(("0", "POSITIVE"), ("1", "NEGATIVE"))), ["POSITIVE", "NEGATIVE"]),
        (Columns(labels=(("negative", "POSITIVE"), ("positive", "NEUTRAL"))), ["NEUTRAL", "POSITIVE"]),
    ],
)
def test_classes_of_a_data_set_are_read_by_their_names(
    tmp_path: Path, columns: Columns, expected: list[str]
) -> None:
    """A ClassLabel column of Parquet is read by its names, as far as an option does not speak of them."""
    path = _classes(tmp_path, [1, 0], ["negative", "positive"])
    assert expected == [row.gold for row in gold_rows(path, columns, POLARITY)]


@pytest.mark.parametrize(
    ("names", "labels", "expected"),
    [
        (["a", "b"], (("0", "POSITIVE"), ("1", "NEGATIVE")), ["NEGATIVE", "POSITIVE"]),
        (["negative", "b"], (("0", "POSITIVE"), ("1", "NEGATIVE")), ["NEGATIVE", "POSITIVE"]),
        (["1", "2"], (("1", "NEGATIVE"), ("2", "POSITIVE")), ["POSITIVE", "NEGATIVE"]),
    ],
)
def test_an_option_may_speak_of_a_classs_number(
    tmp_path: Path, names: list[str], labels: tuple[tuple[str, str], ...], expected: list[str]
) -> None:
    """Where not all names are labels, by the option or by the contract."""
    path = _classes(tmp_path, [1, 0], names)
    assert expected == [row.gold for row in gold_rows(path, Columns(labels=labels), POLARITY)]


def test_what_is_said_of_another_columns_numbers_leaves_gold_alone(tmp_path: Path) -> None:
    """One option is for gold and a compared column: numbers of stars are not those of the classes."""
    path = _classes(tmp_path, [0, 1, 2], ["negative", "neutral", "positive"])
    stars = {"1": "NEGATIVE", "2": "NEGATIVE", "3": "NEUTRAL", "4": "POSITIVE", "5": "POSITIVE"}
    rows = gold_rows(path, Columns(labels=tuple(stars.items())), POLARITY)
    assert ["NEGATIVE", "NEUTRAL", "POSITIVE"] == [row.gold for row in rows]


@pytest.mark.parametrize(
    ("names", "said", "expected"),
    [
        (["negative", "positive"], [("0", "POSITIVE")], ["0 is 'negative' and not POSITIVE"]),
        (["negative", "positive"], [("0", "NEGATIVE"), ("1", "POSITIVE")], []),
        (["1", "2"], [("1", "NEGATIVE"), ("2", "POSITIVE")], []),
    ],
)
def test_an_option_that_contradicts_the_names_is_said_not_to_be_read(
    tmp_path: Path, names: list[str], said: list[tuple[str, str]], expected: list[str]
) -> None:
    """Whoever typed it would think that it was followed."""
    heard = Heard()
    path = _classes(tmp_path, [1, 0], names)
    assert 2 == len(list(gold_rows(path, Columns(labels=tuple(said)), POLARITY, intake=heard)))
    assert expected == [told.partition("by which ")[2] for told in heard.told]


def test_a_class_without_a_name_is_no_label(tmp_path: Path) -> None:
    """A row of class -1 has no label, and a number beyond the names is foreign."""
    heard = Heard()
    rows = list(
        gold_rows(_classes(tmp_path, [1, -1, 7], ["negative", "positive"]), Columns(), POLARITY, intake=heard)
    )
    assert ["POSITIVE"] == [row.gold for row in rows]
    assert [(2, "no gold label in column "), (3, "gold label '7' is not on")] == [
        (line, problem[:24]) for line, problem in heard.problems
    ]


def test_a_map_leads_to_labels(tmp_path: Path) -> None:
    """A label that the contract has not is refused before a row is read."""
    with pytest.raises(SettingsError, match=r"labels: '1' is said to be 'GOOD', not one of NEGATIVE"):
        list(gold_rows(tmp_path / "absent.csv", Columns(labels=(("1", "GOOD"),)), POLARITY))


def test_a_map_gives_a_name_one_label(tmp_path: Path) -> None:
    """Spellings that a file's labels do not tell apart may not be two labels."""
    twice = Columns(labels=(("1", "NEGATIVE"), ("1.0", "POSITIVE")))
    with pytest.raises(
        SettingsError, match=r"labels: '1\.0', or how else it is spelled, is said to be NEGATIVE and POSITIVE"
    ):
        list(gold_rows(tmp_path / "absent.csv", twice, POLARITY))


def test_a_label_in_a_list_of_one_is_that_label(tmp_path: Path) -> None:
    """Tools for labelling write lists, since a text may have several labels: of several none is chosen."""
    path = _jsonl(
        tmp_path,
        '{"text": "a", "label": ["Positive"]}',
        '{"text": "b", "label": ["NEGATIVE", "NEUTRAL"]}',
        '{"text": "c", "label": []}',
    )
    heard = Heard()
    assert ["POSITIVE"] == [row.gold for row in gold_rows(path, Columns(), POLARITY, intake=heard)]
    assert [
        (2, "column 'label' holds no single label: ['NEGATIVE', 'NEUTRAL']"),
        (3, "no gold label in column 'label'"),
    ] == heard.problems


def _classes(folder: Path, values: list[int], names: list[str]) -> Path:
    """Write Parquet as `datasets` does."""
    table = pa.table({"text": [f"text {at}" for at, _ in enumerate(values)], "label": values})
    told = {
        "info": {"features": {"text": {"_type": "Value"}, "label": {"_type": "ClassLabel", "names": names}}}
    }
    write_table(table.replace_schema_metadata({"huggingface": json.dumps(told)}), folder / "d.parquet")
    return folder / "d.parquet"


def _jsonl(folder: Path, *lines: str) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
