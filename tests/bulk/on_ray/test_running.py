"""Files in, a folder out: whole, the same as one process gives, and nothing lost however it is stopped."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from polarity.bulk.answering import GROUP
from polarity.bulk.batches import BatchClassifier
from polarity.bulk.on_ray.folder import begun, held
from polarity.bulk.on_ray.running import classify_files
from polarity.bulk.on_ray.workers import Worker
from polarity.errors import BackendUnavailable, RecordError, RunError, SettingsError
from polarity.records import Columns
from polarity.settings import Settings, load_settings
from polarity.stored.folders import read_manifest
from tests.raying import descendants

from .conftest import ALONE, SMALL, job_of, labels_alone, parts_in, rows_in

pytestmark = pytest.mark.slow
ROWS = 6 * GROUP - 30
Write = Callable[[int], Path]


@pytest.mark.usefixtures("ray_here")
def test_a_folder_is_what_one_process_gives(written: Write, settings: Settings, tmp_path: Path) -> None:
    """The same rows in order, with labels, scores to the last bit, errors; a manifest; bad rows apart."""
    path, out = written(ROWS), tmp_path / "out"
    manifest = classify_files([str(path)], out, settings, chosen=SMALL)
    found = rows_in(out)
    assert labels_alone(path, settings) == [
        (row["id"], row["label"], row["confidence"], row["error"]) for row in found
    ]
    bad = [row for row in found if row["label"] is None]
    assert bad
    assert (True, ROWS, ROWS - len(bad), len(bad)) == (
        manifest.finished,
        manifest.rows,
        manifest.labelled,
        sum(manifest.errors.values()),
    )
    assert [1, GROUP + 1] == [part.first for part in manifest.parts[:2]]
    apart = [
        row for name in sorted((out / "_errors").iterdir()) for row in parquet.read_table(name).to_pylist()
    ]
    assert bad == [{name: row[name] for name in found[0]} for row in apart]
    assert {str(path)} == {row["input_file"] for row in apart}
    assert [row["row"] for row in apart] == [row["input_line"] for row in apart]
    assert [at for at, row in enumerate(found, start=1) if row["label"] is None] == [
        row["row"] for row in apart
    ]
    hashes = {manifest.contract.sha256, f"bert:{manifest.models['bert'].weights}"}
    assert hashes == {row[name] for row in found for name in ("contract", "models")}


@pytest.mark.usefixtures("ray_here")
def test_a_folder_of_lines_has_one_schema(settings: Settings, tmp_path: Path) -> None:
    """Whatever its rows have: it is read as one table."""
    rows: list[dict[str, Any]] = [{"text": f"love it {at}"} for at in range(GROUP)] + [
        {"text": "broke", "n": 1}
    ]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    manifest = classify_files([str(tmp_path / "in.jsonl")], tmp_path / "out", settings, chosen=ALONE)
    found = parquet.read_table(tmp_path / "out")
    assert (2, GROUP + 1) == (len(manifest.parts), len(found))
    assert '{"n": 1}' == found["others"][GROUP].as_py()
    parts = [parquet.read_schema(tmp_path / "out" / part.name) for part in manifest.parts]
    assert parts[0].remove_metadata() == parts[1].remove_metadata()


def test_a_wrong_column_leaves_nothing_behind(written: Write, settings: Settings, tmp_path: Path) -> None:
    """It is said before a model is loaded, with the columns that there are."""
    with pytest.raises(
        RecordError, match="no column 'txt' in its first 256 rows; found 'id', 'text', 'shop'"
    ):
        classify_files(
            [str(written(300))], tmp_path / "out", settings, columns=Columns(text="txt"), chosen=SMALL
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("ray_here")
def test_parquet_keeps_its_columns(settings: Settings, tmp_path: Path) -> None:
    """Their types stay; the gold label stands as gold, and what is called like an answer's gives way."""
    made = pa.table(
        {"Text": ["love it", "broke"], "label": ["POSITIVE", None], "n": [1, 2], "error": [0.5, None]}
    )
    parquet.write_table(made, tmp_path / "in.parquet")
    classify_files([str(tmp_path / "in.parquet")], tmp_path / "out", settings, chosen=ALONE)
    found = parquet.read_table(tmp_path / "out" / "part-000000.parquet")
    assert made.columns == found.select(["Text", "gold", "n", "input_error"]).columns


@pytest.mark.usefixtures("ray_here")
def test_what_is_there_is_not_made_again(written: Write, settings: Settings, tmp_path: Path) -> None:
    """A part that went is made again, to the same bytes; a run that is not taken up is refused."""
    path, out = written(ROWS), tmp_path / "out"
    first = classify_files([str(path)], out, settings, chosen=ALONE)
    before, times = parts_in(out), {name: (out / name).stat().st_mtime_ns for name in parts_in(out)}
    with pytest.raises(RunError, match="a finished run lies there: resume it, or name another folder"):
        classify_files([str(path)], out, settings, chosen=ALONE)
    (out / "part-000002.parquet").unlink()
    again = classify_files([str(path)], out, settings, chosen=ALONE._replace(resume=True))
    assert (first, before) == (again, parts_in(out))
    changed = {name for name, then in times.items() if (out / name).stat().st_mtime_ns != then}
    assert {"part-000002.parquet"} == changed


@pytest.mark.usefixtures("ray_here")
def test_another_run_is_not_gone_on_with(written: Write, settings: Settings, tmp_path: Path) -> None:
    """Other settings, other rows or fewer of them, other files in the folder: it says which."""
    path, out = written(ROWS), tmp_path / "out"
    with pytest.raises(RunError, match=r"out: no run to resume$"):
        classify_files([str(path)], out, settings, chosen=ALONE._replace(resume=True))
    classify_files([str(path)], out, settings, chosen=ALONE)
    resumed = ALONE._replace(resume=True)
    other = load_settings({"bert": settings.bert.model_dump() | {"max_length": 16}})
    with pytest.raises(RunError, match=r"its bert\.max_length was 512, not 16; to begin anew"):
        classify_files([str(path)], out, other, chosen=resumed)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: GROUP + 1]) + "{}\n" + "".join(lines[GROUP + 2 :]), "utf-8")
    said = f"the input changed since it was made: row {GROUP + 1} to row {2 * GROUP} are not what they were$"
    with pytest.raises(RunError, match=said):
        classify_files([str(path)], out, settings, chosen=resumed)
    path.write_text("".join(lines[:GROUP]), "utf-8")
    with pytest.raises(RunError, match=r"part-000001\.parquet is of rows that the input no longer has"):
        classify_files([str(path)], out, settings, chosen=resumed)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    with pytest.raises(RunError, match="it holds other files: name another folder"):
        classify_files([str(path)], tmp_path / "mine", settings, chosen=ALONE)


def test_groups_are_kept_whole(written: Write, settings: Settings, tmp_path: Path) -> None:
    """Parts that were cut otherwise would have other bits: refused before a cluster is begun."""
    with pytest.raises(
        SettingsError, match="a part has a multiple of 256 rows, asked about together: not 300"
    ):
        classify_files(
            [str(written(300))], tmp_path / "out", settings, chosen=SMALL._replace(rows_a_part=300)
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("ray_here")
def test_a_backend_that_is_away_ends_the_run(written: Write, tmp_path: Path) -> None:
    """Once, in its own words; what was made stays, and no row is marked as bad for it."""
    llm = {"server": "remote", "base_url": "http://127.0.0.1:1/v1", "strategy": "free", "retries": 0}
    away = load_settings({"backend": "llm", "llm": llm})
    with pytest.raises(BackendUnavailable, match="the LLM server"):
        classify_files([str(written(GROUP))], tmp_path / "out", away, chosen=ALONE)
    assert {} == parts_in(tmp_path / "out")
    manifest = read_manifest(tmp_path / "out")
    assert manifest
    assert not manifest.finished


def test_a_full_disk_leaves_no_half(settings: Settings, tmp_path: Path, small_files: None) -> None:  # noqa: ARG001
    """The part is not there, and the error names it: with room it is made."""
    table = pa.table({"text": ["love it"]})
    made = Worker(BatchClassifier(settings), job_of(tmp_path, settings, table)).make(0, 1, table)
    assert isinstance(made, RecordError)
    assert f"{tmp_path / 'part-000000.parquet'}: cannot be written: File too large" == str(made)
    assert [] == list(tmp_path.glob("*part*"))


def test_a_worker_that_answers_otherwise_ends_the_run(settings: Settings, tmp_path: Path) -> None:
    """Another machine may have other weights by the same name: it says where, and writes nothing."""
    table = pa.table({"text": ["love it"]})
    job = job_of(tmp_path, settings, table)
    bert = job.prints["bert"]
    other = {**bert, "checkpoint": {**bert["checkpoint"], "model.safetensors": "53aa"}}
    job = job._replace(prints={**job.prints, "bert": other})
    made = Worker(BatchClassifier(settings), job).make(0, 1, table)
    assert isinstance(made, RunError)
    where = r"^a worker on \S+ is not as the driver: its bert\.checkpoint\.model\.safetensors"
    assert re.match(where + r" is '\w+', not '53aa'$", str(made))
    assert {} == parts_in(tmp_path)


@pytest.mark.parametrize("left", [None, "another"])
def test_rows_apart_are_those_of_the_part_after_a_kill(
    settings: Settings, tmp_path: Path, left: str | None
) -> None:
    """A part and its rows without a label are two files: what a kill between them left is mended."""
    table = pa.table({"text": ["love it", None]})
    job = job_of(tmp_path, settings, table)
    made = Worker(BatchClassifier(settings), job).make(0, 1, table)
    apart = tmp_path / "_errors" / "part-000000.parquet"
    expected = parquet.read_table(apart)
    assert 1 == len(expected)
    apart.unlink()
    if left:
        parquet.write_table(expected.slice(1), apart)
    again = Worker(BatchClassifier(settings), job).make(0, 1, table)
    assert made == again
    assert expected == parquet.read_table(apart)


@pytest.fixture
def small_files() -> Iterator[None]:
    """Files of a few bytes only, as on a disk that is full."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, old)


@pytest.mark.usefixtures("ray_here")
def test_nothing_is_reached_from_elsewhere() -> None:
    """All that Ray began listens on the loopback address."""
    assert [] == [address for address in _listening(os.getpid()) if address not in LOOPBACK]


LOOPBACK = ("0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000")


def _listening(process: int) -> set[str]:
    """Give the addresses, as the kernel spells them, on which a process or what it began listens."""
    sockets = set()
    for own in (process, *descendants(process)):
        for handle in Path(f"/proc/{own}/fd").glob("*"):
            try:
                sockets.add(str(handle.readlink()))
            except OSError:
                continue
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text("utf-8").splitlines()[1:]
    ]
    return {
        line[1].partition(":")[0] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in sockets
    }


def test_one_process_has_the_folder(settings: Settings, tmp_path: Path) -> None:
    """Another one that comes meanwhile is refused."""
    manifest = begun(settings, {}, raws=False)
    with (
        held(tmp_path / "out", manifest, resume=False),
        pytest.raises(RunError, match="another process works on this run"),
        held(tmp_path / "out", manifest, resume=True),
    ):
        pass
