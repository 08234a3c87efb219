"""What others wrote, shown on a terminal that must not obey it."""

SHOWN = 160  # characters of a text in a table
BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
# What a terminal obeys in place of showing it, and what turns around the line that it stands in.
STEERING = (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
HARMLESS = {code: ascii(chr(code))[1:-1] for code in STEERING} | dict.fromkeys(map(ord, BLANKS), " ")


def harmless(text: str) -> str:
    r"""Show what others wrote on one line of a terminal, which must not do what the text tells it.

    >>> print(harmless("It\nbroke\x1b]0;owned\x07 twice"))
    It broke\x1b]0;owned\x07 twice
    """
    return text.translate(HARMLESS)


def shortened(text: str) -> str:
    """Show no more of a text, or an id, than fits into a table's cell, and nothing that steers a terminal."""
    shown = harmless(text[: SHOWN + 1])
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."
