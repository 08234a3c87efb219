"""What a real LLM says when it is asked for a label: completions for the golden corpus.

    python benchmarks/collect_completions.py ../shared/data completions.jsonl
    python benchmarks/collect_completions.py ../shared/data larger.jsonl --gguf qwen2.5-1.5b --styles larger

Asks the embedded model in the styles of a set, at temperatures 0 and 0.7, about texts of six domains,
and in the larger set about messages of our own, too. Texts of data sets are not kept, only a hash of
each, and a completion that repeats five words of such a text in a row is dropped; one of our own stands
beside its completion, as `input`. What is kept has no label yet: that is given by reading it, as
`docs/labelling_guide.md` says.
"""

import argparse
import asyncio
import hashlib
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from polarity.backends.completer import Completer, Reply
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.prompt import Message, quoted, render
from polarity.contract import Contract, load_contract
from polarity.types import Completion
from polarity.weights import resolved

SEED = 20261123
SLOTS = 4
TEMPERATURES = (0.0, 0.7)
LONGEST_TEXT = 600  # characters
REPEATED_WORDS = 5
DOMAINS = {
    "film": "sst5/train.jsonl",
    "tweet": "semeval/train.jsonl",
    "product": "vader/amazon.jsonl",
    "news": "vader/nyt.jsonl",
    "long review": "cad_imdb/train.jsonl",
    "sms": "sms_spam/train.jsonl",
}
OWN = Path(__file__).parents[1] / "fixtures" / "reviews.jsonl"


class Style(NamedTuple):
    """A way to ask: chat with a system message, or a prompt to be continued (`system` is None)."""

    name: str
    system: str | None
    template: str
    max_tokens: int


class Styles(NamedTuple):
    """Ways to ask, and about how many texts of each domain each of them is used."""

    styles: tuple[Style, ...]
    texts_per_domain: int
    asks_of_own: bool  # whether messages of our own are a domain, too


class Case(NamedTuple):
    """One question."""

    domain: str
    text: str
    style: Style
    temperature: float


STYLES = (
    Style(
        "one word", "You label sentiment. Answer with one word: positive, negative or neutral.", "{text}", 12
    ),
    Style("plain question", "", "What is the sentiment of this text?\n\n{text}", 40),
    Style("explained", "", "Is this message positive, negative or neutral? Explain briefly.\n\n{text}", 60),
    Style(
        "json", "", 'Reply with JSON only: {{"sentiment": "positive|negative|neutral"}}\n\nText: {text}', 40
    ),
    Style("feeling", "", "How does the customer who wrote this feel? One short sentence.\n\n{text}", 40),
    Style(
        "options",
        "Options: positive, negative, neutral, mixed, unclear.",
        "Choose one option for: {text}",
        30,
    ),
    Style("cue", None, "Text: {text}\nIs the sentiment positive, negative or neutral?\nAnswer:", 24),
    Style("sentence", None, "Review: {text}\n\nOverall, the sentiment of this review is", 24),
    Style("few-shot", None, "{few_shot}", 16),
    Style(
        "support desk", "You are a support team lead.", "Tag the tone of this ticket and say why: {text}", 60
    ),
)

LABELS = "positive, negative or neutral"
LARGER = (
    Style("bare", "", f"Classify the sentiment of the following message as {LABELS}.\n\n{{text}}", 60),
    Style(
        "explain first",
        "",
        f"Say in one or two sentences what this text expresses, then give its sentiment ({LABELS}) in a last line of its own.\n\n{{text}}",
        160,
    ),
    Style("explain after", "", f"Is the sentiment of this {LABELS}? Give a short reason.\n\n{{text}}", 110),
    Style(
        "json",
        "You answer in JSON.",
        'Give the sentiment of the text as {{"sentiment": ...}}.\n\nText: {text}',
        80,
    ),
    Style(
        "json with reasons",
        "",
        'Analyse the customer feedback below. Answer with a JSON object that has the keys "reasoning", "sentiment" '
        '(positive, negative, neutral) and "confidence".\n\n{text}',
        180,
    ),
    Style(
        "step by step",
        "",
        f"What is the sentiment of this text: {LABELS}? Think step by step, then conclude.\n\n{{text}}",
        260,
    ),
    Style(
        "spanish", "", "¿Cuál es el sentimiento de este mensaje: positivo, negativo o neutral?\n\n{text}", 90
    ),
    Style(
        "german",
        "",
        "Ist die Stimmung dieser Nachricht positiv, negativ oder neutral? Begründe kurz.\n\n{text}",
        110,
    ),
    Style("french", "", "Quel est le sentiment de ce message : positif, négatif ou neutre ?\n\n{text}", 90),
    Style(
        "russian",
        "",
        "Определи тональность сообщения: положительная, отрицательная или нейтральная.\n\n{text}",
        90,
    ),
    Style(
        "towards a target",
        "",
        f"Name the main thing or person that this text is about, and say whether the author's attitude towards it is {LABELS}.\n\n{{text}}",
        110,
    ),
    Style("quoting", "", f'Is the sentence "{{text}}" {LABELS}? Answer in one full sentence.', 120),
    Style(
        "confidence",
        "You are a sentiment classifier.",
        f"Label the text as {LABELS} and add how sure you are, from 0 to 1.\n\nText: {{text}}",
        70,
    ),
    Style(
        "codes",
        "",
        "0 = negative, 1 = neutral, 2 = positive. Which class does this text belong to? Give the number and the word.\n\n{text}",
        60,
    ),
    Style(
        "open",
        "You help a support team.",
        "How does the customer feel about it, and which label fits?\n\n{text}",
        130,
    ),
)
SETS = {"small": Styles(STYLES, 7, asks_of_own=False), "larger": Styles(LARGER, 4, asks_of_own=True)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Completions of a real LLM, asked for a label in many styles."
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--gguf", help="default: the packaged weights")
    parser.add_argument("--styles", choices=SETS, default="small")
    given = parser.parse_args()
    with given.target.open("w", encoding="utf-8") as file:
        asyncio.run(collect(given.data, file, given.gguf, SETS[given.styles]))


async def collect(data: Path, file: TextIO, gguf: str | None, styles: Styles) -> None:
    """Write each completion as it comes, in order of the cases: what is lost by a fault is only the rest."""
    server = EmbeddedServer(resolved(gguf), slots=SLOTS, threads=2)
    completer = Completer(server.base_url, server.api_key, "default")
    contract = load_contract()
    todo = list(cases(data, styles))
    kept = 0
    try:
        for at in range(0, len(todo), SLOTS):
            batch = todo[at : at + SLOTS]
            replies = await asyncio.gather(*(complete(completer, contract, case) for case in batch))
            for case, reply in zip(batch, replies, strict=True):
                if case.domain == "own" or not repeats(reply.completion.text, case.text):
                    kept += 1
                    row = {"id": f"real-{kept:04}", **row_of(case, reply.completion, server.model)}
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            print(f"{at + len(batch)} of {len(todo)} asked, {kept} kept", end="\r", file=sys.stderr)
    finally:
        await completer.aclose()
        server.close()


def row_of(case: Case, said: Completion, model: str) -> dict[str, Any]:
    source = {
        "model": model,
        "style": case.style.name,
        "temperature": case.temperature,
        "domain": case.domain,
        "asked": hashlib.sha256(case.text.encode()).hexdigest()[:16],
    }
    own = {"input": case.text} if case.domain == "own" else {}
    return {"text": said.text, **own, "finish_reason": said.finish_reason, "source": source}


def cases(data: Path, styles: Styles) -> Iterator[Case]:
    """Pair texts with styles and temperatures, in a fixed random order; each style has texts of its own."""
    chance = random.Random(SEED)
    found = []
    files = {domain: data / file for domain, file in DOMAINS.items()}
    for domain, file in (files | {"own": OWN} if styles.asks_of_own else files).items():
        lines = file.read_text("utf-8").split("\n")
        texts = [json.loads(line)["text"] for line in lines if line]
        short = [text for text in texts if len(text) <= LONGEST_TEXT]
        for style in styles.styles:
            for text in chance.sample(short, styles.texts_per_domain):
                found += [Case(domain, text, style, temperature) for temperature in TEMPERATURES]
    return iter(chance.sample(found, len(found)))


async def complete(completer: Completer, contract: Contract, case: Case) -> Reply:
    style = case.style
    asked = style.template.format(text=quoted(case.text), few_shot=render(contract, case.text))
    options: dict[str, Any] = {
        "stop": [],
        "max_tokens": style.max_tokens,
        "temperature": case.temperature,
        "top_logprobs": None,
    }
    if style.system is None:
        return await completer.ask(asked, **options)
    system = [Message(role="system", content=style.system)] if style.system else []
    return await completer.ask([*system, Message(role="user", content=asked)], **options)


def repeats(completion: str, text: str) -> bool:
    """Say whether a completion repeats words of the text in a row: such words are not ours to keep."""
    said, source = completion.lower().split(), f" {' '.join(text.lower().split())} "
    runs = (said[at : at + REPEATED_WORDS] for at in range(len(said) - REPEATED_WORDS + 1))
    return any(f" {' '.join(run)} " in source for run in runs)


if __name__ == "__main__":
    main()
