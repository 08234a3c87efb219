"""What serving and labelling need is the core; what else a command needs, it names in a sentence."""

import json
import os
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
DISTRIBUTIONS = {  # a module -> what it is installed as, where the two differ
    "backports": "backports-zstd",
    "opentelemetry.exporter": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "python_calamine": "python-calamine",
    "sklearn": "scikit-learn",
}


def _core_only(*commands: tuple[object, ...]) -> list[list[object]]:
    """Run commands where no extra is installed; give their statuses and what they printed."""
    line = [sys.executable, "-m", "tests.hiding"]
    args = json.dumps([list(map(str, command)) for command in commands])
    done = subprocess.run(line, cwd=ROOT, input=args, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    found: list[list[object]] = json.loads(done.stdout)
    return found


def _names(needs: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", need)[0] for need in needs}


@pytest.mark.parametrize(("module", "extra"), EXTRAS.items())
def test_what_is_named_is_what_brings_it(module: str, extra: str) -> None:
    """The extra of each package is the one in pyproject.toml, and the core does without it."""
    name = DISTRIBUTIONS.get(module, module)
    assert name in _names(PROJECT["optional-dependencies"][extra])
    assert name not in _names(PROJECT["dependencies"])


@pytest.mark.slow
def test_the_service_is_made_of_the_core(tiny_checkpoint: Path) -> None:
    """All but what multiplies, which is in a process of its own: from there it is answered."""
    code = (
        "import sys, time; from tests.hiding import hide\n"
        "hide(); checkpoint = sys.argv[1]\n"
        "from fastapi.testclient import TestClient\n"
        "from polarity.service import create_app\n"
        "from polarity.settings import load_settings\n"
        "app = create_app(load_settings({'backend': 'bert', 'bert': {'checkpoint': checkpoint}}))\n"
        "with TestClient(app) as client:\n"
        "    while not app.state.runtime.settled.is_set(): time.sleep(0.01)\n"
        "    print(client.post('/polarity', json={'input': 'love the app'}).status_code)\n"
    )
    line = [sys.executable, "-c", code, str(tiny_checkpoint)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "200" == done.stdout.strip(), done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("own_cache")
def test_where_nothing_multiplies_it_is_said(tiny_checkpoint: Path) -> None:
    """Before the first text: what is missing, and the line to type; `doctor` says it, too."""
    classified, looked = _core_only(("classify", "Fine.", "--checkpoint", tiny_checkpoint), ("doctor",))
    sentence = "needs torch: pip install 'polarity[torch]'"
    assert [1, "", f"error: this {sentence}\n"] == classified
    assert 1 == looked[0]
    assert sentence in str(looked[1])


@pytest.mark.slow
def test_a_process_that_lacks_a_package_says_so(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The sentence of BERT's own process is that of the service."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(name='torch')", "utf-8")
    line = [sys.executable, "-m", "polarity", "serve", "--port", "0", "--checkpoint", str(tiny_checkpoint)]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.endswith("error: this needs torch: pip install 'polarity[torch]'\n")


@pytest.mark.slow
def test_a_contract_is_read_and_an_answer_replayed_by_the_core(tmp_path: Path) -> None:
    """`contract check` is fine, and `audit` gets as far as saying that this is no answer."""
    stored = tmp_path / "a.json"
    stored.write_text("{}", "utf-8")
    (checked, out, err), (audited, _, problem) = _core_only(("contract", "check"), ("audit", stored))
    assert (0, "") == (checked, err)
    assert str(out).startswith("ok: ")
    assert 1 == audited
    assert str(problem).startswith(f"error: {stored}: ")


@pytest.mark.slow
def test_what_is_missing_is_a_sentence(tmp_path: Path) -> None:
    """Before anything is read, asked or trained: what is needed, and how to install it."""
    parquet = tmp_path / "a.parquet"
    parquet.write_bytes(b"PAR1")
    commands: dict[tuple[object, ...], str] = {
        ("report", REVIEWS, "-o", "a.html"): "report",
        ("evaluate", REVIEWS): "report",
        ("checklist",): "report",
        ("calibrate", "ck", REVIEWS): "report",
        ("compare-checkpoints", "a", "b", REVIEWS): "report",
        ("contract", "try-policy", "a.json"): "report",
        ("contract", "fit-policy", "a.json", "-o", "b.toml"): "report",
        ("prompt", "try", REVIEWS): "report",
        ("classify", "--file", parquet): "parquet",
        ("train", REVIEWS, "--out", "ck"): "train",
        ("learning-curve", REVIEWS, "-o", "curve.svg"): "train",
    }
    for (command, extra), (status, out, err) in zip(commands.items(), _core_only(*commands), strict=True):
        assert (1, "") == (status, out), command
        assert re.fullmatch(rf"error: this needs \w+: pip install 'polarity\[{extra}\]'\n", str(err)), command


def test_what_no_extra_brings_is_a_fault() -> None:
    """A module that is nowhere is no missing package: the traceback stays."""
    with pytest.raises(ModuleNotFoundError), missing_packages_named():
        raise ModuleNotFoundError(name="polarity.nowhere")
    sentence = r"^this needs datasets: pip install 'polarity\[train\]'$"
    with pytest.raises(PackageMissing, match=sentence), missing_packages_named():
        raise ModuleNotFoundError(name="datasets")
