"""What is ruled out in one pass over a text is ruled out rightly: quick ways find what slow ways find."""

import re
from pathlib import Path

import pytest

from polarity.contract import load_contract
from polarity.contract.beginnings import beginnings
from polarity.contract.canonical import canonical, without_edges
from polarity.contract.loading import Contract
from polarity.contract.review.corpus import read_corpus
from polarity.contract.sentences import tokens, words_in
from polarity.contract.statements import read_sentence
from polarity.contract.vocabulary import Finder, separators

CONTRACT = load_contract()
FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


def texts_of(name: str) -> list[str]:
    """Give the canonical texts of a corpus, cut."""
    return [canonical(row.completion.text)[:400] for row in read_corpus(FIXTURES / name, CONTRACT)]


def heads(text: str) -> set[str]:
    """Give the beginnings that end with a word of the text, as rules read them: without edges."""
    ends = [token.end for token in tokens(text) if token.end <= 300]
    return {head for end in ends if (head := text[:end]) == without_edges(head)}


def states_or_declines(head: str, contract: Contract) -> bool:
    """Say whether a text is a declared sentence, without any short cut."""
    read = read_sentence(head, range(len(contract.all_frames)), contract)
    return read is not None or bool(contract.abstaining.whole(words_in(head)))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("the tone of the review is", False),
        ("the tone of the review is mostly positive", True),
        ("the tone of the review is mostly positive since it", False),
        ("another text", True),  # of which nothing was found
    ],
)
def test_may_be(head: str, expected: bool) -> None:
    """A beginning may be a sentence only where one ends in which some words are the statement."""
    text = "the tone of the review is mostly positive since it is full of praise, and the staff are thanked"
    assert expected == beginnings(text, CONTRACT).may_be(head)


def test_a_beginning_with_a_half_quotation_may_be_anything() -> None:
    """Where a quotation mark stands nothing is ruled out: its partner may have been an edge."""
    assert beginnings('we like it" is not a declared sentence', CONTRACT).may_be('we like it" is not')


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sentences.jsonl", "completions_larger.jsonl"])
def test_no_sentence_is_ruled_out(name: str) -> None:
    """Of all beginnings of some thousand answers none that is ruled out states or declines."""
    wrong = []
    for text in texts_of(name):
        contract = CONTRACT.tongue_of(text)
        found = beginnings(text, contract)
        wrong += [
            head for head in heads(text) if not found.may_be(head) and states_or_declines(head, contract)
        ]
    assert [] == wrong


@pytest.mark.parametrize(
    "words", [CONTRACT.mentions, CONTRACT.contrasts, CONTRACT.modifiers, ["n/a", "(sic)"]]
)
def test_finder_finds_what_an_alternation_finds(words: list[str]) -> None:
    """Declared words are found where a pattern of all of them, the longest first, finds them."""
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")
    finder = Finder(words)
    for text in texts_of("completions_larger.jsonl"):
        assert [found.span() for found in pattern.finditer(text)] == [
            found.span() for found in finder.all_in(text)
        ]


def test_the_longest_separator_counts() -> None:
    """Of separators that begin alike the longest that ends a word parts a text."""
    parts = separators([".", ", so", ", so that", " so", "\n"])
    assert ["fine", " it holds", " is", "soon", ""] == parts.split("fine, so that it holds, so is\nsoon.")
