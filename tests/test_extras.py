"""What serving and labelling need is the core; what else a command needs, it names in a sentence."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from polarity.errors import EXTRAS, PackageMissing, missing_packages_named

ROOT = Path(__file__).parent.parent
REVIEWS = ROOT / "fixtures" / "reviews.jsonl"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DISTRIBUTIONS = {"sklearn": "scikit-learn"}  # a module -> what it is installed as, where the two differ


def _core_only(*args: object, stdin: str = "") -> tuple[int, str, str]:
    """Run a command where no extra is installed."""
    line = [sys.executable, "-m", "tests.hiding", *map(str, args)]
    done = subprocess.run(line, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def _names(needs: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", need)[0] for need in needs}


@pytest.mark.parametrize(("module", "extra"), EXTRAS.items())
def test_what_is_named_is_what_brings_it(module: str, extra: str) -> None:
    """The extra of each package is the one in pyproject.toml, and the core does without it."""
    name = DISTRIBUTIONS.get(module, module)
    assert name in _names(PROJECT["optional-dependencies"][extra])
    assert name not in _names(PROJECT["dependencies"])


def test_labelling_and_serving_are_made_of_the_core(tiny_checkpoint: Path) -> None:
    """`classify` labels a text, and the service loads its classifier and answers."""
    code = (
        "import sys, time; from tests.hiding import hide\n"
        "hide(); from polarity.cli import main\n"
        "checkpoint = sys.argv[1]\n"
        "sys.argv = ['polarity', 'classify', 'Fine.', '--checkpoint', checkpoint, '--json']\n"
        "try: main()\n"
        "except SystemExit as left: assert not left.code\n"
        "from fastapi.testclient import TestClient\n"
        "from polarity.service import create_app\n"
        "from polarity.settings import load_settings\n"
        "app = create_app(load_settings({'backend': 'bert', 'bert': {'checkpoint': checkpoint}}))\n"
        "with TestClient(app) as client:\n"
        "    while not app.state.runtime.settled.is_set(): time.sleep(0.01)\n"
        "    print(client.post('/polarity', json={'input': 'Fine.'}).status_code)\n"
    )
    line = [sys.executable, "-c", code, str(tiny_checkpoint)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    labelled, answered = done.stdout.splitlines()
    assert ("Fine.", "200") == (json.loads(labelled)["text"], answered)


def test_a_contract_is_read_and_tried_by_the_core() -> None:
    """`contract check` and `contract map` need no extra."""
    assert 0 == _core_only("contract", "check")[0]
    status, out, _ = _core_only("contract", "map", stdin='{"text": "positive"}')
    assert (0, "POSITIVE") == (status, json.loads(out)["label"])


def test_an_answer_is_replayed_by_the_core(tmp_path: Path) -> None:
    """`audit` reads what is stored; here it says that this is no answer."""
    stored = tmp_path / "a.json"
    stored.write_text("{}", "utf-8")
    status, _, err = _core_only("audit", stored)
    assert 1 == status
    assert err.startswith(f"error: {stored}: ")


@pytest.mark.parametrize(
    ("args", "extra"),
    [
        (("report", REVIEWS, "-o", "a.html"), "report"),
        (("evaluate", REVIEWS), "report"),
        (("calibrate", "ck", REVIEWS), "report"),
        (("train", REVIEWS, "--out", "ck"), "train"),
        (("learning-curve", REVIEWS, "--out", "curve"), "train"),
    ],
)
def test_what_is_missing_is_a_sentence(args: tuple[object, ...], extra: str) -> None:
    """Before anything is read, asked or trained: what is needed, and how to install it."""
    status, out, err = _core_only(*args)
    assert (1, "") == (status, out)
    assert re.fullmatch(rf"error: this needs \w+: pip install 'polarity\[{extra}\]'\n", err)


def test_parquet_says_what_it_needs(tmp_path: Path) -> None:
    """A Parquet file is labelled by the core as any other is, once its reader is there."""
    file = tmp_path / "a.parquet"
    file.write_bytes(b"PAR1")
    assert (1, "error: this needs pyarrow: pip install 'polarity[parquet]'\n") == _core_only(
        "classify", "--file", file
    )[::2]


def test_what_no_extra_brings_is_a_fault() -> None:
    """A module that is nowhere is no missing package: the traceback stays."""
    with pytest.raises(ModuleNotFoundError), missing_packages_named():
        raise ModuleNotFoundError(name="polarity.nowhere")
    sentence = r"^this needs datasets: pip install 'polarity\[train\]'$"
    with pytest.raises(PackageMissing, match=sentence), missing_packages_named():
        raise ModuleNotFoundError(name="datasets")
