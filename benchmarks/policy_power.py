"""Which LLMs does a fitted policy ask? Both backends made up, so that what a call brings is known.

BERT sees a text's label through noise, and its probabilities are right. The LLM sees it through noise of
its own, of which it shares a part with BERT's (what is hard for one is hard for the other), and is twice
as sure as it should be. Each row is fitted anew on so many made-up texts, and measured on others.

    python benchmarks/policy_power.py
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polarity.contract import load_contract, mapper
from polarity.tuning.policy_fit import Plan, fit_once
from polarity.tuning.policy_worth import GoldPair, decide, right, skipping_above
from polarity.types import Answer, Scores, decided_by

TEXTS, TESTED, REPEATS = 2_000, 20_000, 20
BERT_SEES = 1.15  # standard deviations of noise between the right label and the others: 70 % right
SHARED = 0.5  # correlation of both noises
CONTRACT = load_contract()
LABELS = CONTRACT.labels
WORDS = {label: CONTRACT.file.answer_words[label] for label in LABELS}
NAMES = {label: name for name, label in CONTRACT.file.binding.items()}


class Llm(NamedTuple):
    """A made-up LLM: what it is like, and how far the right label stands out of its noise."""

    what: str
    sees: float


LLMS = (
    Llm("guesses", 0.0),
    Llm("knows a little, and nothing that BERT does not", SHARED * BERT_SEES),
    Llm("knows a little more", 0.75),
    Llm("weaker than BERT", 0.95),
    Llm("as good as BERT", BERT_SEES),
    Llm("better than BERT", 1.6),
)


def pairs(llm: Llm, n: int, seed: int) -> list[GoldPair]:
    numbers = np.random.default_rng(seed)
    gold = numbers.integers(len(LABELS), size=n)
    shown = np.eye(len(LABELS))[gold]
    noise, own = numbers.normal(size=(2, n, len(LABELS)))
    bert = _softmax(BERT_SEES * (BERT_SEES * shown + noise))
    mixed = SHARED * noise + np.sqrt(1 - SHARED**2) * own
    said = _softmax(2 * max(llm.sees, 0.5) * (llm.sees * shown + mixed))
    return [
        GoldPair(
            "made-up",
            LABELS[at],
            _answer(dict(zip(NAMES.values(), p.tolist(), strict=True)), "softmax"),
            _answer(dict(zip(WORDS.values(), q.tolist(), strict=True)), "logprobs"),
        )
        for at, p, q in zip(gold.tolist(), bert, said, strict=True)
    ]


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _answer(shares: dict[str, float], source: str) -> Answer:
    raw = Scores(probabilities=shares, source=source)  # type: ignore[arg-type]
    return Answer(raw, mapper.map(raw, CONTRACT))


def rows(texts: int, repeats: int) -> Iterator[tuple[str, ...]]:
    plan = Plan()
    for llm in LLMS:
        unseen = pairs(llm, TESTED, seed=10_000)
        alone = right(unseen, decide(unseen, skipping_above(0.0, CONTRACT.policy)))
        asks, calls, gains, most = [], [], [], []
        for seed in range(repeats):
            policy, _ = fit_once(pairs(llm, texts, seed), CONTRACT.policy, LABELS, plan)
            results = decide(unseen, policy)
            share = np.mean([decided_by(result) != "bert:confident" for result in results])
            asks.append(share > 0.01)
            calls.append(share)
            gains.append(right(unseen, results).mean() - alone.mean())
            always = right(unseen, decide(unseen, skipping_above(None, policy)))
            most.append(always.mean() - alone.mean())
        said = [getattr(pair.llm.outcome, "label", None) == pair.gold for pair in unseen]
        yield (
            llm.what,
            f"{np.mean(said):.3f}",
            f"{100 * np.mean(most):+.1f}",
            f"{100 * np.mean(asks):.0f} %",
            f"{100 * np.mean(calls):.0f} %",
            f"{100 * np.mean(gains):+.1f}",
        )


def main(texts: int, repeats: int) -> None:
    header = ("the LLM", "accuracy", "asked always, brings", "fits that ask", "calls", "brings")
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows(texts, repeats):
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:])) if sys.argv[1:] else main(TEXTS, REPEATS)
