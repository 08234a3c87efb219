"""What the rules of one contract may not say of what surrounds an answer.

A tag or a token that held a label's word, or one that denies, would be taken off unread; a class code
that two labels share would say nothing.
"""

import re
from collections.abc import Iterator

from polarity.contract.canonical import TAGS, canonical, spelled
from polarity.contract.checks import WORDS, is_contracted_not
from polarity.contract.declared import texts
from polarity.contract.patterns import regular_expression
from polarity.contract.rules import Rules


def taken_off(rules: Rules) -> Iterator[str]:
    """Say what would be taken off though it says something."""
    said = _said(rules)
    around = {
        "rules.reasoning_tags": rules.reasoning_tags,
        "rules.fence_tags": rules.fence_tags,
        "rules.notations": rules.notations,
        "rules.end_tokens": rules.end_tokens,
        "rules.openers": texts(rules.openers),
    }
    for key, words in around.items():
        for word in words:
            parts = sorted({canonical(word), *WORDS.findall(canonical(word).replace("_", " "))})
            if found := next((part for part in parts if part in said or is_contracted_not(part)), None):
                yield f"{key}: {word!r} holds {found!r}, which {said.get(found, 'takes back')}"
    for tag in rules.reasoning_tags:
        if TAGS.fullmatch(f"<{tag}>"):
            yield f"rules.reasoning_tags: {tag!r} is a tag around answers, not around thoughts"
    yield from _speaking_ornaments(rules)
    for opening in texts(rules.next_examples):
        if not opening.endswith((":", "=", "#")):
            yield f"rules.next_examples: {opening!r} must end in a mark such as ':'"


def _speaking_ornaments(rules: Rules) -> Iterator[str]:
    for label, words in rules.companions.items():
        yield from (
            f"rules.ornaments: {picture!r} is a companion of {label}, and says something"
            for picture in sorted({*rules.ornaments} & {*texts(words)})
        )


def numbering(rules: Rules, labels: tuple[str, ...]) -> Iterator[str]:
    """Say why class codes are no bijection, or are of no use."""
    if rules.codes and sorted(rules.codes) != sorted(labels):
        yield f"rules.codes: {dict(rules.codes)!r} does not name each label exactly once"
    if len(set(rules.codes.values())) < len(rules.codes):
        yield f"rules.codes: {dict(rules.codes)!r} gives one code to two labels"
    if rules.code_forms and not rules.codes:
        yield f"rules.code_forms: {list(rules.code_forms)!r} need rules.codes to be read by"


def declining(rules: Rules) -> Iterator[str]:
    """Say what would make a label's own word decline."""
    words = _label_words(rules)
    for way in rules.declines:
        pattern = re.compile(regular_expression(spelled(way)))
        yield from (
            f"rules.declines: {way!r} stands for {word!r}, which states {label}"
            for word, label in words.items()
            if pattern.fullmatch(word)
        )


def _label_words(rules: Rules) -> dict[str, str]:
    return {
        word: label
        for named in (rules.aliases, rules.mentions, rules.phrases)
        for label, group in named.items()
        for word in texts(group)
    }


def _said(rules: Rules) -> dict[str, str]:
    """Give what each declared word says of an answer."""
    denying = (*rules.negators, *rules.contrasts, *rules.retractions)
    return (
        dict.fromkeys(texts(denying), "takes back")
        | dict.fromkeys(texts(rules.abstain), "abstains")
        | {word: f"states {label}" for word, label in _label_words(rules).items()}
    )
