"""How scores came to an outcome: what was counted for which label, and what a calibration made of it."""

from collections.abc import Iterator, Mapping

from polarity.contract import mapper
from polarity.contract.loading import Contract
from polarity.contract.review.explaining import Explanation, Step
from polarity.contract.scoring import label_masses
from polarity.types import Scores, Verdict


def explain_scores(raw: Scores, contract: Contract) -> Explanation:
    """Retrace how scores are mapped.

    >>> from polarity.contract import load_contract
    >>> shown = {" positive": 0.5, " negative": 0.25, " the": 0.125}
    >>> raw = Scores(probabilities=shown, source="logprobs", unseen=0.0625)
    >>> for step in explain_scores(raw, load_contract()).steps:
    ...     print(step.name, "-", step.finding)
    label words - NEGATIVE 0.2500, NEUTRAL 0.0000, POSITIVE 0.5000
    coverage - 0.7500, at least 0.05 is needed
    not shown - at most 0.0625 of any token
    calibration - none
    scores - NEGATIVE 0.3077, NEUTRAL 0.0769, POSITIVE 0.6154
    """
    outcome = mapper.map(raw, contract)
    steps = _of_tokens(raw, contract) if raw.source == "logprobs" else ()
    scores = outcome.scores if isinstance(outcome, Verdict) else None
    return Explanation((*steps, *([Step("scores", _spelled(scores))] if scores else [])), outcome)


def _of_tokens(raw: Scores, contract: Contract) -> Iterator[Step]:
    masses, floor, own = label_masses(raw, contract), contract.rules.coverage_floor, contract.calibration
    yield Step("label words", _spelled(masses))
    yield Step("coverage", f"{sum(masses.values()):.4f}, at least {floor} is needed")
    yield Step("not shown", f"at most {raw.unseen:.4f} of any token")
    numbers = f"{own.name}: {_spelled(own.offsets)}; temperature {own.temperature}" if own else "none"
    yield Step("calibration", numbers)


def _spelled(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{label} {number:.4f}" for label, number in numbers.items())
