"""Recipes: one file says everything about a run."""

import shutil
from pathlib import Path

import pytest

from polarity.errors import SettingsError, TrainingError
from polarity.records import Columns, read, write
from polarity.training.dataset import LabelledFile
from polarity.training.options import TrainingOptions
from polarity.training.recipe import Recipe, read_recipe, recipe_of
from polarity.training.run import MINILM
from polarity.training.sides import Side
from polarity.training.targets import Ratings, Votes
from polarity.training.teacher import Teacher

RECIPES = Path(__file__).parents[2] / "recipes"
SHIPPED = RECIPES / "polarity.toml"
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

[[data]]
file = "c.jsonl"
votes = { column = "votes", abstain = ["MIXED"] }
side = "train"
together = "pair"

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
    data = recipe.training_data(Path("/data"), tmp_path)
    first = LabelledFile(path=Path("/data/a.jsonl"), columns=Columns(text="body"), weight=0.5)
    ratings = Ratings(column="stars", cut_offs=(2.5, 3.5), spread=0.5)
    second = LabelledFile(path=Path("/data/b.jsonl"), ratings=ratings, max_rows=10)
    votes = Votes(column="votes", abstain=("MIXED",))
    third = LabelledFile(path=Path("/data/c.jsonl"), votes=votes, side="train", together="pair")
    assert [first, second, third] == data.files
    assert [LabelledFile(path=Path("/data/dev.jsonl"))] == data.dev
    assert Path("/data/hashes") == data.holdout
    options = recipe.options
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


SOURCED = """
[[data]]
file = "a.jsonl"
weight = 0.5
label = "gold"

[data.source]
hub = "HUB"
split = "validation"
text = "sentence"
label = "label"
labels = { 0 = "NEGATIVE" }

[[data]]
labels = { 1 = "POSITIVE" }
source = { hub = "HUB" }
"""


@pytest.fixture
def sourced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """A recipe that names a folder as hub, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    hub = tmp_path / "hub"
    hub.mkdir()
    for split in ("train", "validation"):
        write(hub / f"{split}.parquet", [{"sentence": split, "text": split, "label": 1}])
    return read_recipe(_written(tmp_path, SOURCED.replace("HUB", str(hub))))


def test_a_local_file_is_used_where_there_is_one(tmp_path: Path, sourced: Recipe) -> None:
    """A file in the data folder stands before its public source, and is read by its own columns."""
    (tmp_path / "a.jsonl").touch()
    fetched: list[Path] = []
    first, _ = sourced.training_data(tmp_path, tmp_path, fetched.append).files
    assert LabelledFile(path=tmp_path / "a.jsonl", columns=Columns(label="gold"), weight=0.5) == first
    assert 1 == len(fetched)


def test_what_is_not_there_is_fetched(tmp_path: Path, sourced: Recipe) -> None:
    """The source is read by its own columns and map, or the entry's where it names none."""
    first, second = sourced.training_data(tmp_path, tmp_path).files
    assert (Columns(text="sentence"), {"0": "NEGATIVE"}, 0.5) == (first.columns, first.labels, first.weight)
    assert (Columns(), {"1": "POSITIVE"}, 1.0) == (second.columns, second.labels, second.weight)
    assert ["validation", "train"] == [
        record.text for part in (first, second) for record in read(part.path, Columns(label=None))
    ]
    assert all(part.path.is_relative_to(tmp_path / "cache" / "polarity") for part in (first, second))


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path, sourced: Recipe) -> None:
    """The second run finds it in the cache, also when the source is gone."""
    before = sourced.training_data(tmp_path, tmp_path)
    shutil.rmtree(tmp_path / "hub")
    fetched: list[Path] = []
    assert before == sourced.training_data(tmp_path, tmp_path, fetched.append)
    assert [] == fetched


TEMPLATES = """
[neutral.hours]
NEUTRAL = ["Open till six."]
NEGATIVE = ["Never open."]
"""
TEMPLATED = """
[[data]]
source = { templates = "mine.toml" }
side = "SIDE"
"""


@pytest.mark.parametrize("side", ["train", "dev"])
def test_templates_stand_beside_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: Side
) -> None:
    """They are filled into the cache, and the rows of one template stand on one side, unasked."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "mine.toml").write_text(TEMPLATES, "utf-8")
    recipe = read_recipe(_written(tmp_path, TEMPLATED.replace("SIDE", side)))
    (file,) = recipe.training_data(Path("/data"), tmp_path).files
    assert (side, "template") == (file.side, file.together)
    assert ["Open till six.", "Never open."] == [
        record.text for record in read(file.path, Columns(label=None))
    ]
    assert file.path.is_relative_to(tmp_path / "cache" / "polarity" / "templates")


ARCHIVE = 'archive = { package = "PACKAGE", version = "VERSION", sha256 = "SHA", member = ["m.csv"] }'


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("weight = 1.0", "neither a file nor a source is named"),
        ("source = {}", "a source is a hub, an archive or a file of templates"),
        (f'source = {{ hub = "h", {ARCHIVE} }}', "a source is a hub, an archive or a file of templates"),
        (
            'source = { hub = "h", templates = "t.toml" }',
            "a source is a hub, an archive or a file of templates",
        ),
        ('source = { split = "dev", templates = "t.toml" }', "config, split and revision belong to a hub"),
        (f'source = {{ split = "dev", {ARCHIVE} }}', "config, split and revision belong to a hub"),
        (f"source = {{ {ARCHIVE.replace('m.csv', 'm.txt')} }}", "suffix '.txt' needs its columns named"),
        (f"source = {{ {ARCHIVE.replace('SHA', 'abc')} }}", "data.0.source.archive.sha256: "),
        (f"source = {{ {ARCHIVE.replace('PACKAGE', 'p -r x')} }}", "data.0.source.archive.package: "),
        (f"source = {{ {ARCHIVE.replace('VERSION', '1; x')} }}", "data.0.source.archive.version: "),
        ('source = { hub = "h", trust_remote_code = true }', "there is no such key"),
        ('file = "a.csv"\nlabels = { 0 = 1 }', "data.0.labels.0: should be text, found 1"),
    ],
)
def test_a_wrong_source_is_named(tmp_path: Path, entry: str, problem: str) -> None:
    """An entry has one place to come from, and it is spelled whole."""
    with pytest.raises(TrainingError) as caught:
        read_recipe(_written(tmp_path, f"[[data]]\n{entry}".replace("SHA", "0" * 64)))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("epochs = 2", 'epochs = "two"'), "epochs: "),
        (("epochs = 2", "epoch = 2"), "options.epoch: there is no such key"),
        (("weight = 0.5", "weight = 0"), "data.0.weight: should be greater than 0, found 0"),
        (("weight = 0.5", "wait = 0.5"), "data.0.wait: there is no such key"),
        (("[2.5, 3.5]", "[3.5, 2.5]"), "cut_offs do not rise: [3.5, 2.5]"),
        (("max_rows = 10", 'votes = { column = "v" }'), "name ratings or votes"),
        (('side = "train"', 'side = "test"'), "data.2.side: "),
        (('side = "train"', ""), "together says which rows stand on one side: name the side"),
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


def test_one_mistake_is_said_once(tmp_path: Path) -> None:
    """A list whose only entry is wrong is not called empty as well."""
    text = '[[data]]\nfile = "a.jsonl"\nwieght = 2.0\n'
    with pytest.raises(TrainingError) as caught:
        read_recipe(_written(tmp_path, text))
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{tmp_path / 'r.toml'}: data.0.wieght: there is no such key; nearest: weight; ")


def test_overrides_are_read_as_if_they_stood_in_the_recipe(tmp_path: Path) -> None:
    """Values are TOML, or else plain words; a table that is not there is made; the rest stays."""
    overrides = [
        "options.epochs=5",
        "base=runs/large",
        "data.0.max_rows=7",
        "teacher.checkpoint=big",
        "options.learning_rate=1e-4",
        'data.1.ratings={ column = "points", cut_offs = [1, 2] }',
    ]
    recipe = read_recipe(_written(tmp_path, WHOLE), overrides)
    assert (5, 1e-4, 0.9) == (recipe.options.epochs, recipe.options.learning_rate, recipe.options.layer_decay)
    assert ("runs/large", "big") == (recipe.base, recipe.teacher and recipe.teacher.checkpoint)
    first, second, _ = recipe.data
    assert (7, 0.5, "body") == (first.max_rows, first.weight, first.text)
    assert ("points", (1.0, 2.0)) == (second.ratings and (second.ratings.column, second.ratings.cut_offs))


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("options.epochs=two", "options.epochs: should be a whole number, found 'two'"),
        ("options.warm_up=1", "options.warm_up: should be less than 1, found 1"),
        (
            "tacher.weight=1",
            f"tacher: there is no such key; nearest: teacher; known: {', '.join(Recipe.model_fields)}",
        ),
        ("teacher.weight=0.5", "teacher.checkpoint: is missing, found {'weight': 0.5}"),
        ("base.x=1", "base.x: there is no such key: 'somebody/encoder' is no table"),
        ("data.x.weight=1", "data.x.weight: there is no entry x: 3 are there, counted from 0"),
        ("options..epochs=1", "'options..epochs=1' is not KEY=VALUE"),
        ("base=", "'base=' is not KEY=VALUE"),
    ],
)
def test_a_wrong_override_is_named(tmp_path: Path, override: str, problem: str) -> None:
    """With the words that the file would get, and where it came from; it is a matter of usage."""
    with pytest.raises(SettingsError) as caught:
        read_recipe(_written(tmp_path, WHOLE), [override])
    assert f"--set: {problem}" == str(caught.value)


def test_what_the_file_has_wrong_is_not_laid_to_an_override(tmp_path: Path) -> None:
    """Each mistake stands with its own place, however near the other one is."""
    path = _written(tmp_path, WHOLE.replace("weight = 0.5", "weight = 0"))
    with pytest.raises(TrainingError) as caught:
        read_recipe(path, ["data.0.max_rows=0"])
    assert [
        f"{path}: data.0.weight: should be greater than 0, found 0",
        "--set: data.0.max_rows: should be greater than or equal to 1, found 0",
    ] == str(caught.value).splitlines()


def test_an_override_may_mend_a_recipe(tmp_path: Path) -> None:
    """A recipe is judged as it is used."""
    path = _written(tmp_path, WHOLE.replace("epochs = 2", "epochs = 0"))
    assert 1 == read_recipe(path, ["options.epochs=1"]).options.epochs


def test_a_recipe_of_files_says_no_more(tmp_path: Path) -> None:
    """Files alone are trained on with the defaults, read by the columns that are named."""
    recipe = recipe_of([tmp_path / "a.csv"], [Path("dev.csv")], Columns(text="body"))
    data = recipe.training_data(Path(), Path())
    assert [LabelledFile(path=tmp_path / "a.csv", columns=Columns(text="body"))] == data.files
    assert [LabelledFile(path=Path("dev.csv"), columns=Columns(text="body"))] == data.dev
    assert (TrainingOptions(), MINILM, None) == (recipe.options, recipe.base, recipe.teacher)


def test_notes_are_read_from_the_recipes_folder(tmp_path: Path) -> None:
    """Their text goes into the model card; without any it is empty, and a wrong place is named."""
    (tmp_path / "notes.md").write_text("Mind it.", "utf-8")
    recipe = recipe_of([Path("a.csv")], overrides=["notes=notes.md"])
    assert "Mind it." == recipe.training_notes(tmp_path)
    assert "" == recipe_of([Path("a.csv")]).training_notes(tmp_path)
    with pytest.raises(TrainingError, match=r"none/notes\.md: cannot be read"):
        recipe.training_notes(tmp_path / "none")


def test_a_missing_recipe_is_said(tmp_path: Path) -> None:
    """The file is named, and why it cannot be read."""
    with pytest.raises(TrainingError, match=r"r\.toml: cannot be read: No such file or directory$"):
        read_recipe(tmp_path / "r.toml")


def test_the_shipped_recipe_can_be_read() -> None:
    """It names at least one dev set for each bar, and a hash file."""
    recipe = read_recipe(SHIPPED)
    names = [part.file.parent.name for part in recipe.dev if part.file]
    assert ["sst2", "semeval", "sst5", "cad_imdb", "dynasent", "dynasent"] == names
    assert recipe.holdout
    assert recipe.notes
    assert (SHIPPED.parent / recipe.notes).is_file()


@pytest.mark.parametrize("name", ["students.toml", "teacher.toml"])
def test_shipped_recipes_name_their_public_sources(name: str) -> None:
    """Every set that is public is named where it is to be had, to the very bytes; its labels are ours."""
    recipe = read_recipe(RECIPES / name)
    parts = [part for part in (*recipe.data, *recipe.dev) if part.source]
    assert ["sst2", "sst5", "semeval", *["vader"] * 4, "sst2", "semeval", "sst5"] == [
        part.file.parent.name for part in parts if part.file
    ]
    public = [part.source for part in parts if part.source and not part.source.templates]
    assert all(source.revision or source.archive for source in public)
    mapped = {label for part in parts if part.source for label in (part.source.labels or {}).values()}
    assert {"NEGATIVE", "NEUTRAL", "POSITIVE"} == mapped
