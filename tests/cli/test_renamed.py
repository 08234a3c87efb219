"""Old options: an error that says how they are spelled now."""

import pytest

from polarity.cli.renamed import RENAMED
from polarity.training.keys import recipe_keys
from polarity.training.recipe import Recipe

from .conftest import Run


@pytest.mark.parametrize(
    ("args", "now"),
    [
        (("train", "--epochs", 2), "--epochs is now --set options.epochs=2"),
        (("train", "--seed=3", "a.jsonl"), "--seed is now --set options.seed=3"),
        (("train", "--max-rows", 9), "--max-rows is now --set data.0.max_rows=9"),
        (("train", "--notes"), "--notes is now --set notes="),
        (("learning-curve", "--base", "runs/x"), "--base is now --set base=runs/x"),
    ],
)
def test_an_old_option_names_the_new_one(run: Run, args: tuple[object, ...], now: str) -> None:
    """With the value that was typed, as usage: exit status 2, before anything else is missed."""
    status, out, err = run(*args)
    assert (2, "") == (status, out)
    assert now in " ".join(err.replace("│", " ").split())


def test_every_old_option_is_named_at_once(run: Run) -> None:
    """Who types a long line of old options types it anew once."""
    err = run("train", "a.jsonl", "--out", "ck", "--epochs", 2, "--threads", 1).err
    said = " ".join(err.replace("│", " ").split())
    assert "--epochs is now --set options.epochs=2; --threads is now --set options.threads=1" in said


def test_old_options_lead_to_keys_that_there_are() -> None:
    """What `--epochs` and its like are called now can be set."""
    news = {new for names in ("train", "learning-curve") for new in RENAMED[names].values()}
    keys = {new.removeprefix("--set ").partition("=")[0].replace(".0.", ".N.") for new in news}
    assert set() == keys - {key.name for key in recipe_keys(Recipe.model_json_schema())}
