"""A run on disk: what is kept, what is still to be asked, and who may go on with it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polarity.asking.kept import begun, held, resumed, run_folder
from polarity.asking.questions import Question, Said
from polarity.asking.run import FILE, Run
from polarity.errors import RecordError, RunError
from polarity.records import Record
from polarity.types import Completion, Failure, RawOutput, Scores, Usage

BERT, LLM, AGAIN = Question("bert"), Question("llm"), Question("llm", 1)
ASKED = (BERT, LLM, AGAIN)
PRINT = {"version": "1", "llm": {"model": "small", "temperature": 0.0}}
FINE = Completion(text="Fine \ud83d", usage=Usage(7, 1))
SCORES = Scores(probabilities={"positive": 0.1}, source="logprobs", tokens=3, usage=Usage(3, 0))
LATE = Failure(reason="timeout", detail="120 s")


def records(count: int = 5) -> list[Record]:
    """Records with whatever a file may hold."""
    extra = {"shop": "nörth", "stars": [1, 2.5, None], "big": 2**70}
    return [Record(text=f"text {at}", id=f"r{at}", line=at, extra=extra) for at in range(1, count + 1)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the run for `out.json` lies."""
    return run_folder(tmp_path / "out.json")


def all_of(raw: RawOutput) -> dict[Question, RawOutput]:
    """The same answer to everything."""
    return dict.fromkeys(ASKED, raw)


def waiting(run: Run, size: int = 2) -> list[list[int]]:
    """The rows that are still to be asked, by chunk."""
    return [[row.row for row in batch] for batch in run.unanswered(size)]


def leave(folder: Path, kept: Sequence[tuple[int, Said]], count: int = 5) -> None:
    """Begin a run, keep some answers, and go away without finishing."""
    with begun(folder, records(count), ASKED, PRINT) as run:
        run.keep(kept)


def test_a_run_goes_on_where_it_was_left(folder: Path) -> None:
    """Only what was not answered is asked, in order; everything comes back exactly as it was kept."""
    leave(folder, [(1, all_of(FINE)), (2, all_of(SCORES))])
    with resumed(folder, records(), ASKED, PRINT) as run:
        assert [[3, 4], [5]] == waiting(run)
        assert (15, 6, {}, {"bert": Usage(10, 1), "llm": Usage(20, 2)}, True) == run.progress()
        run.keep([(row, all_of(FINE)) for row in (3, 4, 5)])
        assert [] == waiting(run)
        found = list(run.rows())
    assert records() == [record for record, _ in found]
    assert [FINE, SCORES, FINE, FINE, FINE] == [said[LLM] for _, said in found]
    assert all(list(ASKED) == list(said) for _, said in found)


def test_only_what_is_missing_of_a_row_is_asked(folder: Path) -> None:
    """A row with one answer of three waits for the other two."""
    leave(folder, [(1, {LLM: FINE})], count=1)
    with resumed(folder, records(1), ASKED, PRINT) as run:
        ((row,),) = run.unanswered(9)
    assert (1, [BERT, AGAIN]) == (row.row, list(row.missing))


def test_a_complete_run_leaves_nothing(folder: Path) -> None:
    """When everything is answered and written, the folder is gone."""
    with begun(folder, records(1), ASKED, PRINT) as run:
        run.keep([(1, all_of(FINE))])
        run.finish()
    assert not folder.exists()


def test_failures_can_be_asked_again(folder: Path) -> None:
    """A finished run with failures stays; only these are asked again, of whoever failed."""
    with begun(folder, records(2), ASKED, PRINT) as run:
        run.keep([(1, all_of(FINE)), (2, all_of(FINE) | {LLM: LATE})])
        run.finish()
    with resumed(folder, records(2), ASKED, PRINT) as run:
        assert [] == waiting(run)
        run.forget_failures()
        ((row,),) = run.unanswered(9)
        assert (2, [LLM]) == (row.row, list(row.missing))
        run.keep([(2, {LLM: FINE})])
        run.finish()
    assert not folder.exists()


def test_unfinished_work_is_not_replaced(folder: Path) -> None:
    """Somebody paid for what is kept there."""
    leave(folder, [(1, all_of(FINE)), (4, all_of(FINE))])
    problem = "an unfinished run lies there, with 6 answers: resume it, or remove the folder"
    with pytest.raises(RunError) as caught, begun(folder, records(), ASKED, PRINT):
        pass
    assert f"{folder}: {problem}" == str(caught.value)
    with resumed(folder, records(), ASKED, PRINT) as run:
        assert 6 == run.progress().answers


def test_a_run_that_was_stopped_before_it_had_its_records_begins_anew(folder: Path) -> None:
    """A kill at that point leaves a folder without a run; to take it up is to begin."""
    folder.mkdir()
    with resumed(folder, records(), ASKED, PRINT) as run:
        assert [[1, 2], [3, 4], [5]] == waiting(run)


def test_a_run_without_answers_is_in_nobodys_way(folder: Path) -> None:
    """Where nothing was answered, as with a wrong checkpoint, the folder is gone, and nothing is resumed."""
    with begun(folder, records(), ASKED, PRINT):
        pass
    assert not folder.exists()
    with pytest.raises(RunError, match="no run to resume"), resumed(folder, records(), ASKED, PRINT):
        pass


@pytest.mark.parametrize(
    ("print_now", "problem"),
    [
        (PRINT | {"version": "2"}, "its version was '1', not '2'"),
        (
            PRINT | {"llm": {"model": "large", "temperature": 0.7}},
            "its llm.model was 'small', not 'large'; its llm.temperature was 0.0, not 0.7",
        ),
        (PRINT | {"bert": "x"}, "its bert was None, not 'x'"),
    ],
)
def test_another_fingerprint_is_refused(folder: Path, print_now: dict[str, Any], problem: str) -> None:
    """Everything that differs is named, with what it was and is; what was kept stays."""
    leave(folder, [(1, all_of(FINE))])
    with pytest.raises(RunError) as caught, resumed(folder, records(), ASKED, print_now):
        pass
    expected = f"{folder}: the run there is another one: {problem}; to begin anew, remove the folder"
    assert expected == str(caught.value)
    with resumed(folder, records(), ASKED, PRINT) as run:
        assert 3 == run.progress().answers


@pytest.mark.parametrize("change", [{"text": "other"}, {"extra": {}}, {"label": "POSITIVE"}, {"id": "x"}])
def test_other_data_are_refused(folder: Path, change: dict[str, Any]) -> None:
    """Whatever changed in a row, its file is named."""
    rows = [replace(record, path=Path("in/a.jsonl")) for record in records()]
    with begun(folder, rows, ASKED, PRINT) as run:
        run.keep([(1, all_of(FINE))])
    rows[-1] = replace(rows[-1], **change)
    with pytest.raises(RunError, match=r"another one: its data, 'a\.jsonl', changed; to"):  # noqa: SIM117
        with resumed(folder, rows, ASKED, PRINT):
            pass


def test_a_bad_row_begins_nothing(folder: Path) -> None:
    """The records are taken in all or not at all; a finished run that lay there stays."""

    def rows() -> Iterator[Record]:
        yield from records(2)
        raise RecordError("is blank", line=3)

    with pytest.raises(RecordError), begun(folder, rows(), ASKED, PRINT):
        pass
    assert not folder.exists()

    with begun(folder, records(1), ASKED, PRINT) as run:
        run.keep([(1, all_of(LATE))])
        run.finish()
    with pytest.raises(RecordError), begun(folder, rows(), ASKED, PRINT):
        pass
    with resumed(folder, records(1), ASKED, PRINT) as run:
        assert {"timeout": 3} == run.progress().failures


def test_a_chunk_is_kept_whole_or_not_at_all(folder: Path) -> None:
    """If one answer of a chunk cannot be kept, none is."""
    with begun(folder, records(), ASKED, PRINT) as run:
        with suppress(RunError):
            run.keep([(1, all_of(FINE)), (1, all_of(FINE))])
        assert 0 == run.progress().answers


def test_two_processes_cannot_work_on_one_run(folder: Path) -> None:
    """The second one is told, and does no harm."""
    with begun(folder, records(), ASKED, PRINT) as run:
        with pytest.raises(RunError, match="another process works on this run"):  # noqa: SIM117
            with resumed(folder, records(), ASKED, PRINT):
                pass
        run.keep([(1, all_of(FINE))])
    with resumed(folder, records(), ASKED, PRINT) as run:
        assert 3 == run.progress().answers


def test_a_file_that_is_no_run_is_an_error(folder: Path) -> None:
    """What somebody else wrote there is neither read nor removed."""
    folder.mkdir()
    (folder / FILE).write_bytes(b"a shopping list, long enough to be no empty database" * 100)
    with pytest.raises(RunError, match="cannot be used: file is not a database"):  # noqa: SIM117
        with resumed(folder, records(), ASKED, PRINT):
            pass
    assert (folder / FILE).exists()


def test_the_folder_is_one_sqlite_file(folder: Path) -> None:
    """Anybody can look into it with what reads SQLite."""
    leave(folder, [(1, all_of(FINE))])
    assert [FILE] == [path.name for path in folder.iterdir()]
    with closing(sqlite3.connect(folder / FILE)) as database:
        assert [(5,)] == list(database.execute("SELECT COUNT(*) FROM records"))


def test_what_somebody_else_keeps_there_stays(folder: Path) -> None:
    """Only our own file is removed when a run is done."""
    folder.mkdir()
    (folder / "diary.txt").write_text("Dear diary")
    with begun(folder, records(1), ASKED, PRINT) as run:
        run.keep([(1, all_of(FINE))])
        run.finish()
    assert ["diary.txt"] == [path.name for path in folder.iterdir()]


def test_the_same_run_again_is_refused_while_answers_are_missing(folder: Path) -> None:
    """Whoever forgets the option does not pay for everything twice; another run may take its place."""
    with begun(folder, records(2), ASKED, PRINT) as run:
        run.keep([(1, all_of(FINE)), (2, all_of(LATE))])
        run.finish()
    problem = "this very run was made, but some answers did not come: ask for them again, or remove"
    with pytest.raises(RunError, match=problem), begun(folder, records(2), ASKED, PRINT):
        pass
    with resumed(folder, records(2), ASKED, PRINT) as run:
        assert ({"timeout": 3}, 6) == (run.progress().failures, run.progress().answers)
    with begun(folder, records(1), ASKED, PRINT) as run:
        assert (3, 0) == run.progress()[:2]


def test_the_same_data_elsewhere_are_the_same(folder: Path) -> None:
    """A file may be named by another path; with other options nothing is said of its data."""
    here = [replace(record, path=Path("a.jsonl")) for record in records()]
    with begun(folder, here, ASKED, PRINT | {"limit": None}) as run:
        run.keep([(1, all_of(FINE))])
    there = [replace(record, path=Path("/data/a.jsonl")) for record in records()]
    with resumed(folder, there, ASKED, PRINT | {"limit": None}) as run:
        assert 3 == run.progress().answers
    with pytest.raises(RunError) as caught, resumed(folder, here[:2], ASKED, PRINT | {"limit": 2}):
        pass
    assert "another one: its limit was None, not 2; its data, 'a.jsonl', changed; to" in str(caught.value)


def test_an_interrupted_retry_loses_nothing(folder: Path) -> None:
    """What failed stays until another answer takes its place, also where all of it failed."""
    with begun(folder, records(2), ASKED, PRINT) as run:
        run.keep([(1, all_of(LATE)), (2, all_of(LATE))])
        run.finish()
    with resumed(folder, records(2), ASKED, PRINT) as run:
        run.forget_failures()
        run.keep([(1, {BERT: FINE})])
    with resumed(folder, records(2), ASKED, PRINT) as run:
        rows = {row.row: list(row.missing) for row in next(run.unanswered(9))}
        assert {1: [LLM, AGAIN], 2: [BERT, LLM, AGAIN]} == rows
        run.keep([(1, {LLM: FINE, AGAIN: FINE}), (2, all_of(FINE))])
        assert (6, 6, {}) == run.progress()[:3]
        run.finish()
    assert not folder.exists()


def test_a_name_that_is_not_utf_8_comes_back(folder: Path) -> None:
    """A file may be called anything."""
    rows = [replace(record, path=Path("caf\udce9.csv")) for record in records(1)]
    with begun(folder, rows, ASKED, PRINT) as run:
        run.keep([(1, all_of(FINE))])
        ((record, _),) = run.rows()
    assert Path("caf\udce9.csv") == record.path


def test_what_nests_too_deep_is_an_error(folder: Path) -> None:
    """It names the file and the line."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    row = Record(text="x", id="1", line=7, path=Path("a.jsonl"), extra={"deep": deep})
    with pytest.raises(RecordError, match=r"a\.jsonl:7: a column nests too deep"):  # noqa: SIM117
        with begun(folder, [row], ASKED, PRINT):
            pass


def test_what_failed_for_good_is_not_asked_again(folder: Path) -> None:
    """A text that is too long stays too long: nothing is kept for it, and the same run may be made again."""
    long = Failure(reason="text_too_long", detail="900 tokens")
    for _ in range(2):
        with begun(folder, records(2), ASKED, PRINT) as run:
            run.keep([(1, all_of(FINE)), (2, all_of(long))])
            assert {"text_too_long": 3} == run.progress().failures
            run.finish()
        assert not folder.exists()


def test_nobody_asked_is_an_answer_too(folder: Path) -> None:
    """Where the policy did without the LLM, that comes back as it was kept, and nobody is asked about it."""
    leave(folder, [(1, {BERT: FINE, LLM: None, AGAIN: None})], count=1)
    with resumed(folder, records(1), ASKED, PRINT) as run:
        assert [] == waiting(run)
        assert [{BERT: FINE, LLM: None, AGAIN: None}] == [said for _, said in run.rows()]


def test_rows_are_cut_at_the_same_places_after_a_kill(folder: Path) -> None:
    """So that BERT reads a text in the same company, and gives it the same bits."""
    leave(folder, [(1, all_of(FINE)), (2, all_of(FINE)), (3, all_of(FINE))], count=7)
    with resumed(folder, records(7), ASKED, PRINT) as run:
        assert [[4], [5, 6, 7]] == waiting(run, 4)


def test_a_run_in_memory_is_not_kept() -> None:
    """It takes and gives back what one on disk does."""
    with held(records(2), ASKED) as run:
        run.keep([(1, all_of(FINE))])
        assert (False, [[2]]) == (run.is_kept, waiting(run))
        assert [FINE] == [said[LLM] for _, said in run.rows()]


def test_models_are_known_afterwards(folder: Path) -> None:
    """A run that needs nothing more still names who answered."""
    with begun(folder, records(1), ASKED, PRINT) as run:
        run.answered_by({"bert": "small"})
        run.keep([(1, {BERT: FINE})])
    with resumed(folder, records(1), ASKED, PRINT) as run:
        assert {"bert": "small"} == run.models


def test_rows_may_be_given_up_in_the_middle(folder: Path) -> None:
    """A reader who leaves, and a database that is closed before it is tidied up, raise nothing."""
    with begun(folder, records(3), ASKED, PRINT) as run:
        run.keep([(row, all_of(FINE)) for row in (1, 2, 3)])
        rows = run.rows()
        next(rows)
    rows.close()  # type: ignore[attr-defined]
