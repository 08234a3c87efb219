"""Answers on disk: found again, bounded, shared by processes, whole after a kill."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.answer_cache import FILE, MEGABYTE, MINUTE_S, AnswerCache, key_of
from polarity.errors import SettingsError

from .helpers import Clock

VALUES = st.recursive(
    st.none() | st.integers() | st.text(st.characters()) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WRITER = """
import sys
from pathlib import Path
from polarity.backends.answer_cache import AnswerCache, key_of
cache = AnswerCache(Path(sys.argv[1]), most_mb=64)
print("open", flush=True)
for at in range(int(sys.argv[2]), int(sys.argv[3])):
    cache.put({key_of({"at": at}): f"answer {at} " + "x" * 500})
cache.close()
"""


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[AnswerCache]:
    """A cache of one megabyte whose clock stands."""
    with closing(AnswerCache(tmp_path / "cache", most_mb=1, clock=Clock())) as opened:
        yield opened


def key(at: int) -> bytes:
    """The key of some question."""
    return key_of({"at": at})


def answers(cache: AnswerCache, *numbers: int) -> list[str | None]:
    """What the cache holds for each."""
    found = cache.get([key(at) for at in numbers])
    return [found[key(at)].answer if key(at) in found else None for at in numbers]


@given(st.dictionaries(st.text(), VALUES), st.dictionaries(st.text(), VALUES))
def test_a_key_is_a_question(one: dict[str, object], other: dict[str, object]) -> None:
    """Two questions have one key exactly if they are the same JSON; the order of names is nothing."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert same == (key_of(one) == key_of(other))
    assert key_of(one) == key_of(dict(reversed(one.items())))
    assert 32 == len(key_of(one))


def test_answers_are_found_again(tmp_path: Path) -> None:
    """Also by another process, more than one query takes, and with whatever a model may say."""
    said = {key(at): f"{at} \x00 \u20ac \U0001f600" for at in range(1200)}
    with closing(AnswerCache(tmp_path, most_mb=1)) as first:
        first.put(said)
    with closing(AnswerCache(tmp_path, most_mb=1)) as second:
        assert said == {found: kept.answer for found, kept in second.get(list(said)).items()}
        assert {} == second.get([key(-1)])


def test_a_newer_answer_takes_the_place_of_an_older(cache: AnswerCache) -> None:
    """There is one for a question."""
    cache.put({key(1): "old"})
    cache.put({key(1): "new"})
    assert ["new"] == answers(cache, 1)


@pytest.mark.slow
def test_the_least_recently_used_go(tmp_path: Path) -> None:
    """The file stays within its bound; what was used meanwhile is still there."""
    clock = Clock()
    with closing(AnswerCache(tmp_path, most_mb=1, clock=clock)) as cache:
        for at in range(3000):
            clock.now += 1
            cache.put({key(at): "x" * 1000})
            if at % 50 == 0:
                cache.touch([key(0), key(1)])
        kept = [at for at, answer in enumerate(answers(cache, *range(3000))) if answer]
    assert [0, 1, 2999] == [*kept[:2], kept[-1]]
    assert list(range(kept[2], 3000)) == kept[2:]
    assert 400 < len(kept) < 1000
    assert (tmp_path / FILE).stat().st_size < 1.1 * MEGABYTE


def test_only_long_unused_answers_are_stale(tmp_path: Path) -> None:
    """What was used a moment ago need not be written down again."""
    clock = Clock()
    with closing(AnswerCache(tmp_path, most_mb=1, clock=clock)) as cache:
        cache.put({key(1): "a", key(2): "b"})
        clock.now = MINUTE_S + 1
        cache.touch([key(2)])
        assert [True, False] == [kept.is_stale for kept in cache.get([key(1), key(2)]).values()]


def test_only_its_owner_may_read_it(cache: AnswerCache) -> None:
    """What a model said of somebody's texts is nobody else's business."""
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (cache.path.parent, cache.path)]
    assert [0o700, 0o600] == modes


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            b"not a database at all, but long enough to look like something" * 20,
            "cannot be used: file is not",
        ),
        (b"SQLite format 3\x00" + b"\xff" * 200, "cannot be used: "),
    ],
)
def test_garbage_is_left_alone(content: bytes, problem: str, tmp_path: Path) -> None:
    """The error names the file and what to do; the file may be somebody's."""
    path = tmp_path / FILE
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        AnswerCache(tmp_path, most_mb=1)
    assert f"llm.cache: {str(path)!r} {problem}" in str(caught.value)
    assert str(caught.value).endswith(": remove it, or name another folder")
    assert content == path.read_bytes()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("PRAGMA user_version = 7", "is the cache of another version, 7"),
        ("PRAGMA application_id = 1", "is no cache of ours"),
    ],
)
def test_another_version_is_left_alone(change: str, problem: str, tmp_path: Path) -> None:
    """It is neither read wrongly nor thrown away."""
    with closing(AnswerCache(tmp_path, most_mb=1)) as cache:
        cache.put({key(1): "kept"})
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute(change)
    with pytest.raises(SettingsError, match=problem):
        AnswerCache(tmp_path, most_mb=1)
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert [(1,)] == database.execute("SELECT COUNT(*) FROM answers").fetchall()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """Where nothing can be written, the error says where and why."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"llm\.cache: .*file.answers\.sqlite' cannot be used: "):
        AnswerCache(tmp_path / "file", most_mb=1)


def test_what_breaks_later_is_a_warning(cache: AnswerCache, caplog: pytest.LogCaptureFixture) -> None:
    """A table that is gone, a disk that fails: the answer is asked for, and nobody is kept from it."""
    with closing(sqlite3.connect(cache.path)) as database:
        database.execute("DROP TABLE answers")
    cache.put({key(1): "lost"})
    assert {} == cache.get([key(1)])
    assert f"the answer cache {cache.path}: no such table: answers" in caplog.text


def _writer(folder: Path, first: int, last: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(folder), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


@pytest.mark.slow
def test_processes_share_it(tmp_path: Path) -> None:
    """Four that begin at once make one cache, and lose nothing of what each keeps."""
    writers = [_writer(tmp_path, at, at + 200) for at in range(0, 800, 200)]
    for writer in writers:
        writer.communicate()
    assert [0] * 4 == [writer.returncode for writer in writers]
    with closing(AnswerCache(tmp_path, most_mb=64)) as cache:
        assert 800 == len([answer for answer in answers(cache, *range(800)) if answer])


@pytest.mark.slow
def test_it_is_whole_after_a_kill(tmp_path: Path) -> None:
    """After kill -9 while writing, over and over, every answer that is there is whole, and it goes on."""
    for at in range(4):
        writer = _writer(tmp_path, at * 100_000, (at + 1) * 100_000)
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(0.2 + 0.1 * at)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        with closing(AnswerCache(tmp_path, most_mb=64)) as cache:
            first = answers(cache, *range(at * 100_000, at * 100_000 + 20_000))
        count = sum(answer is not None for answer in first)
        assert 0 < count < 20_000
        expected = [f"answer {at * 100_000 + number} " + "x" * 500 for number in range(count)]
        assert expected == first[:count]
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert [("ok",)] == database.execute("PRAGMA integrity_check").fetchall()
