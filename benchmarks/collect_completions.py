"""What a real LLM says when it is asked for a label: completions for the golden corpus.

    python benchmarks/collect_completions.py ../shared/data completions.jsonl
    python benchmarks/collect_completions.py ../shared/data larger.jsonl --gguf qwen2.5-1.5b --styles larger
    python benchmarks/collect_completions.py ../shared/data third.jsonl --gguf qwen2.5-0.5b --styles third --texts 4
    python benchmarks/collect_completions.py ../shared/data fourth.jsonl --gguf qwen2.5-0.5b --styles fourth

Asks the embedded model in the styles of a set (`completion_styles.toml`), at temperatures 0 and 0.7, about
texts of data sets (six domains) and messages of our own; the third and the fourth set ask about our own only. Texts of data sets are not kept, only a hash of
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
import tomllib
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
FIXTURES = Path(__file__).parents[1] / "fixtures"
OURS = {
    "own": FIXTURES / "reviews.jsonl",
    "messages": FIXTURES / "messages.jsonl",
    "new messages": FIXTURES / "messages_fourth.jsonl",
}
STYLES = Path(__file__).with_name("completion_styles.toml")


class Style(NamedTuple):
    """A way to ask: chat with a system message, or a prompt to be continued (`system` is None)."""

    name: str
    system: str | None
    template: str
    max_tokens: int


class Styles(NamedTuple):
    """Ways to ask, and about how many texts of each domain each of them is used."""

    styles: tuple[Style, ...]
    texts: int
    domains: tuple[str, ...]


class Case(NamedTuple):
    """One question."""

    domain: str
    text: str
    is_ours: bool
    style: Style
    temperature: float


def main() -> None:
    sets = read_styles()
    parser = argparse.ArgumentParser(
        description="Completions of a real LLM, asked for a label in many styles."
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--gguf", help="default: the packaged weights")
    parser.add_argument("--styles", choices=sets, default="small")
    parser.add_argument("--texts", type=int, help="of each domain for each style; default: as the set has it")
    given = parser.parse_args()
    styles = sets[given.styles]
    with given.target.open("w", encoding="utf-8") as file:
        asyncio.run(collect(given.data, file, given.gguf, styles._replace(texts=given.texts or styles.texts)))


def read_styles() -> dict[str, Styles]:
    """Read the sets of ways to ask, by name."""
    sets = tomllib.loads(STYLES.read_text("utf-8"))
    return {
        name: Styles(
            tuple(Style(**{"system": None} | style) for style in found["styles"]),
            found["texts"],
            tuple(found["domains"]),
        )
        for name, found in sets.items()
    }


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
                if case.is_ours or not repeats(reply.completion.text, case.text):
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
    own = {"input": case.text} if case.is_ours else {}
    return {"text": said.text, **own, "finish_reason": said.finish_reason, "source": source}


def cases(data: Path, styles: Styles) -> Iterator[Case]:
    """Pair texts with styles and temperatures, in a fixed random order; each style has texts of its own."""
    chance = random.Random(SEED)
    found = []
    for domain in styles.domains:
        is_ours = domain in OURS
        file = OURS[domain] if is_ours else data / DOMAINS[domain]
        rows = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
        short = [row for row in rows if len(row["text"]) <= LONGEST_TEXT]
        for style in styles.styles:
            for row in chance.sample(short, styles.texts):
                case = Case(row.get("domain", domain), row["text"], is_ours, style, 0.0)
                found += [case._replace(temperature=temperature) for temperature in TEMPERATURES]
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
