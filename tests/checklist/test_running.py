"""A suite from its name to its findings, by a tiny BERT."""

from pathlib import Path

import pytest

from polarity.checklist import run_suite
from polarity.errors import SettingsError, SuiteError
from polarity.settings import Settings, load_settings
from polarity.statistics.gates import parsed

from .helpers import HEAD, INV, MFT


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A suite of two tests, in a file."""
    (tmp_path / "small.toml").write_text(HEAD + MFT + INV, "utf-8")
    return str(tmp_path / "small.toml")


def bert(checkpoint: object) -> Settings:
    """BERT alone, on one thread."""
    return load_settings({"backend": "bert", "bert": {"checkpoint": str(checkpoint), "threads": 1}})


def test_one_call_is_the_whole_of_it(small: str, tiny_checkpoint: Path) -> None:
    """Every text is asked about once, however many cases it is in; gates are judged."""
    seen: list[tuple[int, int]] = []
    settings = bert(tiny_checkpoint)
    found, about = run_suite(
        small,
        settings,
        [parsed("pass_rate.bert=0", "under")],
        on_progress=lambda progress: seen.append(progress[:2]),
    )

    texts = {text for judged in found.cases for text in judged.texts}
    assert (len(texts), len(texts)) == seen[-1]  # wanted, and there
    assert ("bert",) == found.sides
    assert ("small", ["bert"]) == (about.suite.file.id, list(about.models))
    assert ["inconclusive"] == [gate.status for gate in about.judgement.gates]


def test_a_limit_is_of_each_test(small: str, tiny_checkpoint: Path) -> None:
    """One case of either test."""
    found, _ = run_suite(small, bert(tiny_checkpoint), limit=1)

    assert ["broken", "another-name"] == [judged.test.name for judged in found.cases]


@pytest.mark.parametrize(
    ("backend", "on_unmapped", "sides"),
    [
        ("bert", "error", "bert"),
        ("llm", "error", "llm"),
        ("llm", "bert", "bert|llm|decision"),
        ("both", "error", "bert|llm|decision"),
    ],
)
def test_what_cannot_work_is_said_before_any_model_is_asked(
    small: str, backend: str, on_unmapped: str, sides: str
) -> None:
    """Who is judged is known from the settings; the checkpoint, which is not there, was not looked for."""
    settings = load_settings(
        {"backend": backend, "on_unmapped": on_unmapped, "bert": {"checkpoint": "/nowhere"}}
    )
    with pytest.raises(SettingsError) as refused:
        run_suite(small, settings, [parsed("pass_rate.gpt=1", "under")])
    assert f"known: pass_rate.({sides})[" in str(refused.value)

    with pytest.raises(SuiteError, match="give a TOML file, or one of: checklist"):
        run_suite("checklst", settings)
