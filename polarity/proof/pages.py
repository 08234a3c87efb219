"""A proof of value as one page, in each format."""

from collections.abc import Iterator
from dataclasses import dataclass

from polarity.pages.page import Page, Provenance
from polarity.pages.tables import Sheet
from polarity.proof.conditions import THOUSAND, Findings, advised, conditions, gates
from polarity.statistics.cost import money
from polarity.training.curve_pages import TITLE, curve_picture, curve_sheet

NAMES = {"bert": "the trained classifier", "llm": "the language model", "both": "both by the fitted policy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven(Provenance):
    """What was proven on: the data's name, rows trained on and judged by, the language model."""

    source: str
    trained: int
    judged: int
    llm: str


def proof_page(found: Findings, about: Proven) -> Page:
    """Put a proof on a page."""
    who = advised(found)
    worth = found.worth[who]
    return Page(
        kind="Proof of value",
        about=about.source,
        headline=f"Let {NAMES[who]} answer: right on {worth.accuracy:.1%} of {worth.n:,} texts.",
        origin=about.sentence(
            about.source,
            f"{about.trained:,} rows trained on, {about.judged:,} others judged by",
            about.llm,
        ),
        version=about.version,
        lead=_lead(found),
        data={
            "about": {
                "source": about.source,
                "trained": about.trained,
                "judged": about.judged,
                "llm": about.llm,
                **about.made_by(),
            },
            "advised": who,
            "conditions": [condition._asdict() for condition in conditions(found)],
            "gates": list(gates(found)),
            **found.as_json(),
        },
        sheets=proof_sheets(found),
        draw=lambda: {TITLE: curve_picture(found.curve)},
    )


def proof_sheets(found: Findings) -> list[Sheet]:
    """Give the conditions, who is right how often, what it costs, what labels bring, and what to set."""
    return [
        Sheet(
            "Conditions to switch",
            ("what should hold", "what was found", "holds"),
            [tuple(condition) for condition in conditions(found)],
        ),
        Sheet(
            "Who is right how often",
            ("who", "accuracy", "macro-F1", "to the LLM", "a thousand texts cost"),
            list(_sides(found)),
        ),
        curve_sheet(found.curve),
        Sheet(
            "Try it on live traffic before you switch",
            ("in polarity.toml",),
            [(line,) for line in gates(found) if line],
            note="Then let `polarity promote` judge the pairs, as often as you like.",
        ),
    ]


def _lead(found: Findings) -> str:
    held = [condition.what for condition in conditions(found) if condition.holds == "no"]
    return f"It does not hold that {'; nor that '.join(held)}." if held else "Nothing speaks against it."


def _sides(found: Findings) -> Iterator[tuple[str, ...]]:
    for who, worth in found.worth.items():
        yield (
            NAMES[who],
            f"{worth.accuracy:.4f}",
            f"{worth.macro_f1:.4f}",
            f"{worth.llm_share:.1%}",
            _cost(found, worth.llm_share),
        )


def _cost(found: Findings, share: float) -> str:
    if found.cost.thousand is None:
        return f"{found.cost.tokens * share * THOUSAND:,.0f} tokens"
    return money(found.cost.thousand * share)
