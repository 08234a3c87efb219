"""One budget, whoever spends it."""

from pathlib import Path
from typing import Any

import pytest

from polarity.bulk.on_ray.leases import WORKERS, taken_over
from polarity.bulk.on_ray.spending import SPENT, Keeper, SharedBudgets, spent
from polarity.errors import BudgetSpent, RecordError, RunError
from polarity.settings import LlmSettings
from polarity.types import NO_TOKENS, Usage

ONE = Usage(1000, 0)


def _llm(**budgets: object) -> LlmSettings:
    return LlmSettings.model_validate({"server": "remote", "base_url": "http://127.0.0.1:1/v1", **budgets})


def _keeper(settings: LlmSettings, folder: Path) -> Any:
    import ray

    return ray.remote(Keeper).options(num_cpus=0).remote(settings, folder, taken_over(folder))


def _kept(settings: LlmSettings, folder: Path) -> Keeper:
    return Keeper(settings, folder, taken_over(folder))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_room_is_taken_once(tmp_path: Path) -> None:
    """Where one request a while may be sent, one of two workers sends it."""
    keeper = _keeper(_llm(requests_per_minute=5), tmp_path)
    one, other = SharedBudgets(keeper), SharedBudgets(keeper)
    assert 0 == one.wait_s(ONE)
    one.take(ONE)
    assert other.wait_s(ONE) > 1


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_money_is_one_purse(tmp_path: Path) -> None:
    """What one spends another lacks, also in a run that is taken up."""
    import ray

    priced = _llm(max_spend=0.0025, prompt_price=1.0, completion_price=1.0)
    keeper = _keeper(priced, tmp_path)
    one, other = SharedBudgets(keeper), SharedBudgets(keeper)
    for budgets in (one, other):
        budgets.check(ONE)
        assert 0 == budgets.wait_s(ONE)
        budgets.take(ONE)
        budgets.settle(ONE, ONE)
    assert Usage(2000, 0) == one.used
    with pytest.raises(BudgetSpent, match=r"^llm\.max_spend: 0\.0020 of 0\.0025 are spent"):
        one.check(ONE)
    ray.kill(keeper)
    with pytest.raises(BudgetSpent):
        SharedBudgets(_keeper(priced, tmp_path)).check(ONE)


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_room_that_is_not_used_is_given_back(tmp_path: Path) -> None:
    """All of it: a server may turn out to be away between the two steps."""
    money = {"max_spend": 0.0015, "prompt_price": 1.0, "completion_price": 1.0}
    keeper = _keeper(_llm(requests_per_minute=5, tokens_per_minute=10_000, **money), tmp_path)
    budgets = SharedBudgets(keeper)
    assert [0, 0, 0] == [budgets.wait_s(ONE) for _ in range(3)]


def test_a_minute_is_one_for_keepers(tmp_path: Path) -> None:
    """One that goes on where another died has no room of its own: both would send a burst."""
    paced = _llm(requests_per_minute=60)
    first = _kept(paced, tmp_path)
    assert [0] * 6 == [first.reserve(ONE) for _ in range(6)]
    del first
    assert 1.0 < _kept(paced, tmp_path).reserve(ONE) < 1.2


def test_an_orphan_writes_nothing_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper whose driver was killed is waited for; where there are no locks, it is refused."""
    monkeypatch.setattr("polarity.bulk.on_ray.leases.PATIENCE_S", 0.0)
    orphan = _kept(_llm(), tmp_path)
    with pytest.raises(RunError, match="workers of an earlier run still write into it: end them first"):
        taken_over(tmp_path)
    (tmp_path / WORKERS).write_text("other", "utf-8")
    with pytest.raises(RunError, match="another process has taken up this run"):
        orphan.also(ONE)
    assert NO_TOKENS == spent(tmp_path / SPENT)


def test_the_dead_are_charged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request whose worker died was sent; else its room stays taken, and everybody waits for ever.

    One that the keeper knows nothing of, since it is a new one, costs what it cost.
    """
    keeper = _kept(_llm(max_spend=0.0015, prompt_price=1.0, completion_price=1.0), tmp_path)
    assert (0, None) == (keeper.reserve(ONE), keeper.refused(Usage(100)))
    monkeypatch.setattr("polarity.bulk.on_ray.spending.FORGOTTEN_S", -1.0)
    assert isinstance(keeper.refused(ONE), BudgetSpent)
    assert ONE == keeper.used() == spent(tmp_path / SPENT)
    keeper.settle(ONE, Usage(200))
    assert Usage(1200) == keeper.used()


def test_what_was_spent_is_read_back(tmp_path: Path) -> None:
    """Nothing where nothing was; what cannot be read is no nothing."""
    assert NO_TOKENS == spent(tmp_path / SPENT)
    _kept(_llm(), tmp_path).also(ONE)
    assert ONE == spent(tmp_path / SPENT)
    (tmp_path / SPENT).write_text("[]", "utf-8")
    with pytest.raises(RecordError, match="does not say what was spent"):
        spent(tmp_path / SPENT)
