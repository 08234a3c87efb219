"""From what was measured to what to do: conditions to switch, each held or not, with its figures. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from polarity.statistics.cost import money
from polarity.statistics.intervals import Interval
from polarity.training.learning_curve import LearningCurve
from polarity.tuning.policy_worth import Worth

Holds = Literal["yes", "no", "not shown"]
THOUSAND = 1000
NO_WORSE = 0.01  # of accuracy: what may be lost where something else is gained
FAILURES, FLIPPED = 0.02, 0.05  # what the proposed gates allow on live traffic


class Condition(NamedTuple):
    """Something that should hold before a switch, what was found, and whether it holds."""

    what: str
    found: str
    holds: Holds


class Money(NamedTuple):
    """What the language model costs: tokens of a text, and a thousand texts' price, None without prices."""

    tokens: float
    thousand: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was measured on the judged rows: who decided how well, what it costs, what labels bring.

    `worth` is by "bert", "llm" and "both", the last out of fold; `agreement` is how often each of the others
    gives BERT's label.
    """

    worth: Mapping[str, Worth]
    agreement: Mapping[str, float]
    cost: Money
    curve: LearningCurve

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        from dataclasses import asdict

        return {
            "worth": {who: asdict(worth) for who, worth in self.worth.items()},
            "agreement": dict(self.agreement),
            "cost": self.cost._asdict(),
            "curve": self.curve.as_json(),
        }


def conditions(found: Findings) -> list[Condition]:
    """List what should hold, and whether it does on these rows."""
    last = found.curve.points[-1]
    encoder, words = (_mean(side) for side in (last.encoder, last.words))
    llm, both = found.worth["llm"], found.worth["both"]
    return [
        Condition(
            "the trained classifier beats counting words",
            f"macro-F1 {encoder:.3f} against {words:.3f} after {last.rows:,} rows",
            "yes" if encoder > words else "no",
        ),
        *_more_labels(found.curve),
        Condition(
            "the LLM alone is no worse than the classifier",
            f"accuracy {llm.accuracy:.1%}, {_points(llm.difference)}",
            _no_worse(llm.difference),
        ),
        Condition(
            "both are better than the classifier alone",
            f"accuracy {both.accuracy:.1%}, {_points(both.difference)}; {both.llm_share:.0%} go to the LLM",
            _better(both.difference),
        ),
        *_worth_its_money(both, found.cost),
    ]


def advised(found: Findings) -> str:
    """Name the backend that these rows speak for: the dearer one only where it is shown to be better.

    The language model alone is never preferred to both, which asks it less often, unless it is better still.
    """
    llm, both = found.worth["llm"], found.worth["both"]
    if _better(llm.difference) == "yes" and llm.accuracy > both.accuracy:
        return "llm"
    return "both" if _better(both.difference) == "yes" else "bert"


def gates(found: Findings) -> tuple[str, ...]:
    """Propose [promotion] for the shadow run that should come before the switch, as lines of the settings."""
    who = advised(found)
    if who == "bert":
        who = "both"
    share = max(0.0, found.agreement[who] - FLIPPED)
    under = f'fail_under = ["agreement={share:.2f}"]'
    over = [f"failures.candidate={FAILURES}", f"accuracy_drop={NO_WORSE}"]
    if found.cost.thousand:
        share_asked = found.worth[who].llm_share
        over.append(f"cost_thousand.candidate={_rounded_up(found.cost.thousand * share_asked)}")
    quoted = ", ".join(f'"{gate}"' for gate in over)
    return ("[shadow]", f'backend = "{who}"', "", "[promotion]", under, f"fail_over = [{quoted}]")


def _more_labels(curve: LearningCurve) -> list[Condition]:
    if len(curve.points) < 2:  # noqa: PLR2004 - two make a line
        return []
    before, last = curve.points[-2:]
    gained = _mean(last.encoder) - _mean(before.encoder)
    said = f"from {before.rows:,} to {last.rows:,} rows macro-F1 rose by {gained:+.3f}"
    return [Condition("more labels bring less than a point", said, "yes" if gained < NO_WORSE else "no")]


def _worth_its_money(both: Worth, cost: Money) -> list[Condition]:
    if cost.thousand is None or both.difference is None:
        return []
    gained = both.difference.value * THOUSAND
    spent = cost.thousand * both.llm_share
    if gained <= 0:
        return [Condition("both are worth their money", "no label more is right", "no")]
    said = (
        f"a thousand texts cost {money(spent)}; each label more that is right costs {money(spent / gained)}"
    )
    return [Condition("both are worth their money", said, "not shown")]


def _better(difference: Interval | None) -> Holds:
    if difference is None or difference.low <= 0 < difference.high:
        return "not shown"
    return "yes" if difference.low > 0 else "no"


def _no_worse(difference: Interval | None) -> Holds:
    if difference is None or difference.low <= -NO_WORSE < difference.high:
        return "not shown"
    return "yes" if difference.low > -NO_WORSE else "no"


def _points(difference: Interval | None) -> str:
    if difference is None:
        return "the same"
    low, value, high = (100 * part for part in (difference.low, difference.value, difference.high))
    return f"{value:+.1f} points (95 %: {low:+.1f} to {high:+.1f})"


def _rounded_up(amount: float) -> str:
    """Leave a fifth of room."""
    return f"{1.2 * amount:.2g}"


def _mean(scores: Mapping[str, float]) -> float:
    values: Sequence[float] = list(scores.values())
    return sum(values) / len(values)
