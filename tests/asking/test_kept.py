"""Where a run lies, and who may begin it."""

from pathlib import Path

import pytest

from polarity.asking.kept import Kept, run_of
from polarity.asking.questions import Question
from polarity.contract import Contract
from polarity.errors import RunError
from polarity.records import Record
from polarity.settings import Settings, load_settings
from polarity.types import Failure, Scores

BERT = (Question("bert"),)
RECORDS = [Record(text="Fine.", id="1", line=1)]
SURE = Scores(probabilities={"positive": 1.0}, source="softmax")
LATE = Failure(reason="timeout")


@pytest.fixture
def settings(tiny_checkpoint: Path) -> Settings:
    """A checkpoint that is there."""
    return load_settings({"bert": {"checkpoint": str(tiny_checkpoint)}})


def kept(*outputs: Path, limit: int = 1, resume: bool = False) -> Kept:
    """The run of a command over one file."""
    return Kept("evaluate", [Path("d.jsonl")], outputs, {"limit": limit}, resume)


def test_beside_the_output(settings: Settings, contract: Contract, tmp_path: Path) -> None:
    """Wherever the command is typed."""
    out = tmp_path / "there" / "o.json"
    out.parent.mkdir()
    with run_of(RECORDS, BERT, settings, contract, kept(out)) as run:
        assert run.is_kept
        assert [".o.json.run"] == [path.name for path in out.parent.iterdir()]


def test_without_an_output_each_configuration_has_its_own(
    settings: Settings, contract: Contract, tmp_path: Path
) -> None:
    """Runs over one file with other options, another BERT or another way to decide are in nobody's way."""
    lenient = settings.model_copy(update={"on_unmapped": "bert"})
    both = settings.model_copy(update={"backend": "both"})
    other = settings.model_copy(update={"bert": settings.bert.model_copy(update={"max_length": 64})})
    with (
        run_of(RECORDS, BERT, settings, contract, kept()),
        run_of(RECORDS, BERT, settings, contract, kept(limit=2)),
        run_of(RECORDS, BERT, other, contract, kept()),
        run_of(RECORDS, BERT, lenient, contract, kept()),
        run_of(RECORDS, BERT, both, contract, kept()),
    ):
        names = [path.name for path in tmp_path.iterdir() if path.name.endswith(".run")]
        assert 5 == len(names)
        assert all(name.startswith(".d.jsonl.evaluate.") for name in names)


def test_what_cannot_be_kept_is_held_in_memory(
    settings: Settings, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be written, nothing needs to be: only nothing can be taken up either."""
    monkeypatch.chdir("/proc")
    with run_of(RECORDS, BERT, settings, contract, kept()) as run:
        assert not run.is_kept
    with (
        pytest.raises(RunError, match="no run to resume"),
        run_of(RECORDS, BERT, settings, contract, kept(resume=True)),
    ):
        pass


def test_only_beside_an_output_the_same_run_is_refused(
    settings: Settings, contract: Contract, tmp_path: Path
) -> None:
    """There somebody wants the missing answers; what was only printed may be printed again."""
    texts = [*RECORDS, Record(text="Late.", id="2", line=2)]
    for out, is_refused in (((tmp_path / "o.json",), True), ((), False)):
        for again in (False, True):
            if again and is_refused:
                with (
                    pytest.raises(RunError, match="this very run was made"),
                    run_of(texts, BERT, settings, contract, kept(*out)),
                ):
                    pass
                continue
            with run_of(texts, BERT, settings, contract, kept(*out)) as run:
                run.keep([(1, {BERT[0]: SURE}), (2, {BERT[0]: LATE})])
                run.finish()
