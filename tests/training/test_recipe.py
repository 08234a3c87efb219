"""Recipes: one file says everything about a run."""

from pathlib import Path

import pytest

from polarity.errors import TrainingError
from polarity.records import Columns
from polarity.training.dataset import LabelledFile, Ratings
from polarity.training.recipe import read_recipe
from polarity.training.teacher import Teacher

SHIPPED = Path(__file__).parents[2] / "recipes" / "polarity.toml"
WHOLE = """
base = "somebody/encoder"
holdout = "hashes"

[options]
epochs = 2
layer_decay = 0.9

[[data]]
file = "a.jsonl"
text = "body"
weight = 0.5

[[data]]
file = "b.jsonl"
ratings = { column = "stars", cut_offs = [2.5, 3.5], spread = 0.5 }
max_rows = 10

[[dev]]
file = "dev.jsonl"
"""


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "r.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_recipe_says_everything(tmp_path: Path) -> None:
    """Files stand under the folder that is named; options it leaves out have their defaults."""
    recipe = read_recipe(_written(tmp_path, WHOLE))
    data = recipe.training_data(Path("/data"))
    first = LabelledFile(path=Path("/data/a.jsonl"), columns=Columns(text="body"), weight=0.5)
    ratings = Ratings(column="stars", cut_offs=(2.5, 3.5), spread=0.5)
    second = LabelledFile(path=Path("/data/b.jsonl"), ratings=ratings, max_rows=10)
    assert [first, second] == data.files
    assert [LabelledFile(path=Path("/data/dev.jsonl"))] == data.dev
    assert Path("/data/hashes") == data.holdout
    options = recipe.training_options({})
    assert (2, 0.9, 32) == (options.epochs, options.layer_decay, options.batch_size)
    assert "somebody/encoder" == recipe.base


def test_a_teacher_stands_beside_the_recipe_or_on_a_hub(tmp_path: Path) -> None:
    """A folder is found from the recipe's own place; what is no folder there is left as it is."""
    taught = f'{WHOLE}\n[teacher]\ncheckpoint = "big"\nweight = 0.7\n'
    recipe = read_recipe(_written(tmp_path, taught))
    assert Teacher(checkpoint="big", weight=0.7) == recipe.training_teacher(tmp_path)
    (tmp_path / "big").mkdir()
    assert Teacher(checkpoint=str(tmp_path / "big"), weight=0.7) == recipe.training_teacher(tmp_path)
    assert read_recipe(_written(tmp_path, WHOLE)).training_teacher(tmp_path) is None


def test_what_is_given_wins(tmp_path: Path) -> None:
    """An option on the command line changes what the recipe says."""
    assert 5 == read_recipe(_written(tmp_path, WHOLE)).training_options({"epochs": 5}).epochs


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("epochs = 2", 'epochs = "two"'), "epochs: "),
        (("epochs = 2", "epoch = 2"), "options.epoch is no option"),
        (("weight = 0.5", "weight = 0"), "data.0.weight: Input should be greater than 0, found 0"),
        (("weight = 0.5", "wait = 0.5"), "data.0.wait: Extra inputs are not permitted, found 0.5"),
        (("[2.5, 3.5]", "[3.5, 2.5]"), "cut_offs do not rise: [3.5, 2.5]"),
        (("[options]", "[options"), "is not TOML: "),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """File, key and value stand in the error."""
    path = _written(tmp_path, WHOLE.replace(*change))
    with pytest.raises(TrainingError) as caught:
        read_recipe(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)


def test_a_missing_recipe_is_said(tmp_path: Path) -> None:
    """The file is named, and why it cannot be read."""
    with pytest.raises(TrainingError, match=r"r\.toml: cannot be read: No such file or directory$"):
        read_recipe(tmp_path / "r.toml")


def test_the_shipped_recipe_can_be_read() -> None:
    """It names at least one dev set for each bar, and a hash file."""
    recipe = read_recipe(SHIPPED)
    names = [part.file.parent.name for part in recipe.dev]
    assert ["sst2", "semeval", "sst5", "cad_imdb"] == names
    assert recipe.holdout
    assert recipe.notes
    assert (SHIPPED.parent / recipe.notes).is_file()
