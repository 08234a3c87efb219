"""Languages of a contract: declared whole or refused, and chosen by the words of an answer."""

import pytest

from polarity.contract import Contract, load_contract
from polarity.errors import ContractError
from tests.contract.review.successors import SOURCE

CONTRACT = load_contract()
GERMAN = """
[languages.de]
name = "German"
negators = ["nicht"]
contrasts = ["aber"]
frames = ["die antwort ist {label}"]
aliases = { NO = ["nein"], EVEN = ["gleich"], YES = ["ja"] }
"""


@pytest.mark.parametrize(
    ("there", "instead", "problem"),
    [
        ('negators = ["nicht"]', "negators = []", "languages.de.negators: none are declared"),
        ('contrasts = ["aber"]', "contrasts = []", "languages.de.contrasts: none are declared"),
        ('negators = ["nicht"]\n', "", "languages.de.negators: is missing"),
        (', YES = ["ja"]', "", "languages.de.aliases: no word for label 'YES'"),
        ('["ja"]', '["nay"]', "languages.de: rules.aliases.YES: 'nay' is already declared under"),
        ("die antwort ist", "die antwort ist nicht", "languages.de: rules.frames: "),
        ("die antwort ist {label}", "{words} ist {label}", "languages.de.frames.0: "),
    ],
)
def test_half_a_language_is_refused(there: str, instead: str, problem: str) -> None:
    """Label words without what denies and turns them, or that say two things, are named at load."""
    assert Contract.parse((SOURCE + GERMAN).encode()).tongues.keys() == {"de"}
    with pytest.raises(ContractError) as caught:
        Contract.parse((SOURCE + GERMAN.replace(there, instead)).encode())
    assert any(found.startswith(problem) for found in caught.value.problems), caught.value.problems


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("positive", None),
        ("the sentiment is positive", None),
        ("el sentimiento es positivo", "es"),
        ("die stimmung ist negativ", "de"),
        ("тональность нейтральная", "ru"),
        ("sentiment: negativo", "es"),
        ("the sentiment is positive, as my son and die hard fans say", None),
    ],
)
def test_the_language_is_that_of_most_words(text: str, code: str | None) -> None:
    """Words that the rules have themselves speak for no other language."""
    expected = CONTRACT if code is None else CONTRACT.tongues[code]
    assert expected is CONTRACT.tongue_of(text)
