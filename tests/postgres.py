"""A real PostgreSQL for a session of tests, where its programs are here: Debian's package `postgresql`."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

DEBIANS: Final = Path("/usr/lib/postgresql")  # a folder for each version, none of them on PATH
USER: Final = "polarity"
SETTINGS: Final = {
    "listen_addresses": "''",  # its socket lies in its folder: no port is anybody else's
    "fsync": "off",  # no test cuts the power
    "max_connections": "40",
}


class Postgres:
    """A server in a folder of its own, reached by its socket there."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="polarity-pg-"))
        self._as = self._user()
        self._numbers = count(1)
        self._run("initdb", "--auth=trust", f"--username={USER}", "--no-sync", "--pgdata", str(self._data))
        lines = [*(f"{name} = {value}" for name, value in SETTINGS.items())]
        lines.append(f"unix_socket_directories = '{self.folder}'")
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _user(self) -> list[str]:
        """Give what starts a program as somebody who is not root, to whom the server would not listen."""
        if os.getuid() != 0:
            return []
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._control("start", "--log", str(self.folder / "log"))

    def stop(self) -> None:
        """Stop it at once, as if the machine had failed."""
        self._control("stop", "--mode=immediate")

    def new_url(self) -> str:
        """Make an empty database, and give its address."""
        name = f"store_{next(self._numbers)}"
        self._run("psql", "-h", str(self.folder), "-U", USER, "-c", f"CREATE DATABASE {name}", "postgres")
        return f"postgresql://{USER}@/{name}?host={quote(str(self.folder), safe='')}"

    def close(self) -> None:
        """Stop it, and remove all that it wrote."""
        self.stop()
        shutil.rmtree(self.folder)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "--pgdata", str(self._data), "--wait", "--silent", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        line = [*self._as, str(self._programs / program), *arguments]
        done = subprocess.run(
            line, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, f"{program}: {done.stdout}{done.stderr}"


def programs_of_postgres() -> Path | None:
    """Find the folder of the newest PostgreSQL's programs."""
    here = shutil.which("initdb")
    found = sorted(DEBIANS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(here).resolve().parent if here else found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL, one for all the tests of this process."""
    programs = programs_of_postgres()
    if programs is None:
        pytest.skip("no PostgreSQL here: make system installs Debian's")
    server = Postgres(programs)
    try:
        yield server
    finally:
        server.close()
