"""A real process among others: pipes, terminals, Ctrl-C."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import FIXTURES, command


@contextmanager
def _started(*args: object, **options: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    with subprocess.Popen(command(*args), env=environment, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def _buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is buffered, as it is unless the environment says otherwise."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.mark.slow
@pytest.mark.usefixtures("_buffered")
def test_a_closed_pipe_is_no_traceback() -> None:
    """`polarity contract map | head -1` prints one line and nothing on standard error."""
    rows = b'{"text": "positive"}\n' * 20_000  # far more than a pipe holds
    line = f"{' '.join(command('contract', 'map'))} | head -1"
    done = subprocess.run(["/bin/sh", "-c", line], input=rows, capture_output=True, check=False, timeout=60)
    assert "POSITIVE" == json.loads(done.stdout)["label"]
    assert b"" == done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("_buffered")
def test_who_has_read_enough_leaves_nothing_behind(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """`polarity classify --file F | head -1` prints one line, no traceback, and keeps no run."""
    (tmp_path / "d.jsonl").write_text('{"text": "It broke twice."}\n' * 3000, "utf-8")
    args = command("classify", "--file", "d.jsonl", "--checkpoint", tiny_checkpoint)
    line = f"{' '.join(args)} | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, check=False, timeout=200, cwd=tmp_path
    )
    assert (1, b"") == (done.stdout.count(b"\n"), done.stderr)
    assert ["d.jsonl"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.slow
@pytest.mark.usefixtures("_buffered")
def test_a_pipe_closed_before_the_end_is_no_traceback() -> None:
    """A reader that is gone before the little that is printed is found out at the last flush."""
    line = f"{' '.join(command('contract', 'check'))} | true"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=False, timeout=60)
    assert (b"", b"") == (done.stdout, done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "err"),
    [
        ("> /dev/full", b"error: what is printed cannot be written: No space left on device\n"),
        (">&-", b""),
        ("2> /dev/full", b""),
        ("2>&-", b""),
    ],
)
def test_a_stream_that_takes_nothing_is_no_traceback(ending: str, err: bytes) -> None:
    """A full device is said to be full where anybody can hear it; a closed stream leads nowhere."""
    line = f"{' '.join(command('contract', 'check', 'none.toml' if ending[0] == '2' else ''))} {ending}"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=False, timeout=60)
    assert (err, b"") == (done.stderr, done.stdout)
    assert (ending != ">&-") == bool(done.returncode)


@pytest.mark.slow
def test_ctrl_c_is_no_traceback() -> None:
    """Interrupted while it waits for input, the command leaves with 130 and says so."""
    with _started("contract", "map") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b'{"text": "positive"}\n')
        process.stdin.flush()
        assert b"POSITIVE" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(timeout=10)
        assert b"interrupted before it was done\n" == process.stderr.read()


@pytest.mark.slow
def test_progress_is_on_standard_error_and_results_are_not(tiny_checkpoint: Path) -> None:
    """With standard error on a terminal a bar is drawn there; the results still go to standard output."""
    reader, terminal = pty.openpty()
    args = ("classify", "--file", FIXTURES / "reviews.jsonl", "--checkpoint", tiny_checkpoint, "--json")
    with ThreadPoolExecutor(max_workers=1) as pool, _started(*args, stderr=terminal) as process:
        os.close(terminal)
        shown = pool.submit(_read, reader)  # all the while: a full terminal would stop the process
        assert process.stdout
        rows = [json.loads(line) for line in process.stdout]
        assert 0 == process.wait(timeout=60)
    assert 80 == len(rows)
    assert b"classifying" in shown.result()
    assert b"decided_by" not in shown.result()


def _read(reader: int) -> bytes:
    found = b""
    try:
        while chunk := os.read(reader, 65_536):
            found += chunk
    except OSError:  # a terminal whose other end is closed is read so on Linux
        pass
    finally:
        os.close(reader)
    return found


@pytest.mark.slow
def test_loading_shows_that_it_lives(tiny_checkpoint: Path) -> None:
    """On a terminal something stands there before the first label, which loading makes wait for seconds."""
    reader, terminal = pty.openpty()
    args = ("classify", "Fine.", "--checkpoint", tiny_checkpoint)
    with ThreadPoolExecutor(max_workers=1) as pool, _started(*args, stdout=terminal, stderr=terminal):
        os.close(terminal)
        shown = pool.submit(_read, reader).result(timeout=60)
    assert -1 < shown.find(b"loading bert") < shown.find(b"Fine.")


@pytest.mark.slow
def test_a_service_says_that_it_loads(tiny_checkpoint: Path) -> None:
    """On a terminal, at once; off it, whoever reads the log has the service's own lines."""
    reader, terminal = pty.openpty()
    args = ("serve", "--checkpoint", tiny_checkpoint, "--port", "0")
    with _started(*args, stderr=terminal) as process:
        os.close(terminal)
        assert os.read(reader, 1000).startswith(b"loading bert: the address follows")
        process.terminate()
        process.wait(timeout=60)
    os.close(reader)
