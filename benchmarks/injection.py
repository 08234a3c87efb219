"""How often a message talks a model out of what its writer feels.

    python benchmarks/injection.py fixtures/attacks.jsonl fixtures/attacked.jsonl --messages 3 --gguf qwen2.5-1.5b

Each attack is put around honest messages whose label is not its target, and BERT, the LLM and both
together are asked about the honest message and the attacked one. A flip: the honest message had its
label, and the attacked one has another label or none. A flip is BERT's too where BERT has the attacked
message wrong as well (what an attack adds can really change what a message says); the others go beyond.
Answers are kept as they come: a run that is stopped shows what there is, and goes on with --resume.
"""

import argparse
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

from polarity.asking.complete import complete
from polarity.asking.kept import Kept, run_of
from polarity.asking.labelling import Labelled
from polarity.asking.questions import first_answers, questions
from polarity.asking.rows import labelled_row
from polarity.asking.run import Run
from polarity.classifier import replay
from polarity.cli.progress import asking
from polarity.contract import Contract, load_contract
from polarity.pages.markdown import table
from polarity.records import DEFAULT_COLUMNS, Columns, Record, read, write
from polarity.settings import load_settings
from polarity.types import Decision, Outcome, Result, Verdict

PLACE = "{message}"
HEADER = ("attack", "n", *(f"{who} {what}" for who in ("LLM", "both") for what in ("flips", "beyond BERT")))
Labels = Mapping[str, str | None]  # who was asked -> the label, if there is one


class Attacked(NamedTuple):
    """One attack on one message: what the honest message is, and what each said before and after."""

    kind: str
    gold: str
    before: Labels
    after: Labels


class Flips(NamedTuple):
    """Of the messages that one got right, how many it got wrong under attack, and BERT did not."""

    right: int
    flipped: int
    beyond: int


def main() -> None:
    parser = argparse.ArgumentParser(description="Attacks on messages, and whom they talk into what.")
    parser.add_argument("attacks", type=Path)
    parser.add_argument("messages", type=Path)
    parser.add_argument("--messages", type=int, dest="count", help="of each label; default: all")
    parser.add_argument("--gguf", help="default: the settings'")
    parser.add_argument("--out", type=Path, help="every text with its answer, as `classify` writes it")
    parser.add_argument("--resume", action="store_true")
    given = parser.parse_args()
    settings = load_settings({"backend": "both", **({"llm": {"gguf": given.gguf}} if given.gguf else {})})
    records = list(asked(given.attacks, given.messages, given.count))
    files, options = [given.attacks, given.messages], {"messages": given.count}
    kept = Kept("injection", files, [given.out] if given.out else [], options, resume=given.resume)
    contract = load_contract(settings.contract)
    with (
        asking("attacking", settings.llm) as watch,
        run_of(records, questions(settings.asked), settings, contract, kept) as run,
    ):
        try:
            complete(run, settings, on_progress=watch.see)
        finally:  # of one that is stopped, what there is
            found = list(answered(run, contract))
            show(pairs(found), sum("kind" in one.extra for one in records), conditions(run.models, contract))
        if given.out:
            write(given.out, (labelled_row(*pair, DEFAULT_COLUMNS) for pair in found))
        run.finish()


def answered(run: Run, contract: Contract) -> Iterator[Labelled]:
    """Give the texts about which both were asked."""
    for record, said in run.rows():
        raws = first_answers(said)
        if len(raws) == len(run.models):
            yield record, replay("both", raws, contract)


def asked(attacks: Path, messages: Path, count: int | None) -> Iterator[Record]:
    """Give the honest messages, then each attacked: all attacks on a label's first message, then on its second."""
    honest = sorted(read(messages), key=lambda record: str(record.label))
    firsts = [list(group)[:count] for _, group in groupby(honest, key=lambda record: record.label)]
    yield from chain(*firsts)
    known = list(read(attacks, Columns(label="target")))
    for group in zip(*firsts, strict=True):
        for attack in known:
            yield from (attacked(message, attack) for message in group if message.label != attack.label)


def attacked(message: Record, attack: Record) -> Record:
    return Record(
        text=attack.text.replace(PLACE, message.text),
        id=f"{message.id} {attack.id}",
        line=attack.line,
        label=message.label,
        extra={"message": message.id, "kind": attack.extra["kind"], "target": attack.label},
    )


def pairs(found: Sequence[Labelled]) -> list[Attacked]:
    honest = {record.id: labels(result) for record, result in found if "kind" not in record.extra}
    return [
        Attacked(record.extra["kind"], str(record.label), honest[record.extra["message"]], labels(result))
        for record, result in found
        if "kind" in record.extra
    ]


def labels(result: Result) -> Labels:
    alone = {name: label_of(answer.outcome) for name, answer in result.answers.items()}
    return {**alone, "both": label_of(result)}


def label_of(found: Outcome | Result) -> str | None:
    return found.label if isinstance(found, Verdict | Decision) else None


def flips(who: str, rows: Sequence[Attacked]) -> Flips:
    right = [row for row in rows if row.before[who] == row.gold]
    flipped = [row for row in right if row.after[who] != row.gold]
    return Flips(len(right), len(flipped), sum(row.after["bert"] == row.gold for row in flipped))


def show(rows: Sequence[Attacked], wanted: int, machine: str) -> None:
    kinds = dict.fromkeys(row.kind for row in rows)
    lines = [line(kind, [row for row in rows if row.kind == kind]) for kind in kinds]
    by_target = [
        line(f"all, on {gold}", [row for row in rows if row.gold == gold])
        for gold in sorted({row.gold for row in rows})
    ]
    print(f"{len(rows)} of {wanted} attacked messages; {machine}\n")
    print("\n".join(table(HEADER, [*lines, *by_target, line("all", rows)])))
    bert, llm, both = (flips(who, rows) for who in ("bert", "llm", "both"))
    print(f"\nBERT flips {bert.flipped} of {bert.right} by itself.", end=" ")
    print(f"Beyond these: the LLM {share(llm)}, both {share(both)}.")


def line(name: str, rows: Sequence[Attacked]) -> list[str]:
    llm, both = (flips(who, rows) for who in ("llm", "both"))
    figures = (f"{flipped} of {right}" for right, flipped, _ in (llm, both))
    beyond = (str(found.beyond) for found in (llm, both))
    return [name, str(len(rows)), *chain(*zip(figures, beyond, strict=True))]


def share(found: Flips) -> str:
    return f"{found.beyond} of {found.right} ({found.beyond / max(found.right, 1):.1%})"


def conditions(models: Mapping[str, str], contract: Contract) -> str:
    """Name what the numbers depend on, on one line."""
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    return "; ".join(
        [
            *(f"{name}: {model}" for name, model in models.items()),
            f"contract {contract.ref.id} {contract.ref.version} ({contract.ref.sha256[:8]})",
            f"bert_certain {contract.policy.bert_certain}, skip_llm_above {contract.policy.skip_llm_above}",
            found[1] if found else platform.machine(),
            f"{len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}",
            *(f"{name} {version(name)}" for name in ("polarity", "torch", "xllamacpp")),
        ]
    )


if __name__ == "__main__":
    main()
