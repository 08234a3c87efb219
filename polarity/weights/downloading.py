"""Packages as pip downloads them: by name, version and hash, and never run or installed."""

import subprocess
import sys
from pathlib import Path

from polarity.places import file_hash

PATIENCE = 1800  # seconds for one package: a server that says nothing is not waited for all night


class NotDownloaded(Exception):
    """A package that did not come, and why; whoever wanted it says so in an error of polarity's."""


def downloaded(package: str, sha256: str, into: Path, *, as_source: bool = False) -> Path:
    """Have pip download `NAME==VERSION` by its hash into an empty folder, and look at the hash again.

    pip finds it where the user's pip looks: its settings and variables hold. It keeps no copy in its own
    cache. A wheel is only stored. A source archive, `as_source`, pip asks for its metadata, which runs its
    code: code that the hash vouches for. What it says it is built with (setuptools, as a rule) pip first
    takes from its package index and runs as well, as a wheel where there is one, and by no hash: the index
    and who publishes there are trusted besides.

    Raises:
        NotDownloaded: pip cannot find it, or what it finds has another hash.
        OSError: nothing can be written into the folder.
    """
    name = package.partition("==")[0]
    form = ["--no-binary", name] if as_source else ["--only-binary", ":all:"]
    wanted, got = into / "wanted.txt", into / "got"
    wanted.write_text(f"{package} --hash=sha256:{sha256}\n", "utf-8")
    by_hash = ["--no-deps", "--require-hashes", "--requirement", str(wanted)]
    _run_pip(["download", "--quiet", "--no-cache-dir", *form, *by_hash, "--dest", str(got)], package)
    found = [path for path in got.iterdir() if path.is_file()]
    if [sha256] != [file_hash(path) for path in found]:  # pip may be old or patched
        raise NotDownloaded(f"{package}: what pip downloaded has another hash")
    return found[0]


def _run_pip(options: list[str], package: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and names that were checked by their patterns
            [sys.executable, "-m", "pip", *options],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotDownloaded(f"{package}: pip download took longer than {PATIENCE} s") from None
    if done.returncode:
        raise NotDownloaded(f"{package}: cannot be downloaded: {last_error(done.stderr)}")


def last_error(output: str) -> str:
    r"""Find what pip says went wrong.

    >>> last_error("Looking in links\nERROR: No matching distribution\nhint: look elsewhere\n")
    'No matching distribution'
    """
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["pip says nothing"])[-1]
