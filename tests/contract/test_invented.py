"""Invented answers, language by language: what large models say in sentences, and traps beside them."""

from dataclasses import replace
from pathlib import Path

import pytest

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.review.corpus import CorpusRow, conform, label_of, read_corpus

CONTRACT = load_contract()
ROWS = read_corpus(Path(__file__).parent.parent.parent / "fixtures" / "sentences.jsonl", CONTRACT)
CODES = ("en", *CONTRACT.file.languages)


def _of(code: str) -> list[CorpusRow]:
    return [row for row in ROWS if row.id.startswith(f"{code}-")]


def _with(*codes: str) -> Contract:
    languages = {code: CONTRACT.file.languages[code] for code in codes if code in CONTRACT.file.languages}
    return replace(CONTRACT, file=CONTRACT.file.model_copy(update={"languages": languages}))


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
def test_answers_of_each_language(code: str) -> None:
    """No verdict is wrong, and nine of ten stated labels are read."""
    found = conform(_of(code), CONTRACT)
    assert [] == [miss.row.text for miss in found.misses if miss.kind != "lost"]
    assert found.recall is not None
    assert found.recall >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
def test_no_language_makes_anothers_answers_wrong(code: str) -> None:
    """Whatever other languages are declared, an answer has its own language's label, or none."""
    alone = _with(code)
    for row in _of(code):
        said = label_of(mapper.map(row.completion, alone))
        assert label_of(mapper.map(row.completion, CONTRACT)) in (said, None), row.text
