"""Files of raw outputs: each kind is told by what is in it."""

from pathlib import Path

import pytest

from polarity.contract import Contract
from polarity.contract.review.corpus import Expected
from polarity.errors import RecordError
from polarity.replay.stored_answers import StoredAnswer, read_answers
from polarity.stored import read_report
from polarity.types import Completion
from tests.replay.test_audit import stored
from tests.report.helpers import Draft, write_report

CORPUS = """\
{"id": "c1", "text": "so so", "says": "NEUTRAL", "source": "written"}
{"id": "c2", "text": "yes", "source": "written", "expect": {"kind": "unmapped", "reason": "undeclared"}}
"""


def test_a_corpus_keeps_what_its_rows_say(tmp_path: Path, contract: Contract) -> None:
    """What a reader found and what a written row fixes come with the completion."""
    path = tmp_path / "corpus.jsonl"
    path.write_text(CORPUS)
    assert [
        StoredAnswer("c1", Completion(text="so so"), None, "NEUTRAL"),
        StoredAnswer(
            "c2", Completion(text="yes"), None, None, Expected(kind="unmapped", reason="undeclared")
        ),
    ] == list(read_answers(path, contract))


def test_a_report_has_the_answers_of_both_sides(tmp_path: Path, report: Draft, contract: Contract) -> None:
    """Each with the id of its text and its backend's name; the language model is named."""
    path = tmp_path / "report.json"
    write_report(path, report)
    rows = read_report(path).rows
    found = list(read_answers(path, contract))
    assert [f"{row.id} ({name})" for row in rows for name in row.raws] == [one.id for one in found]
    assert [raw for row in rows for raw in row.raws.values()] == [one.raw for one in found]
    assert {True} == {(one.by is not None) == one.id.endswith("(llm)") for one in found}


def test_a_response_has_the_answers_of_each_backend(tmp_path: Path, contract: Contract) -> None:
    """An explained response of the endpoint is read as an audit reads it."""
    bert, llm = read_answers(stored(tmp_path, "agreement"), contract)
    assert ("0 (bert)", "softmax") == (bert.id, getattr(bert.raw, "source", None))
    assert StoredAnswer("0 (llm)", Completion(text="mostly positive")) == llm


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.json", "{}", "contract: is missing"),
        ("a.json", '{"results": []}', "backend: is missing"),
        ("a.json", "[]", "not a JSON object"),
        ("a.jsonl", '{"id": "a"}', "1: text: is missing"),
    ],
)
def test_what_is_none_of_these_is_named(
    tmp_path: Path, contract: Contract, name: str, content: str, problem: str
) -> None:
    """File, place and reason."""
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(RecordError) as raised:
        list(read_answers(path, contract))
    assert str(path) in str(raised.value)
    assert problem in str(raised.value)
