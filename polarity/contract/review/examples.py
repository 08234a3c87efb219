"""What a contract does with answers, shown on answers made of its own words.

Each example is mapped when it is made. What is shown for a family or a reason is the first
candidate that really has it, so that a page cannot promise what the mapper does not keep.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from polarity.contract import mapper
from polarity.contract.declared import CODE, LETTER, NUMBER, texts
from polarity.contract.loading import Contract
from polarity.contract.review.automata import shortest
from polarity.contract.sentences import LABEL
from polarity.types import Abstention, Completion, Outcome, Unmapped, Verdict

CYRILLIC_E = "\u0435"
ZERO_WIDTH = "\u200b"


class Mapped(NamedTuple):
    """A completion, and what the contract reads in it."""

    completion: Completion
    outcome: Outcome


Candidate = tuple[str, Completion]  # what it is an example of, if the mapper reads it so; the answer


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
    yield from (("notation", rf"$\{name}{{{word}}}$") for name in rules.notations)
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
    yield from (("letter", form.replace(LABEL, word).replace(LETTER, "b")) for form in rules.letter_forms)
    yield from (("picture", f"{picture} {word}") for picture in rules.ornaments)
    if rules.tables:
        keys = map(_sentence, texts(rules.json_keys))
        yield from (("table", f"| Reason | {key} |\n|---|---|\n| ... | {word} |") for key in keys)
    yield "square brackets", f"[{word}] It works."
    yield from (("no mark", f"{word.upper()} {_sentence(text)} ...") for text in texts(rules.openers))
    for key in texts(rules.json_keys):
        yield "JSON", f'{{"{key}": "{word}"}}'
        yield "JSON, nested", f'{{"{key}": ["{word}"]}}'
        yield "JSON, a key of its own", f'{{"{key}": "{word}", "certainty": 0.9}}'


def _first_of_each(
    candidates: Iterable[Candidate], contract: Contract, kinds: tuple[type[Outcome], ...]
) -> dict[str, Mapped]:
    found: dict[str, Mapped] = {}
    for aim, completion in candidates:
        if aim in found:
            continue  # a contract has thousands of words to take a label back with: one is enough
        outcome = mapper.map(completion, contract)
        if isinstance(outcome, kinds):
            found.setdefault(_name(outcome), Mapped(completion, outcome))
    return found


def _name(outcome: Outcome) -> str:
    """Name an outcome by its rule's family, or by its reason."""
    return outcome.rule.split("/")[0] if isinstance(outcome, Verdict | Abstention) else outcome.reason


def _statements(contract: Contract) -> Iterator[Candidate]:
    """Give answers that state a label, family by family, of the last label where one is enough."""
    rules, label = contract.rules, contract.labels[-1]
    word = contract.file.answer_words[label]
    yield "exact", Completion(text=f"**{word.capitalize()}.**")
    yield from _all("modified", (f"{modifier} {word}" for modifier in texts(rules.modifiers)))
    yield from _all("phrase", (text for words in rules.phrases.values() for text in texts(words)))
    yield from _all("abstain", texts(rules.abstain))
    frames = [shortest(frame, rules.parts) for frame in (*rules.frames, *rules.leading)]
    frames.sort(key=len, reverse=True)
    yield from _all("frame", (f"{_sentence(frame).replace(LABEL, word)}." for frame in frames))
    because = next(
        (example.text for example in contract.prompt.examples if example.label == label), "it works"
    )
    yield from _all("stated", (f"{word.capitalize()}{mark} {because}" for mark in rules.separators))
    yield from _all("description", _descriptions(contract))


def _all(aim: str, answers: Iterable[str]) -> Iterator[Candidate]:
    yield from ((aim, Completion(text=text)) for text in answers)


def _descriptions(contract: Contract) -> Iterator[str]:
    described = contract.rules.description
    if described:
        subject, link = texts(described.subjects)[0], texts(described.links)[0]
        for words in described.cues.values():
            yield from (f"{_sentence(subject)} {link} {cue}." for cue in texts(words))


def _failures(contract: Contract) -> Iterator[Candidate]:
    """Give answers without a label: what the server marks, what is no clean text, what takes a label back."""
    rules, words = contract.rules, list(contract.file.answer_words.values())
    word = words[-1] if words[-1].isalpha() else next(iter(contract.mentions), words[-1])
    yield "filtered", Completion(text=word, finish_reason="content_filter")
    yield "truncated", Completion(text=word[:-1], finish_reason="length")
    yield "too_long", Completion(text=f"{word} " * (1 + rules.max_chars // len(word)))
    yield from _all("malformed_json", (f'{{"{key}": "{word}",' for key in texts(rules.json_keys)))
    yield from _all("runaway", (f"{word}\n{field} {words[0]}" for field in texts(rules.fields)))
    yield from _all("refusal", (f"{text} ..." for text in texts(rules.refusals)))
    yield "empty", Completion(text="")
    yield "confusable", Completion(text=f"{word[:-1]}{CYRILLIC_E}")
    yield "invisible", Completion(text=f"{word[:3]}{ZERO_WIDTH}{word[3:]}")
    yield from _all("numeric", ("4/5", "7.5"))
    yield "undeclared", Completion(text=f"un{word}")
    yield "multiple_labels", Completion(text=f"{words[-1]} or {words[0]}")
    yield "label_echo", Completion(text=f"{', '.join(words[:-1])} or {words[-1]}")
    yield from _all("negated", (f"{text} {word}" for text in _plain_first(rules.negators, "not")))
    yield from _all("contrast", (f"{word}, {text} ..." for text in _plain_first(rules.contrasts, "but")))
    yield from _all("conflicting", (f"{word}. {text} ..." for text in texts(rules.retractions)))


def _plain_first(patterns: tuple[str, ...], plain: str) -> list[str]:
    """Put the word that every reader knows first, if it is declared."""
    return sorted(texts(patterns), key=lambda text: text != plain)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
