"""Options that went: a usage error that says what to type now."""

import pytest
import typer.main

from polarity.cli import app
from polarity.cli.moved import MOVED
from polarity.training.keys import recipe_keys
from polarity.training.recipe import Recipe

from .conftest import Run

EACH = ", and so of each file: data.0, data.1, ..."
AND = "\nerror: "  # one line each


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            ("report", "a.csv", "-o", "a.md", "--max-disagreement", "0.1"),
            "--max-disagreement 0.1 is now --fail-over disagreement=0.1",
        ),
        (("report", "--min-kappa=0.6"), "--min-kappa 0.6 is now --fail-under kappa=0.6"),
        (
            ("report", "--max-unmapped", "0.2"),
            "--max-unmapped 0.2 is now --fail-over unmapped.SIDE=0.2, once for each side",
        ),
        (("evaluate", "--suite", "mine.toml"), "--suite mine.toml is now polarity checklist mine.toml"),
        (("checklist", "--mistakes", "5"), "--mistakes 5 is now --examples 5"),
        (("calibrate", "ck", "a.csv", "--max-ece", "0.03"), "--max-ece 0.03 is now --fail-over ece=0.03"),
        (
            ("compare-checkpoints", "--max-churn", "1", "--max-drop", "0"),
            f"--max-churn 1 is now --fail-over churn=1{AND}--max-drop 0 is now --fail-over accuracy_drop=0",
        ),
        (
            ("compare-checkpoints", "--max-drop", "0.01"),
            "--max-drop 0.01 is now --fail-over accuracy_drop=0.01",
        ),
        (
            ("contract", "test", "--min-precision", "0.9"),
            "--min-precision 0.9 is now --fail-under precision=0.9",
        ),
        (
            ("contract", "test", "--max-opposite", "2"),
            "--max-opposite 2 is now --fail-over opposite=SHARE, a share of the verdicts",
        ),
        (("train", "--epochs", "2"), "--epochs 2 is now --set options.epochs=2"),
        (("train", "--notes"), "--notes is now --set notes="),
        (("learning-curve", "--base", "runs/x"), "--base runs/x is now --set base=runs/x"),
        (("train", "--notes", "my notes.md"), "--notes 'my notes.md' is now --set 'notes=my notes.md'"),
        (("checklist", "--mistakes"), "--mistakes is now --examples"),
        (
            ("train", "--cut-offs", "2.5, 3.5"),
            f"--cut-offs '2.5, 3.5' is now --set 'data.0.ratings.cut_offs=[2.5, 3.5]'{EACH}",
        ),
        (("train", "--max-rows", "9"), f"--max-rows 9 is now --set data.0.max_rows=9{EACH}"),
        (
            ("train", "--rating-column", "stars"),
            f"--rating-column stars is now --set data.0.ratings.column=stars{EACH}",
        ),
        (("report", "--max-disagreement"), "--max-disagreement is now --fail-over disagreement="),
    ],
)
def test_an_old_option_names_the_new_one(run: Run, args: tuple[str, ...], problem: str) -> None:
    """With the value that was typed; the exit status is that of wrong usage, and nothing is run."""
    assert (2, "", f"error: {problem}\n") == run(*args)


@pytest.mark.parametrize("command", MOVED)
def test_what_went_is_gone(command: str) -> None:
    """No option of the table is one of its command, so that help does not show it."""
    found = typer.main.get_command(app)
    for name in command.split():
        found = found.commands[name]  # type: ignore[attr-defined]
    assert not set(MOVED[command]) & {option for param in found.params for option in param.opts}


def test_old_options_of_training_lead_to_keys_that_there_are() -> None:
    """What `--epochs` and its like are called now can be set."""
    news = {new for name in ("train", "learning-curve") for new in MOVED[name].values()}
    keys = {new.removeprefix("--set ").partition("=")[0].replace(".0.", ".N.") for new in news}
    assert set() == keys - {key.name for key in recipe_keys(Recipe.model_json_schema())}
