"""Gates on a calibration."""

import pytest

from polarity.backends.temperature import Calibration
from polarity.errors import SettingsError
from polarity.statistics.gates import parsed_all
from polarity.statistics.measures import Measures
from polarity.tuning.gates import check_bounds, judge, too_few
from polarity.tuning.temperature_fit import ALL

FOUND = Calibration(
    temperature=1.5,
    fold_temperatures=(1.5,),
    weights_sha256="0",
    before={ALL: Measures(399, 0.2, 0.5, 1.0)},
    after={
        "in/a.csv": Measures(99, 0.05, 0.3, 0.6),
        "in/b.csv": Measures(300, 0.04, 0.4, 0.7),
        ALL: Measures(399, 0.03, 0.35, 0.65),
    },
)


@pytest.mark.parametrize(
    ("over", "status", "reason"),
    [
        ("ece=0.03", "passed", "ece 0.0300 is within 0.0300"),
        ("ece=0.02", "failed", "ece 0.0300 is over 0.0200"),
        ("brier=0.3", "failed", "brier 0.3500 is over 0.3000"),
        ("nll.in/b.csv=0.7", "passed", "nll.in/b.csv 0.7000 is within 0.7000"),
        ("ece.in/a.csv=1", "inconclusive", "ece.in/a.csv rests on 99 texts, fewer than 100"),
    ],
)
def test_what_is_left_is_judged(over: str, status: str, reason: str) -> None:
    """As measured after the temperature: of all texts, or of one file's."""
    judgement = judge(FOUND, parsed_all([], [over]))

    assert (status, reason) == (judgement.status, judgement.reason)


def test_an_unknown_file_is_refused() -> None:
    """It names those there are."""
    with pytest.raises(SettingsError, match=r"no measure 'ece\.a'; known: ece\[\.\(in/a\.csv\|in/b\.csv\)\]"):
        check_bounds(parsed_all([], ["ece.a=1"]), ["in/a.csv", "in/b.csv"])


@pytest.mark.parametrize(("texts", "enough"), [(299, False), (300, True)])
def test_twenty_texts_a_bin(texts: int, enough: bool) -> None:
    """Fewer measure no calibration error."""
    assert enough == (too_few(texts) is None)
