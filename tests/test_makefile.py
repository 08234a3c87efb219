"""What `make` would run, and what it says beforehand."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="without make")


def _dry_run(target: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Have make print what it would run; what an outer make was told stays outside."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--dry-run", target, f"DATA={data}"],  # noqa: S607 - whichever make there is
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_calibration_needs_is_looked_for_before_training(tmp_path: Path) -> None:
    """A training fetches what does not lie there, a calibration does not: make says so at once."""
    done = _dry_run("checkpoint", tmp_path)
    assert 2 == done.returncode
    assert f"No rule to make target '{tmp_path}/semeval/dev.jsonl'" in done.stderr
    assert "polarity train" not in done.stdout
    for name in ("semeval", "sst5"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "dev.jsonl").touch()
    assert f"calibrate runs/checkpoint {tmp_path}/semeval/dev" in _dry_run("checkpoint", tmp_path).stdout


@pytest.mark.parametrize("target", ["run", "llm", "demo"])
def test_a_misspelled_setting_is_refused_before_installing(target: str) -> None:
    """What is meant is named, and nothing else is begun."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", target],  # noqa: S607 - whichever make there is
        cwd=ROOT,
        env=environment | {"POLARITY_SERVICE_PORT": "9"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "POLARITY_SERVICE_PORT: no such setting; nearest: POLARITY_SERVICE__PORT\n"
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(said)


def test_the_larger_model_is_fetched_and_served(tmp_path: Path) -> None:
    """`make llm` fetches it, then serves both backends; the demo takes it if it is there, or says how."""
    fetch, serve = _dry_run("llm", tmp_path).stdout.splitlines()[-2:]
    assert fetch.endswith("polarity weights fetch qwen2.5-1.5b")
    assert serve.startswith("POLARITY_BACKEND=both POLARITY_LLM__GGUF=qwen2.5-1.5b ")
    assert serve.endswith("polarity serve")
    demo = _dry_run("demo", tmp_path).stdout
    assert "polarity weights path qwen2.5-1.5b" in demo
    assert "polarity weights fetch qwen2.5-1.5b" in demo


def test_the_demo_shows_words_that_are_read(tmp_path: Path) -> None:
    """Scores of label words have nothing to read: what was written, and as what it was read, is shown."""
    demo = _dry_run("demo", tmp_path).stdout
    assert "--strategy free -o out/report.html" in demo
    assert "report fixtures/completions_third.jsonl --text-column input --right column:text" in demo


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("bench", "runtimes.py polarity/checkpoint DATA/semeval/dev.jsonl --texts 300"),
        ("bench-rest", "training_speed.py DATA/semeval/train.jsonl minilm 3000 --dev DATA/semeval/dev.jsonl"),
        ("bench-rest", "overflow.py polarity/checkpoint DATA/cad_imdb/dev.jsonl"),
        ("bench-rest", "watch_speed.py DATA/semeval/dev.jsonl 1000000"),
        ("bench-http", "serving.py 10"),
        ("choices", "training_choices.py DATA out/training_choices.md --seeds 2"),
    ],
)
def test_benchmarks_have_targets(target: str, command: str, tmp_path: Path) -> None:
    """Who wants the numbers again types one word."""
    assert (
        f"python benchmarks/{command.replace('DATA', str(tmp_path))}\n" in _dry_run(target, tmp_path).stdout
    )
