"""What the commands share: how a gate ends one, and what a terminal is shown."""

import pytest
import typer

from polarity.cli.console import SHOWN, leave_by, shortened
from polarity.pages.terminal import harmless
from polarity.statistics.gates import GateStatus, Judgement


@pytest.mark.parametrize(("status", "exit_status"), [("passed", 0), ("failed", 3), ("inconclusive", 4)])
def test_each_gate_status_has_an_exit_status(status: GateStatus, exit_status: int) -> None:
    """Fine is 0, a failed gate 3, too little known 4."""
    with pytest.raises(typer.Exit) as left:
        leave_by(Judgement(status=status, reason="so"), asked=True)

    assert exit_status == left.value.exit_code


@pytest.mark.parametrize(
    ("status", "said"),
    [("passed", ""), ("inconclusive", "inconclusive: so\n"), ("failed", "gate failed: so\n")],
)
def test_a_gate_nobody_set_is_silent_where_it_passes(
    status: GateStatus, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason of a status that somebody will ask about is always said."""
    with pytest.raises(typer.Exit):
        leave_by(Judgement(status=status, reason="so"), asked=False)

    assert said == capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07Fine", r"\x1b]0;owned\x07Fine"),
        ("\x9b31mred\x7f\x00", r"\x9b31mred\x7f\x00"),
        ("abc\u202edef\u2066", r"abc\u202edef\u2066"),
        ("two\r\nlines\tand\u2028more", "two  lines and more"),
        ("Größe 好 👩‍💻 می‌خواهم עברית", "Größe 好 👩‍💻 می‌خواهم עברית"),
    ],
)
def test_a_text_does_not_steer_the_terminal(text: str, shown: str) -> None:
    """Control characters and what turns a line around are spelled; white space is a blank; the rest stays."""
    assert shown == harmless(text) == shortened(text)


def test_a_long_text_is_cut_as_it_is_shown() -> None:
    """To so many characters on the terminal, however long their spelling is."""
    assert "a" * SHOWN == shortened("a" * SHOWN)
    assert f"{'a' * SHOWN}..." == shortened("a" * (SHOWN + 1))
    assert SHOWN + 3 == len(shortened("\x1b" * SHOWN))
