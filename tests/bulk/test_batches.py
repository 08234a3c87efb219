"""Blocks of rows, labelled as a file of them would be."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from polarity.asking.labelling import labelling
from polarity.backends.budgets import Budgets
from polarity.bulk import BatchClassifier
from polarity.bulk.answering import GROUP
from polarity.errors import BudgetSpent, CheckpointError, RecordError
from polarity.records import Record
from polarity.settings import Settings, load_settings

from .conftest import Rows

COLUMNS = ["label", "confidence", "decided_by", "error", "contract", "models"]


@pytest.fixture
def classifier(settings: Settings) -> BatchClassifier:
    """A tiny BERT over a column of texts."""
    return BatchClassifier(settings)


def _scores(table: pa.Table) -> list[Any]:
    return [float(cell).hex() if cell else None for cell in table["confidence"].to_pylist()]


def _alone(rows: Rows, settings: Settings) -> list[Any]:
    """Give the confidences that the command line gives for these rows as a file."""
    records = [
        Record(text=row["text"], id=row["id"], line=at, problem=None if row["text"].strip() else "is blank")
        for at, row in enumerate(rows, start=1)
    ]
    with labelling(records, settings) as labelled:
        found = [getattr(result, "confidence", None) for _, result in labelled]
    return [one and one.hex() for one in found]


@pytest.mark.parametrize("cut", [GROUP, 3 * GROUP], ids=["groups", "several groups"])
def test_blocks_give_the_bits_of_a_file(
    cut: int, classifier: BatchClassifier, settings: Settings, rows: Callable[[int], Rows]
) -> None:
    """Every score is that of the command line to the last bit, bad rows in between or not."""
    made = rows(4 * GROUP - 50)
    table = pa.Table.from_pylist(made)
    blocks = [classifier(table.slice(at, cut)) for at in range(0, len(table), cut)]
    assert _alone(made, settings) == [score for block in blocks for score in _scores(block)]


@pytest.mark.parametrize("cut", [100, 1000], ids=["small batches", "batches that are no groups"])
def test_a_stream_gives_the_bits_of_a_file(
    cut: int, classifier: BatchClassifier, settings: Settings, rows: Callable[[int], Rows]
) -> None:
    """However Arrow's batches are cut; the rows are the same, in order, of the schema that was said."""
    made = rows(3 * GROUP + 17)
    table = pa.Table.from_pylist(made)
    found = pa.Table.from_batches(classifier.map_arrow(iter(table.to_batches(cut))))
    assert table == found.select(table.column_names)
    assert classifier.schema(table.schema) == found.schema
    assert _alone(made, settings) == _scores(found)


def test_some_rows_have_the_bits_of_all(classifier: BatchClassifier, rows: Callable[[int], Rows]) -> None:
    """Where only some are wanted, each is what it is among all."""
    texts = [row["text"] for row in rows(2 * GROUP)]
    problems = [None if text.strip() else "is blank" for text in texts]
    whole = classifier.results(texts, problems)
    wanted = [GROUP + 9, 3, GROUP + 1]
    assert [whole[at] for at in sorted(wanted)] == classifier.results(texts, problems, wanted)


def test_a_stream_without_rows_gives_none(classifier: BatchClassifier) -> None:
    """A partition of an engine may be empty."""
    empty = pa.record_batch({"text": pa.array([], pa.string())})
    assert [] == list(classifier.map_arrow(iter([empty])))


KINDS: dict[str, tuple[Callable[[pa.Table], Any], Callable[[Any], pa.Table]]] = {
    "arrow": (lambda table: table, lambda block: block),
    "pandas": (pa.Table.to_pandas, lambda block: pa.Table.from_pandas(block, preserve_index=False)),
    "arrays": (
        lambda table: {name: table[name].to_numpy() for name in table.column_names},
        lambda block: pa.table({name: pa.array(cells, from_pandas=True) for name, cells in block.items()}),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_comes_back_as_it_is(
    kind: str, classifier: BatchClassifier, rows: Callable[[int], Rows]
) -> None:
    """The same kind, the same rows in order, and the columns of an answer, with the same values."""
    table = pa.Table.from_pylist(rows(GROUP))
    made, read = KINDS[kind]
    block = made(table)
    found = classifier(block)
    assert type(block) is type(found)
    back = read(found)
    assert [*table.column_names, *COLUMNS] == back.column_names
    assert classifier(table).to_pylist() == back.to_pylist()


def test_a_bad_row_has_its_reason(classifier: BatchClassifier) -> None:
    """It stands in its place without a label, and costs no other row anything."""
    found = classifier(pa.table({"text": pa.array(["love it", None, " ", "broke\x00"])}))
    assert [True, False, False, False] == found["label"].is_valid().to_pylist()
    assert [
        None,
        "column 'text' is not text: None",
        "column 'text' is blank",
        "column 'text' holds a NUL character at position 5",
    ] == found["error"].to_pylist()


def test_own_columns_stay(classifier: BatchClassifier) -> None:
    """One that is called like one of an answer's stands under another name."""
    found = classifier({"Text": np.array(["love it"]), "label": np.array(["old"])})
    assert ["Text", "input_label", *COLUMNS] == list(found)
    assert "old" == found["input_label"][0]


def test_an_index_stays(classifier: BatchClassifier) -> None:
    """A data frame's rows are known by it."""
    frame = pd.DataFrame({"text": ["love it", "broke it"]}, index=["b", "a"])
    assert ["b", "a"] == list(classifier(frame).index)


def test_scores_and_raw_outputs_are_there_on_wish(settings: Settings) -> None:
    """As JSON: the probabilities by label, and what the backend said."""
    found = BatchClassifier(settings, scores=True, raws=True)(pa.table({"text": ["love it", ""]}))
    assert [*COLUMNS, "scores", "raws"] == found.column_names[1:]
    assert '{"bert": {"kind": "scores"' == found["raws"][0].as_py()[:26]
    assert [True, False] == found["scores"].is_valid().to_pylist()
    assert [True, False] == found["raws"].is_valid().to_pylist()


def test_it_travels_as_its_settings(classifier: BatchClassifier) -> None:
    """What is loaded stays: the other process loads for itself, and gives the same."""
    block = pa.table({"text": ["love it"]})
    first = classifier(block)
    sent = pickle.dumps(classifier)
    assert len(sent) < 10_000
    assert first == pickle.loads(sent)(block)  # noqa: S301 - our own


def test_closed_it_loads_again(classifier: BatchClassifier) -> None:
    """An engine may keep the object longer than the models."""
    block = pa.table({"text": ["love it"]})
    first = classifier(block)
    classifier.close()
    assert first == classifier(block)


def test_what_cannot_be_used_is_said_by_the_first_call(tmp_path: Path) -> None:
    """Nothing is loaded where it is made; then it raises, and marks no row."""
    lost = BatchClassifier(load_settings({"bert": {"checkpoint": str(tmp_path)}}))
    with pytest.raises(CheckpointError, match=str(tmp_path)):
        lost(pa.table({"text": ["love it"]}))


@pytest.mark.parametrize(
    ("block", "error", "said"),
    [
        ({"body": ["a"]}, RecordError, r"^no column 'text'; found 'body'$"),
        ({"Text": ["a"], "TEXT": ["b"]}, RecordError, r"^column 'text' may be 'Text' or 'TEXT': "),
        (["a"], TypeError, r"^a block of rows is .*, not builtins\.list$"),
    ],
)
def test_what_is_no_block_of_texts_is_refused(
    block: Any, error: type[Exception], said: str, classifier: BatchClassifier
) -> None:
    """Before a model is loaded; names what there is."""
    with pytest.raises(error, match=said):
        classifier(block)


class Spent(Budgets):
    """Budgets without money."""

    def check(self, _: object) -> None:
        """Refuse."""
        raise BudgetSpent("nothing is left")


def test_budgets_may_be_others(settings: Settings) -> None:
    """Those that an engine's workers share go to the backend, and travel."""
    llm = {"server": "remote", "base_url": "http://127.0.0.1:1/v1", "strategy": "free"}
    chosen = load_settings({"backend": "llm", "llm": llm, "bert": settings.bert.model_dump()})
    sent = pickle.dumps(BatchClassifier(chosen).sharing(Spent(chosen.llm)))
    shared = pickle.loads(sent)  # noqa: S301 - our own
    with pytest.raises(BudgetSpent, match="nothing is left"):
        shared({"text": ["love it"]})
