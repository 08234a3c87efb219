"""The command line in this process, and as a real one."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from polarity.cli import main
from polarity.contract import load_contract

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `polarity ARGS` in this process, with `stdin` as bytes."""

    def ran(*args: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["polarity", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        assert isinstance(left.value.code, int)
        return Ran(left.value.code, *capsys.readouterr())

    return ran


@pytest.fixture
def process() -> Run:
    """Run `python -m polarity ARGS` as a process of its own."""

    def ran(*args: object, stdin: bytes = b"") -> Ran:
        done = subprocess.run(command(*args), input=stdin, capture_output=True, check=False, timeout=60)
        return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    return ran


def command(*args: object) -> list[str]:
    """Spell a command for `subprocess`."""
    return [sys.executable, "-m", "polarity", *map(str, args)]


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny model is fastest on one thread, in processes of their own too."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("POLARITY_BERT__THREADS", "1")


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Two short labelled texts with a column of their own."""
    path = tmp_path / "two.jsonl"
    path.write_text(
        '{"id": "a", "text": "Love it!", "label": "POSITIVE", "channel": "app"}\n'
        '{"id": 7, "text": "It broke\\ntwice.", "label": "NEGATIVE", "channel": "web"}\n',
        "utf-8",
    )
    return path


@pytest.fixture(scope="session")
def telling_checkpoint(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network with a head that is fitted to the contract's examples: it tells them apart."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    contract = load_contract()
    examples = contract.prompt.examples
    with torch.no_grad():
        rows = [tokenizer(example.text, return_tensors="pt") for example in examples]
        vectors = torch.cat([model.bert(**row).pooler_output for row in rows])
        wanted = torch.eye(len(contract.labels))[
            [contract.labels.index(example.label) for example in examples]
        ]
        model.classifier.weight.copy_(torch.linalg.lstsq(vectors, wanted).solution.T)
        model.classifier.bias.zero_()
    folder = tmp_path_factory.mktemp("telling") / tiny_checkpoint.name
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
