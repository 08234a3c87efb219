"""What a contract does with answers, shown on answers made of its own words.

Each example is mapped when it is made. What is shown for a family or a reason is the first
candidate that really has it, so that a page cannot promise what the mapper does not keep.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from polarity.contract import mapper
from polarity.contract.loading import Contract
from polarity.contract.review.automata import shortest
from polarity.contract.rules import CODE, NUMBER, texts
from polarity.contract.sentences import LABEL
from polarity.types import Abstention, Completion, Outcome, Unmapped, Verdict

CYRILLIC_E = "\u0435"
ZERO_WIDTH = "\u200b"


class Mapped(NamedTuple):
    """A completion, and what the contract reads in it."""

    completion: Completion
    outcome: Outcome


def families(contract: Contract) -> dict[str, Mapped]:
    """Give one answer for each family of rules that the contract declares.

    >>> from polarity.contract import load_contract
    >>> families(load_contract())["modified"].completion.text
    'strong positive'
    """
    return _first_of_each(_statements(contract), contract, (Verdict, Abstention))


def reasons(contract: Contract) -> dict[str, Mapped]:
    """Give one answer for each reason for which the contract gives no label.

    >>> from polarity.contract import load_contract
    >>> reasons(load_contract())["negated"].completion.text
    'not positive'
    """
    return _first_of_each(_failures(contract), contract, (Unmapped,))


def surroundings(contract: Contract) -> dict[str, Mapped]:
    """Give one answer for each thing that may surround a label, where the label is read for all that.

    >>> from polarity.contract import load_contract
    >>> surroundings(load_contract())["number"].completion.text
    'positive+0.8'
    """
    found: dict[str, Mapped] = {}
    for what, text in _surrounded(contract):
        completion = Completion(text=text)
        outcome = mapper.map(completion, contract)
        if isinstance(outcome, Verdict) and outcome.label == contract.labels[-1]:
            found.setdefault(what, Mapped(completion, outcome))
    return found


def _surrounded(contract: Contract) -> Iterator[tuple[str, str]]:
    rules, label = contract.rules, contract.labels[-1]
    words = contract.file.answer_words
    word, other = words[label], words[contract.labels[0]]
    yield from (
        ("reasoning block", f"<{tag}>It may be {other}.</{tag}>{word}") for tag in rules.reasoning_tags
    )
    yield from (("code fence", f"```{tag}\n{word}\n```") for tag in rules.fence_tags)
    yield from (("end token", f"{word}{token}") for token in rules.end_tokens)
    yield from (
        ("next example", f"{word}\n\n{_sentence(text)} It broke.\n{contract.prompt.cue} {other}")
        for text in texts(rules.next_examples)
    )
    yield from (
        ("number", form.replace(LABEL, word).replace(NUMBER, number))
        for form in rules.scores
        for number in ("0.8", "1.0")
    )
    code = str(rules.codes.get(label, ""))
    yield from (("class code", form.replace(LABEL, word).replace(CODE, code)) for form in rules.code_forms)
    yield "square brackets", f"[{word}] It works."
    yield from (("no mark", f"{word.upper()} {_sentence(text)} ...") for text in texts(rules.openers))
    for key in texts(rules.json_keys):
        yield "JSON", f'{{"{key}": "{word}"}}'
        yield "JSON, nested", f'{{"{key}": ["{word}"]}}'
        yield "JSON, a key of its own", f'{{"{key}": "{word}", "certainty": 0.9}}'


def _first_of_each(
    candidates: Iterable[Completion], contract: Contract, kinds: tuple[type[Outcome], ...]
) -> dict[str, Mapped]:
    found: dict[str, Mapped] = {}
    for completion in candidates:
        outcome = mapper.map(completion, contract)
        if isinstance(outcome, kinds):
            found.setdefault(_name(outcome), Mapped(completion, outcome))
    return found


def _name(outcome: Outcome) -> str:
    """Name an outcome by its rule's family, or by its reason."""
    return outcome.rule.split("/")[0] if isinstance(outcome, Verdict | Abstention) else outcome.reason


def _statements(contract: Contract) -> Iterator[Completion]:
    """Give answers that state a label, family by family, of the last label where one is enough."""
    rules, label = contract.rules, contract.labels[-1]
    word = contract.file.answer_words[label]
    yield Completion(text=f"**{word.capitalize()}.**")
    yield from (Completion(text=f"{modifier} {word}") for modifier in texts(rules.modifiers))
    yield from (Completion(text=text) for words in rules.phrases.values() for text in texts(words))
    yield from (Completion(text=text) for text in texts(rules.abstain))
    frames = [shortest(frame, rules.parts) for frame in (*rules.frames, *rules.leading)]
    for frame in sorted(frames, key=len, reverse=True):
        yield Completion(text=f"{_sentence(frame).replace(LABEL, word)}.")
    because = next(
        (example.text for example in contract.prompt.examples if example.label == label), "it works"
    )
    for mark in rules.separators:
        yield Completion(text=f"{word.capitalize()}{mark} {because}")
    yield from _descriptions(contract)


def _descriptions(contract: Contract) -> Iterator[Completion]:
    described = contract.rules.description
    if described:
        subject, link = texts(described.subjects)[0], texts(described.links)[0]
        for words in described.cues.values():
            yield from (Completion(text=f"{_sentence(subject)} {link} {cue}.") for cue in texts(words))


def _failures(contract: Contract) -> Iterator[Completion]:
    """Give answers without a label: what the server marks, what is no clean text, what takes a label back."""
    rules, words = contract.rules, list(contract.file.answer_words.values())
    word = words[-1] if words[-1].isalpha() else next(iter(contract.mentions), words[-1])
    yield Completion(text=word, finish_reason="content_filter")
    yield Completion(text=word[:-1], finish_reason="length")
    yield Completion(text=f"{word} " * (1 + rules.max_chars // len(word)))
    yield from (Completion(text=f'{{"{key}": "{word}",') for key in texts(rules.json_keys))
    yield from (Completion(text=f"{word}\n{field} {words[0]}") for field in texts(rules.fields))
    yield from (Completion(text=f"{text} ...") for text in texts(rules.refusals))
    disguised = f"{word[:-1]}{CYRILLIC_E}", f"{word[:3]}{ZERO_WIDTH}{word[3:]}"
    for text in ("", *disguised, "4/5", "7.5", f"un{word}"):
        yield Completion(text=text)
    yield Completion(text=f"{words[-1]} or {words[0]}")
    yield Completion(text=f"{', '.join(words[:-1])} or {words[-1]}")
    yield from (Completion(text=f"{text} {word}") for text in _plain_first(rules.negators, "not"))
    yield from (Completion(text=f"{word}, {text} ...") for text in _plain_first(rules.contrasts, "but"))
    yield from (Completion(text=f"{word}. {text}, {words[0]}") for text in texts(rules.retractions))


def _plain_first(patterns: tuple[str, ...], plain: str) -> list[str]:
    """Put the word that every reader knows first, if it is declared."""
    return sorted(texts(patterns), key=lambda text: text != plain)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
