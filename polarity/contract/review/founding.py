"""A small contract of one's own: given labels, read by what another contract says of no label."""

from collections.abc import Sequence

import tomlkit

from polarity.contract.loading import Contract
from polarity.errors import ContractError

# What a contract declares of answers whatever its labels are. Sentences made of parts stay behind with these.
SHARED = (
    *("modifiers", "abstain", "negators", "contrasts", "refusals"),
    *("json_keys", "json_side_keys", "json_reason_keys", "fields"),
)
OF_LABELS = {
    "offsets",
    "tie_label",
    "bert_certain",
    "fitted",
}  # what a policy says of its own labels and models
FIRST_VERSION = "0.1.0"
HEAD = (
    "Words under [rules] are compared in canonical form: case, blanks and a closing full stop never matter.",
    "Say in prompt.instruction what each label means, and list more words for it under [rules.aliases].",
)


def founded(name: str, labels: Sequence[str], like: Contract) -> str:
    """Write a valid contract: each label is bound to its own name in small letters, and read by it.

    >>> from pathlib import Path
    >>> from polarity.contract import load_contract
    >>> mine = Contract.parse(founded("urgency", ["CALM", "URGENT"], load_contract(Path("spam"))).encode())
    >>> mine.ref.id, mine.labels, mine.label_of("Urgent")
    ('urgency', ('CALM', 'URGENT'), 'URGENT')

    Raises:
        ContractError: such a contract would be invalid; names every problem.
    """
    words = {label: label.lower() for label in labels}
    rules = {key: found for key in SHARED if (found := list(getattr(like.rules, key)))}
    frames = [frame for frame in like.rules.frames if "<" not in frame]
    document = tomlkit.document()
    for sentence in HEAD:
        document.add(tomlkit.comment(sentence))
    listed = ", ".join(words.values())
    content = {
        "id": name,
        "version": FIRST_VERSION,
        "description": f"Which of these a text is: {', '.join(labels)}.",
        "labels": list(labels),
        "binding": {word: label for label, word in words.items()},
        "prompt": {
            "instruction": f"Decide which of these each text is: {listed}.",
            "template": "Text: {text}",
            "cue": "Label:",
            "stop": ["\n"],
        },
        "policy": {
            **like.policy.model_dump(mode="json", exclude_none=True, exclude=OF_LABELS),
            "tie_label": labels[0],
        },
        "rules": {**rules, "frames": frames, "aliases": {label: [word] for label, word in words.items()}},
    }
    for key, value in content.items():
        document.add(key, tomlkit.item(value))
    text = tomlkit.dumps(document)
    if len(set(words.values())) != len(labels):
        raise ContractError([f"labels: {list(labels)!r} holds a label twice"])
    Contract.parse(text.encode("utf-8"))
    return text
