"""What the commands share: how a gate ends one."""

import pytest
import typer

from polarity.cli.console import leave_by
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
