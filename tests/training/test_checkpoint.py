"""The checkpoint folder: whole or absent, safe, and telling where it comes from."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError, safe_open

from polarity.backends.bert import BertBackend
from polarity.contract import Contract, load_contract
from polarity.errors import TrainingError
from polarity.settings import BertSettings
from polarity.training import checkpoint
from polarity.training.checkpoint import (
    RunRecord,
    check_out,
    checkpoint_names,
    model_card,
    run_record,
    write_checkpoint,
)
from polarity.training.dataset import DataFile, DataSet, TrainingSets
from polarity.training.finetune import FineTuned
from polarity.training.options import TrainingOptions
from polarity.training.teacher import Teacher
from polarity.types import Scores

from .sentences import NAMES, SENTENCES, examples

DATA = DataFile(name="mine/train.jsonl", rows=60, held_out=7, weight=1.0, sha256="ab" * 32)
DEV = DataFile(name="mine/dev.jsonl", rows=5, held_out=0, weight=1.0, sha256="cd" * 32)
SETS = TrainingSets(
    train=[DataSet(examples=examples())], dev={DEV.name: examples()[:5]}, files=[DATA], dev_files=[DEV]
)


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The default contract."""
    return load_contract()


@pytest.fixture
def record(tuned: FineTuned, contract: Contract) -> RunRecord:
    """The record of the run that `tuned` came from."""
    command = "polarity train mine/train.jsonl --out ck"
    options = TrainingOptions(learning_rate=1e-3)
    return run_record(tuned, contract, options, command=command, base="tiny", sets=SETS)


def _left_beside(out: Path) -> set[str]:
    return {path.name for path in out.parent.iterdir()} - {out.name}


def test_names_follow_the_contracts_labels(contract: Contract) -> None:
    """The checkpoint's names are the binding's, in the order of the labels they are bound to."""
    assert list(NAMES) == checkpoint_names(contract)


def test_a_checkpoint_is_written_whole(tuned: FineTuned, record: RunRecord, tmp_path: Path) -> None:
    """Weights, tokenizer, record and card; no pickle, nothing beside the folder, missing parents made."""
    out = tmp_path / "runs" / "first" / "ck"
    write_checkpoint(tuned, record, out)
    expected = {
        "README.md",
        "config.json",
        "curve.svg",
        "input.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "training.json",
    }
    assert expected == {path.name for path in out.iterdir()}
    modes = {path.stat().st_mode for path in out.iterdir()}
    assert {(out / "config.json").stat().st_mode} == modes, "a service may read it as another user"
    assert set() == _left_beside(out)


def test_the_weights_are_fp16_safetensors(tuned: FineTuned, record: RunRecord, tmp_path: Path) -> None:
    """Every tensor of the file is half precision."""
    write_checkpoint(tuned, record, tmp_path / "ck")
    with safe_open(tmp_path / "ck" / "model.safetensors", "pt") as weights:
        names = list(weights.keys())
        assert {torch.float16} == {weights.get_tensor(name).dtype for name in names}


def test_the_backend_reads_what_was_trained(
    tuned: FineTuned, record: RunRecord, contract: Contract, tmp_path: Path
) -> None:
    """`BertBackend` loads the folder, accepts its names, and gives each text the trained model's label."""
    texts = [text for text, _ in SENTENCES]
    tuned.model.eval()
    with torch.inference_mode():
        encoded = tuned.tokenizer(texts, padding=True, return_tensors="pt")
        expected = [NAMES[at] for at in tuned.model(**encoded).logits.argmax(-1)]
    write_checkpoint(tuned, record, tmp_path / "ck")
    backend = BertBackend.load(BertSettings(checkpoint=str(tmp_path / "ck"), precision="fp32"), contract)
    answers = asyncio.run(backend.predict(texts))
    asyncio.run(backend.aclose())
    found = [max(a.probabilities, key=a.probabilities.__getitem__) for a in answers if isinstance(a, Scores)]
    assert expected == found


def test_the_config_names_the_labels(tuned: FineTuned, record: RunRecord, tmp_path: Path) -> None:
    """`id2label` holds the binding's names in the contract's order: no LABEL_0."""
    write_checkpoint(tuned, record, tmp_path / "ck")
    config = json.loads((tmp_path / "ck" / "config.json").read_text("utf-8"))
    assert {"0": "negative", "1": "neutral", "2": "positive"} == config["id2label"]


def test_the_record_tells_the_run(
    tuned: FineTuned, record: RunRecord, contract: Contract, tmp_path: Path
) -> None:
    """`training.json` holds command, base, contract, names, options, data hashes, curve and versions."""
    write_checkpoint(tuned, record, tmp_path / "ck")
    found = json.loads((tmp_path / "ck" / "training.json").read_text("utf-8"))
    assert "polarity train mine/train.jsonl --out ck" == found["command"]
    assert "tiny" == found["base"]
    assert contract.ref._asdict() == found["contract"]
    assert list(NAMES) == found["label_names"]
    assert 1e-3 == found["options"]["learning_rate"]
    expected = {"name": "mine/train.jsonl", "rows": 60, "held_out": 7, "weight": 1.0, "sha256": "ab" * 32}
    assert [expected] == found["data"]
    assert [("mine/dev.jsonl", "cd" * 32)] == [(file["name"], file["sha256"]) for file in found["dev"]]
    assert (60, 5) == (found["train_rows"], found["dev_rows"])
    (epoch,) = tuned.curve
    assert [{"epoch": 1, "loss": epoch.loss, "macro_f1": epoch.macro_f1}] == found["curve"]
    assert (1, round(tuned.seconds / 60, 1)) == (found["best_epoch"], found["minutes"])
    assert {"python", "torch", "transformers", "safetensors"} == set(found["versions"])


def test_the_card_tells_the_run(record: RunRecord) -> None:
    """A person reads the same in README.md: command, base, data with hashes, every option, the curve."""
    card = model_card(record)
    assert card.startswith("# Model card\n")
    assert "`tiny` for contract polarity" in card
    assert "```\npolarity train mine/train.jsonl --out ck\n```" in card
    assert "\n| mine/train.jsonl | 60 | 1.0 | 7 | abababababab |\n" in card
    assert "\n| mine/dev.jsonl | 5 | cdcdcdcdcdcd |\n" in card
    for name, value in record.options.items():
        assert f"\n| {name} | {value} |\n" in card
    epoch = record.curve[0]
    assert f"\n| 1 | {epoch['loss']:.4f} | {epoch['macro_f1']['same']:.4f} |\n" in card
    assert "\n60 training examples" in card


def test_the_card_tells_the_teacher(tuned: FineTuned, contract: Contract) -> None:
    """Who taught, and how much of the loss it was, stands in record and card; without one, nothing does."""
    teacher = Teacher(checkpoint="a/hub-id", weight=0.7)
    record = run_record(tuned, contract, TrainingOptions(), command="c", base="b", sets=SETS, teacher=teacher)
    assert {"checkpoint": "a/hub-id", "weight": 0.7, "temperature": 2.0} == record.teacher
    assert (
        "70 % of the loss is what the classifier `a/hub-id` says of each text, at temperature\n2.0"
        in model_card(record)
    )
    alone = run_record(tuned, contract, TrainingOptions(), command="c", base="b", sets=SETS)
    assert "Teacher" not in model_card(alone)


def test_the_card_tells_what_was_drawn(tuned: FineTuned, contract: Contract) -> None:
    """Without dev files the card says how many rows chose the epoch."""
    train = [DataSet(examples=examples()[6:])]
    sets = TrainingSets(train=train, dev={"drawn": examples()[:6]}, files=[DATA], dev_files=[])
    record = run_record(tuned, contract, TrainingOptions(), command="c", base="b", sets=sets)
    card = model_card(record)
    assert "Epochs were chosen on 6 of these rows, drawn by the seed" in card
    assert "\n54 training examples" in card


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SafetensorError("No space left")])
def test_a_failed_write_leaves_what_was_there(
    tuned: FineTuned, record: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A full disk is a TrainingError; the older checkpoint stays whole and no half of a new one is left."""
    out = tmp_path / "ck"
    write_checkpoint(tuned, record, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(*_: object) -> str:
        raise error

    monkeypatch.setattr(checkpoint, "model_card", full)
    with pytest.raises(TrainingError, match="cannot be written: No space left"):
        write_checkpoint(tuned, record, out)
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}
    assert set() == _left_beside(out)


def test_a_failed_last_move_brings_the_older_one_back(
    tuned: FineTuned, record: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the new folder cannot take its place, the older checkpoint stands there again."""
    out, rename = tmp_path / "ck", Path.rename
    write_checkpoint(tuned, record, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def broken(path: Path, target: Path) -> Path:
        if path.name.endswith(".partial"):
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(TrainingError, match="cannot be written: Input/output error"):
        write_checkpoint(tuned, record, out)
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}
    assert set() == _left_beside(out)


def test_a_failed_first_write_leaves_nothing(
    tuned: FineTuned, record: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an older checkpoint the folder is absent."""

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "model_card", full)
    with pytest.raises(TrainingError):
        write_checkpoint(tuned, record, tmp_path / "ck")
    assert [] == list(tmp_path.iterdir())


def test_an_older_checkpoint_is_replaced(tuned: FineTuned, record: RunRecord, tmp_path: Path) -> None:
    """Nothing of the older one remains, and nothing beside the new one."""
    out = tmp_path / "ck"
    write_checkpoint(tuned, record, out)
    (out / "calibration.json").write_text("{}", "utf-8")
    write_checkpoint(tuned, record, out)
    assert not (out / "calibration.json").exists()
    assert (out / "model.safetensors").is_file()
    assert set() == _left_beside(out)


def test_the_current_folder_can_be_written(tuned: FineTuned, record: RunRecord, tmp_path: Path) -> None:
    """`--out .` in an empty folder is that folder, though "." is no name to write beside."""
    write_checkpoint(tuned, record, Path())
    assert (tmp_path / "model.safetensors").is_file()


def test_a_weight_too_large_for_fp16_is_an_error(tuned: FineTuned, record: RunRecord, tmp_path: Path) -> None:
    """fp16 ends at 65,504: what would become infinite is named, and nothing is written."""
    with torch.no_grad():
        tuned.model.classifier.bias[0] = 70_000.0
    with pytest.raises(TrainingError, match=r"^weights of classifier\.bias do not fit fp16"):
        write_checkpoint(tuned, record, tmp_path / "ck")
    assert [] == list(tmp_path.iterdir())


def _folder(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("{}", "utf-8")
    return path


@pytest.mark.parametrize(
    "names",
    [
        ("notes.txt",),
        ("config.json",),
        ("config.json", "package.json", "src/main.js"),
        ("training.json", "config.json", ".git/HEAD"),
    ],
)
def test_a_foreign_folder_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Only a folder of files with a run record is a checkpoint; whatever else is there is kept."""
    out = _folder(tmp_path / "out", *names)
    with pytest.raises(TrainingError, match=r"is there already and is not a checkpoint$"):
        check_out(out)
    assert all((out / name).is_file() for name in names)


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    """Neither a file in the folder's place nor one in its parent's place is overwritten."""
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(TrainingError, match="is there already"):
        check_out(tmp_path / "out")
    with pytest.raises(TrainingError, match="cannot be written"):
        check_out(tmp_path / "out" / "ck")


@pytest.mark.parametrize("names", [(), ("training.json", "config.json", "model.safetensors")])
def test_an_empty_folder_and_a_checkpoint_are_accepted(tmp_path: Path, names: tuple[str, ...]) -> None:
    """An empty folder loses nothing, a checkpoint is replaced."""
    (tmp_path / "out").mkdir()
    check_out(_folder(tmp_path / "out", *names))


def test_the_card_of_a_collapsed_model_begins_with_a_warning(record: RunRecord) -> None:
    """Whoever reads the card reads it first; of one that has not collapsed nothing is said."""
    said = "never gives positive, which 20 of 60 rows are"
    card = model_card(replace(record, collapsed=said))
    assert f"\n**Warning: it has collapsed.** On the rows that its epoch was chosen on, it {said}.\n" in card
    assert "collapsed" not in model_card(replace(record, collapsed=None))
