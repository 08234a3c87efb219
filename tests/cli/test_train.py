"""`polarity train`, and what its checkpoint is good for: the spam contract, end to end."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from polarity.errors import TrainingError
from polarity.training.options import TrainingOptions

from .conftest import FIXTURES, Run

SPAM = FIXTURES.parent / "polarity" / "contracts" / "spam.v1.toml"
SET = "--set"
QUICK = (SET, "options.batch_size=8", SET, "options.precision=fp32", SET, "options.threads=1")
ONCE = ("--allow-collapsed", SET, "options.epochs=1")
CUES = {"SPAM": ("money", "subscription", "price"), "HAM": ("family", "breakfast", "film")}
FRAMES = ("the {}", "my {} and the {}", "this is the {}", "a {} for your team", "{} today")
MESSAGES = [
    (frame.replace("{}", cue), label) for label, cues in CUES.items() for cue in cues for frame in FRAMES
]


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """Thirty messages that one word each gives away."""
    path = tmp_path / "messages.jsonl"
    rows = (json.dumps({"text": text, "label": label}) + "\n" for text, label in MESSAGES)
    path.write_text("".join(rows), "utf-8")
    return path


@pytest.mark.training
def test_another_contract_end_to_end(
    run: Run, make_checkpoint: Callable[..., Path], messages: Path, tmp_path: Path
) -> None:
    """SPAM and HAM are trained, loaded, evaluated and printed by their contract alone."""
    base, out = make_checkpoint("ham", "spam"), tmp_path / "ck"
    learn = (SET, "options.epochs=12", SET, "options.learning_rate=2e-3", SET, f"base={base}")
    where = ("--dev", messages, "--contract", SPAM)
    status, printed, err = run("train", messages, "--out", out, *where, *learn, *QUICK)
    assert (0, "") == (status, printed)
    _, *lines = err.splitlines()  # a warning: they are judged by what they were trained on
    assert [f"epoch {at}: loss" for at in range(1, 13)] == [
        line[: line.index("loss") + 4] for line in lines[:-1]
    ]
    assert lines[-1].startswith(f"wrote {out}, epoch ")
    config = json.loads((out / "config.json").read_text("utf-8"))
    assert {"0": "ham", "1": "spam"} == config["id2label"]
    options = ("--contract", SPAM, "--checkpoint", out)
    evaluation = json.loads(run("evaluate", messages, *options, "--json").out)
    assert 30 == evaluation["n"]
    assert evaluation["accuracy"] > 0.9
    assert evaluation["accuracy"] == evaluation["two_class_accuracy"]
    assert ["HAM", "SPAM"] == list(evaluation["labels"])
    lines = run("classify", "the money", "the family", *options).out.splitlines()
    assert ["SPAM", "HAM"] == [line.split("\t")[0] for line in lines]


@pytest.mark.training
def test_the_record_names_the_command(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """`training.json` and the card hold the command as it was typed, and every option's value."""
    out = tmp_path / "ck"
    sets = (SET, f"base={tiny_checkpoint}", SET, "options.seed=3", SET, "data.0.max_rows=60", *ONCE, *QUICK)
    args = ("train", FIXTURES / "reviews.jsonl", "--out", out, *sets, SET, "options.max_length=16")
    assert 0 == run(*args).status
    record = json.loads((out / "training.json").read_text("utf-8"))
    expected = " ".join(map(str, ("polarity", *args)))
    assert expected == record["command"]
    assert expected in (out / "README.md").read_text("utf-8")
    options = {"epochs": 1, "batch_size": 8, "seed": 3, "max_length": 16, "precision": "fp32"}
    assert options == {name: record["options"][name] for name in options}
    assert (54, 6) == (record["train_rows"], record["dev_rows"])


@pytest.mark.training
def test_ratings_become_labels(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A number column and cut-offs, negative ones too, are enough to train by."""
    path = tmp_path / "rated.csv"
    rows = (f"text number {at},{at % 9 - 4}\n" for at in range(45))
    path.write_text("text,mean_rating\n" + "".join(rows), "utf-8")
    ratings = "data.0.ratings"
    rating = (SET, f"{ratings}.column=mean_rating", SET, f"{ratings}.cut_offs=[-0.5, 0.5]")
    args = ("--out", tmp_path / "ck", SET, f"base={tiny_checkpoint}", *ONCE, *QUICK)
    assert 0 == run("train", path, *rating, *args).status


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("/nowhere.jsonl",), "/nowhere.jsonl: no such file"),
        (("-",), "-: is read once and gone: training needs a file, whose hash it records"),
        (
            ("two.jsonl", SET, 'data.0.ratings={ column = "stars", cut_offs = [1] }'),
            "3 labels need 2 cut-offs, not 1",
        ),
        (("two.jsonl", SET, "holdout=/nowhere"), "/nowhere: cannot be read: No such file or directory"),
        (("two.jsonl",), "no training example is labelled"),
        (("two.jsonl", "--out", "two.jsonl"), "two.jsonl: is there already and is not a checkpoint"),
        (("two.jsonl", "--contract", "/nowhere.toml"), "/nowhere.toml: cannot be read"),
        (("two.jsonl", SET, "notes=/nowhere.md"), "/nowhere.md: cannot be read"),
        (("--recipe", "/nowhere.toml"), "/nowhere.toml: cannot be read: No such file or directory"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    run: Run, tiny_checkpoint: Path, reviews: Path, args: tuple[str, ...], problem: str
) -> None:
    """Exit status 1, what is wrong in the last line on standard error, no checkpoint."""
    status, out, err = run("train", "--out", "ck", SET, f"base={tiny_checkpoint}", *args)
    assert (1, "") == (status, out)
    assert err.splitlines()[-1].startswith(f"error: {problem}")
    assert "Traceback" not in err
    assert [reviews] == list(reviews.parent.iterdir())


def _recipe(folder: Path, base: Path, rows: Path) -> Path:
    path = folder / "r.toml"
    path.write_text(
        f'base = "{base}"\n[options]\nepochs = 3\nbatch_size = 8\nprecision = "fp32"\nthreads = 1\n'
        f'[[data]]\nfile = "{rows.name}"\n[[dev]]\nfile = "{rows.name}"\n',
        "utf-8",
    )
    return path


@pytest.mark.training
def test_set_changes_what_a_recipe_says(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """What is typed beside --recipe wins, the base too; what is not, stays as the recipe has it."""
    recipe = _recipe(tmp_path, Path("no/such/base"), FIXTURES / "reviews.jsonl")
    args = ("--recipe", recipe, "--data-root", FIXTURES, SET, f"base={tiny_checkpoint}", *ONCE)
    status, _, err = run("train", *args, "--out", tmp_path / "ck")
    assert 0 == status
    assert f"wrote {tmp_path / 'ck'}, epoch 1" in err.splitlines()
    options = json.loads((tmp_path / "ck" / "training.json").read_text("utf-8"))["options"]
    assert (1, 8) == (options["epochs"], options["batch_size"])


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("--recipe", "r.toml", "d.jsonl"), "name DATA or a --recipe, and not both"),
        ((), "name DATA or a --recipe, and not both"),
        (("--recipe", "r.toml", "--dev", "d.jsonl"), "a --recipe says what is read"),
        (("--recipe", "r.toml", "--text-column", "body"), "a --recipe says what is read"),
        (("d.jsonl", "--data-root", "."), "DATA lies where it is named: --data-root has nothing to say"),
    ],
)
def test_flags_that_would_say_nothing_are_refused(run: Run, args: tuple[str, ...], problem: str) -> None:
    """No flag is passed over in silence: exit status 2."""
    status, out, err = run("train", "--out", "ck", *args)
    assert (2, "") == (status, out)
    assert problem in " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("options.epochs=0", "options.epochs: should be greater than or equal to 1, found 0"),
        (
            "options.epoch=2",
            "options.epoch: there is no such key; nearest: epochs; known: epochs, batch_size",
        ),
        ("epochs", "'epochs' is not KEY=VALUE"),
        ("data.1.weight=2", "data.1.weight: there is no entry 1: 1 are there, counted from 0"),
    ],
)
def test_a_wrong_setting_is_usage(run: Run, said: str, problem: str) -> None:
    """Exit status 2, one line that says it came from --set, and nothing is read."""
    status, out, err = run("train", "none.jsonl", "--out", "ck", SET, said)
    assert (2, "", 1) == (status, out, err.count("\n"))
    assert err.startswith(f"error: --set: {problem}")


def test_every_key_is_listed(run: Run) -> None:
    """--list needs no --out: one line a key, as it may be typed, with its bounds and its meaning."""
    status, out, err = run("train", "--list")
    assert (0, "") == (status, err)
    lines = out.splitlines()
    assert list(TrainingOptions().as_dict()) == [
        re.split(r"[= ]", line.removeprefix("options."))[0] for line in lines if line.startswith("options.")
    ]
    assert "integer >= 1. Times that every row is trained on; default: 3, " in next(
        line for line in lines if line.startswith("options.epochs ")
    )


@pytest.mark.training
def test_a_resumed_run_records_the_command_that_makes_it_again(
    run: Run, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--resume is not in it: of a finished run there is nothing to resume."""
    args = (
        "train",
        FIXTURES / "reviews.jsonl",
        "--out",
        tmp_path / "ck",
        SET,
        f"base={tiny_checkpoint}",
        *QUICK,
    )

    def killed(*_: object, **__: object) -> None:
        raise TrainingError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("polarity.training.run.write_checkpoint", killed)
        assert 1 == run(*args, *ONCE).status
    assert 0 == run(*args, *ONCE, "--resume").status
    record = json.loads((tmp_path / "ck" / "training.json").read_text("utf-8"))
    assert "--resume" not in record["command"]
    assert record["command"].endswith("--set options.epochs=1")


@pytest.mark.training
def test_a_learning_rate_that_breaks_the_weights(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The run ends with what to do, and no checkpoint."""
    args = (
        "--out",
        tmp_path / "ck",
        SET,
        f"base={tiny_checkpoint}",
        SET,
        "options.learning_rate=1e30",
        *QUICK,
    )
    status, _, err = run("train", FIXTURES / "reviews.jsonl", *args)
    assert 1 == status
    assert err.splitlines()[-1].startswith("error: ")
    assert err.endswith(": lower the learning rate\n")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.training
@pytest.mark.parametrize(("allowed", "expected"), [((), 4), (("--allow-collapsed",), 0)])
def test_a_run_that_has_collapsed_ends_with_a_warning(
    run: Run, tiny_checkpoint: Path, tmp_path: Path, allowed: tuple[str, ...], expected: int
) -> None:
    """On the last line, in the card and in the record; exit status 4 unless that is allowed."""
    out, rows = tmp_path / "ck", FIXTURES / "reviews.jsonl"
    still = (
        SET,
        "options.learning_rate=0.0",
        SET,
        f"base={tiny_checkpoint}",
        SET,
        "options.epochs=1",
        *QUICK,
    )
    status, _, err = run("train", rows, "--dev", rows, "--out", out, *still, *allowed)
    collapsed = json.loads((out / "training.json").read_text("utf-8"))["collapsed"]
    assert expected == status
    assert err.splitlines()[-1].startswith(f"warning: the best epoch {collapsed}: train longer")
    assert f"it {collapsed}." in (out / "README.md").read_text("utf-8")


@pytest.mark.training
def test_what_is_drawn_and_what_contradicts_is_said(
    run: Run, tiny_checkpoint: Path, messages: Path, tmp_path: Path
) -> None:
    """What macro-F1 "drawn" is of, and how many rows have a text with several labels."""
    with messages.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"text": MESSAGES[0][0], "label": "HAM"}) + "\n")
    base = (SET, f"base={tiny_checkpoint}", SET, "options.seed=1")
    args = ("--out", tmp_path / "ck", "--contract", SPAM, *base, *ONCE, *QUICK)
    lines = run("train", messages, *args).err.splitlines()
    assert "macro-F1 drawn is of 3 rows, kept back by the seed and not trained on" == lines[0]
    assert lines[1].startswith("warning: 2 rows contradict each other; texts with several labels: 1, as ")


@pytest.mark.training
def test_texts_of_a_dev_file_among_the_training_rows_are_said(
    run: Run, tiny_checkpoint: Path, messages: Path, tmp_path: Path
) -> None:
    """Its figures are no proof then."""
    args = ("--out", tmp_path / "ck", "--contract", SPAM, SET, f"base={tiny_checkpoint}", *ONCE, *QUICK)
    lines = run("train", messages, "--dev", messages, *args).err.splitlines()
    said = f"{len(MESSAGES)} training rows have a text of a dev file: its figures flatter"
    assert f"warning: {said}" == lines[0]


@pytest.mark.training
def test_what_is_kept_is_said_by_who_went_on_only(
    run: Run, tiny_checkpoint: Path, messages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by one that was refused: --resume does not go on with what cannot be read."""
    args = ("train", messages, "--out", tmp_path / "ck", "--contract", SPAM, *ONCE, *QUICK)
    learn = (SET, f"base={tiny_checkpoint}")
    kept = "what was trained is kept: --resume goes on"

    def killed(*_: object, **__: object) -> None:
        raise TrainingError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("polarity.training.run.write_checkpoint", killed)
        assert kept == run(*args, *learn).err.splitlines()[-2]
    (tensors,) = (tmp_path / ".ck.run").glob("*/state.safetensors")
    tensors.write_bytes(b"{")
    (line,) = run(*args, *learn, "--resume").err.splitlines()
    assert line.endswith("; to begin anew, remove the folder")
