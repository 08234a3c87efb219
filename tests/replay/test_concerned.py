"""Only answers that hold a line's words may be read otherwise once it is added."""

import pytest

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.review.amending import Line, tried
from polarity.replay.concerned import Concerned
from polarity.replay.stored_answers import StoredAnswer
from polarity.types import Completion, Scores
from tests.contract.review.successors import BASE


def places(line: Line, *texts: str, contract: Contract = BASE) -> list[int]:
    """The places of the texts that a line may concern."""
    answers = [StoredAnswer(text, Completion(text=text)) for text in texts]
    return Concerned(contract, answers).by([line])


def test_an_answer_needs_all_words_that_are_declared() -> None:
    """One that has only some is read as it was."""
    line = Line("rules.preambles", "of the answer")
    assert [0] == places(line, "Of the answer: yes", "the answer is yes")


def test_a_word_that_nothing_declares_counts_alone() -> None:
    """It may tell the language of an answer."""
    assert [1] == places(Line("rules.preambles", "the mood"), "The answer is yes", "A mood? Yes")


@pytest.mark.parametrize("text", ["**MO**OD yes", "“mood_yes”", "Mo\u00adod", "\uff2dood"])
def test_marks_and_case_hide_no_word(text: str) -> None:
    """However it is wrapped, a word stands there."""
    assert [0] == places(Line("rules.preambles", "mood"), text)


@pytest.mark.parametrize("text", ["{'a': '\\u006dood'}", "m<b>ood</b>", "&#109;ood", "a" + 31 * "\u0301"])
def test_what_is_spelled_out_elsewhere_is_always_read(text: str) -> None:
    """Nobody knows its words before it is unwrapped."""
    assert [0] == places(Line("rules.preambles", "mood"), text)


def test_scores_are_always_read() -> None:
    """They hold no words of an answer."""
    scores = StoredAnswer("1", Scores(probabilities={"yes": 1.0}, source="softmax"))
    assert [0] == Concerned(BASE, [scores]).by([Line("rules.preambles", "mood")])


@pytest.mark.parametrize(
    ("frame", "alone"),
    [
        ("well the answer is {label}", "well"),  # opens no sentence yet
        ("the answer or {label}", "or"),  # names no frame's word yet, nor stands before a label
        ("the answer is {label} it", "it"),  # stands behind none
    ],
)
def test_a_word_in_a_new_place_counts_alone(frame: str, alone: str) -> None:
    """What frames have beside a label tells where one is stated."""
    assert [1] == places(Line("rules.frames", frame), "the is answer", alone)


def test_an_openings_new_word_counts_alone() -> None:
    """A sentence whose words are all known needs no further look."""
    assert [0] == places(Line("rules.openings", "well {words}"), "well", "is")


@pytest.mark.slow
def test_what_is_not_concerned_is_read_as_it_was() -> None:
    """Of the packaged contract, over answers of each kind; a language's line counts in that language."""
    contract = load_contract()
    texts = [
        *("The mood of this leaflet is positive.", "Positive, saluting them.", "El tono es positivo", "n/a"),
        *("Sure thing: negative", "It reads well.\n\nVerdict so far: positive", "The leaflet is neutral"),
    ]
    lines = [
        *(Line("rules.parts.text", "leaflet"), Line("rules.separators", ", saluting")),
        *(Line("rules.frames", "verdict so far: {label}"), Line("languages.es.preambles", "vale")),
    ]
    answers = [StoredAnswer(text, Completion(text=text)) for text in texts]
    for line in lines:
        concerned = Concerned(contract, answers).by([line])
        new = tried(contract, [line])
        changed = [
            at for at, one in enumerate(answers) if mapper.map(one.raw, contract) != mapper.map(one.raw, new)
        ]
        assert set(changed) <= set(concerned)
        assert len(concerned) < len(answers)
