"""Does the mapper keep its promises on a million completions that nobody thought of?

    python benchmarks/fuzz_mapper.py contracts/polarity.v1.toml fixtures/completions.jsonl 1000000 [SEED]

A part of them, with a seed of its own, may run beside another. Each input is grown from the contract's own
words and from the corpus by cutting, joining, dressing and disguising. Of each it is asked that the mapper is
total and deterministic; of each verdict that its canonical text, another case, white space and quotes keep its
label; that "not" before a label's word leaves no verdict for that label; that a look-alike or an invisible
character leaves none at all; and that the answer cut short never states the opposite, but by describing it
where nobody says that it was cut. Prints what it found; leaves
with 1 if any promise was broken.
"""

import random
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.canonical import Refused
from polarity.contract.declared import texts
from polarity.contract.review.corpus import label_of, read_corpus
from polarity.contract.unwrapping import Answer, unwrap
from polarity.types import Abstention, Completion, Failure, Outcome, Unmapped, Verdict

SEED = 7
SHOWN = 20
UNREAD = {"reasoning block", "next example"}  # what was thought, or invented, is not the answer
GLUE = [" ", " ", " ", ". ", ", ", "\n", ": ", " - ", "! ", "; ", " and ", ", because ", ""]
AROUND = [  # what may surround an answer, declared and not
    *(
        "```\n{}\n```",
        "```json\n{}\n```",
        "```not\n{}\n```",
        "{}</s>",
        "{}<|im_end|>",
        "[{}] ",
        "{} (0.9)",
        "{}+0.8",
        "{} 0.7",
    ),
    *(
        "2 - {}",
        "0 ({})",
        "<think>It may be negative.</think>{}",
        "{} | It works.",
        "{} / it works",
        "{} The text says so.",
    ),
    *(
        "{}\n\nReview: It leaks.\nSentiment: negative",
        '{{"sentiment": "{}"}}',
        '{{"sentiment": ["{}"], "certainty": 0.9}}',
    ),
    *(
        'It works.\n```json\n{{"label": "{}"}}\n```',
        '{{"output": {{"label": "{}"}}, "reason": "One negative aspect."}}',
    ),
    *("{}. It is hard to determine the sentiment.", "<b>{}</b>", "{} [EOS]"),
    *("(b) {}", "Option b: {}", "c. {}", "😊 {}", "{}. 😠", "✅ {}", "{} :("),
    *("{{'label': '{}'}}", "{{'label': '{}', 'why': 'It works.', 'done': True}}"),
    *("| Text | Sentiment |\n|---|---|\n| It works. | {} |", "| Key | Value |\n|---|---|\n| Label | {} |"),
    *(
        "Topic: food\nSentiment: {}",
        "1. Sentiment: {}\n2. Reason: It works.",
        "It works, but the sentiment is {}",
    ),
    *(
        "- Food: positive\n- Service: negative\n\nOverall sentiment: {}",
        "Sentiment (positive, negative or neutral): {}",
    ),
]
DRESS = ['"{}"', "**{}**", " {}\n", "«{}»"]
NOISE = [
    "?",
    "4/5",
    "★",
    "👍",
    "\u0301",
    "İ",
    "ß",
    "{",
    "}",
    "[",
    "<think>",
    "</think>",
    "~~",
    "...",
    "\ud800",
    "nicht",
]
LOOK_ALIKES = str.maketrans({"a": "\u0430", "e": "\u0435", "o": "\u043e", "i": "\u0456", "p": "\u0440"})
INVISIBLE = ["\u200b", "\u00ad", "\u2060", "\u202e"]
CASES = [str.upper, str.title, str.swapcase]


class Fuzz:
    """Grows inputs and keeps what broke which promise."""

    def __init__(self, contract: Contract, corpus: list[str], seed: int = SEED) -> None:
        rules = contract.rules
        self.contract = contract
        self.chance = random.Random(seed)
        self.corpus = corpus
        self.words = [
            *contract.mentions,
            *contract.statements,
            *texts(rules.modifiers),
            *texts(rules.negators),
            *texts(rules.contrasts),
            *texts(rules.retractions),
            *texts(rules.fields),
        ]
        self.outcomes: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.broken: dict[str, list[str]] = {}

    def grown(self) -> str:
        chance = self.chance
        if chance.random() < 0.5:
            text = chance.choice(self.corpus)
            at = chance.randrange(len(text) + 1)
            change = chance.randrange(4)
            if change == 0:
                text = text[:at] + chance.choice(self.words) + text[at:]
            elif change == 1:
                text = text[:at] + text[at + chance.randrange(1, 6) :]
            elif change == 2:
                text = text[:at] + chance.choice(GLUE) + chance.choice(self.corpus)[:200]
        else:
            words = chance.choices(self.words, k=chance.randrange(1, 7))
            text = "".join(word + chance.choice(GLUE) for word in words)
        if chance.random() < 0.25:
            text = chance.choice(AROUND).format(text)
        if chance.random() < 0.15:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(NOISE) + text[at:]
        return text

    def mapped(self, text: str, *, cut: bool = False) -> Outcome:
        try:
            return mapper.map(Completion(text=text, finish_reason="length" if cut else "stop"), self.contract)
        except Exception as error:  # noqa: BLE001 - a mapper that raises has broken its first promise
            return Failure(reason="internal", detail=repr(error))

    def expect(self, promise: str, *, kept: bool, text: str) -> None:
        self.asked[promise] += 1
        if not kept:
            self.broken.setdefault(promise, []).append(text)

    def try_one(self) -> None:
        text = self.grown()
        outcome = self.mapped(text)
        self.outcomes[type(outcome).__name__] += 1
        self.expect("total", kept=isinstance(outcome, Verdict | Abstention | Unmapped), text=text)
        self.expect("deterministic", kept=outcome == self.mapped(text), text=text)
        label = label_of(outcome)
        if label:
            self.try_verdict(text, label, outcome)

    def try_verdict(self, text: str, label: str, outcome: Outcome) -> None:
        chance = self.chance
        try:
            answer = unwrap(text, self.contract)
        except Refused:
            answer = Answer("")
        taken = {what for what, _ in answer.taken}
        if answer.text and not answer.reason and not answer.explanation and not answer.lead:
            again = label_of(self.mapped(answer.text))
            self.expect("idempotent", kept=again == label, text=text)
        change: Callable[[str], str] = chance.choice(CASES)
        if text.isascii() and "<" not in text and "{" not in text:
            self.expect("case", kept=label_of(self.mapped(change(text))) == label, text=text)
        if (
            not text.startswith("\ufeff")
            and "`" not in text
            and not taken & {"reasoning block", "end token", "next example"}
        ):  # opened only at the start or the end
            dressed = chance.choice(DRESS).format(text)
            self.expect("dress", kept=label_of(self.mapped(dressed)) == label, text=dressed)
        if not taken & UNREAD:
            self.try_denied(text, label)
            self.try_disguised(text)
        cut = text[: chance.randrange(len(text) + 1)]
        for is_cut in (False, True):
            stated = self.mapped(cut, cut=is_cut)
            if not is_cut and _is_whole_description(stated, outcome):
                continue
            short = label_of(stated)
            ends = {self.contract.labels[0], self.contract.labels[-1]}
            self.expect(
                "cut short", kept=short is None or short == label or {short, label} != ends, text=text
            )

    def try_denied(self, text: str, label: str) -> None:
        if "{" in text:
            return  # not all of an object is the answer
        lower = unicodedata.normalize("NFKC", text).lower()
        for found in self.contract.mention_pattern.all_in(lower):
            if self.contract.mentions[found.group()] == label and len(lower) == len(text):
                denied = f"{text[: found.start()]}not {text[found.start() :]}"
                self.expect("denied", kept=label_of(self.mapped(denied)) != label, text=denied)
                break

    def try_disguised(self, text: str) -> None:
        words = [word for word in text.split() if word.isalpha() and word.isascii()]
        if words:
            word = self.chance.choice(words)
            other = word.translate(LOOK_ALIKES)
            mixed = text.replace(word, other)
            is_mixed = any("a" <= letter <= "z" for letter in other.lower()) and other != word
            if is_mixed:
                self.expect("look-alike", kept=label_of(self.mapped(mixed)) is None, text=mixed)
        at = self.chance.randrange(len(text) + 1)
        hidden = text[:at] + self.chance.choice(INVISIBLE) + text[at:]
        self.expect("invisible", kept=label_of(self.mapped(hidden)) is None, text=hidden)


def _is_whole_description(short: Outcome, full: Outcome) -> bool:
    """Say whether a beginning describes, and the whole decides by its close, otherwise or not.

    Where nobody says that it was cut, "The customer is happy" is a whole answer, and right, whatever would have
    followed: "... with the food and furious with the waiter. Sentiment: negative". No reader could tell. Where
    the server says that it was cut, the promise holds for descriptions, too.
    """
    by_description = isinstance(short, Verdict) and short.rule.startswith("description/")
    return by_description and isinstance(full, Verdict) and full.rule.startswith("closing/")


def main() -> int:
    contract_path, corpus_path, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else SEED
    contract = load_contract(contract_path)
    corpus = [row.completion.text for row in read_corpus(corpus_path, contract)]
    fuzz = Fuzz(contract, [text for text in corpus if 0 < len(text) < 400], seed)
    started = time.perf_counter()
    for _ in range(count):
        fuzz.try_one()
    took = time.perf_counter() - started
    ref = contract.ref
    print(f"{count:,} inputs, seed {seed}, {ref.id} {ref.version}, {took:.0f} s; {dict(fuzz.outcomes)}")
    for promise, asked in fuzz.asked.most_common():
        broken = fuzz.broken.get(promise, [])
        print(f"  {promise:14} {asked:10,} asked, {len(broken):,} broken")
        for text in broken[:SHOWN]:
            print(f"    {text!r}")
    return 1 if fuzz.broken else 0


if __name__ == "__main__":
    sys.exit(main())
