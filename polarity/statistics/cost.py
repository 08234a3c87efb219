"""What tokens cost."""

import math
from operator import add

from polarity.types import Usage

MILLION = 1_000_000


def added(one: Usage, other: Usage) -> Usage:
    """Add tokens, and answers that cost none.

    >>> added(Usage(5, 1), Usage(7, 0))
    Usage(prompt_tokens=12, completion_tokens=1, cached=0)
    """
    return Usage(*map(add, one, other))


def cost(usage: Usage, prompt_price: float | None, completion_price: float | None) -> float | None:
    """Price tokens; prices are for a million of them, in whatever money. None where neither is known.

    >>> cost(Usage(prompt_tokens=2_000_000, completion_tokens=500_000), 0.25, 1.0)
    1.0
    >>> cost(Usage(prompt_tokens=2_000_000), None, None)
    """
    if prompt_price is None and completion_price is None:
        return None
    prompts = usage.prompt_tokens * (prompt_price or 0)
    return (prompts + usage.completion_tokens * (completion_price or 0)) / MILLION


def money(amount: float) -> str:
    """Spell an amount with two digits behind the point, or two that say something.

    >>> money(1234.5), money(0.00123)
    ('1,234.50', '0.0012')
    """
    digits = 2 if amount >= 0.1 or amount <= 0 else 1 - math.floor(math.log10(amount))  # noqa: PLR2004 - a tenth
    return f"{amount:,.{digits}f}"
