"""Help for everything, quick, and named where people look."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
import typer.main

from polarity.cli import app

from .conftest import Run

HEAVY = ("torch", "transformers", "sklearn", "fastapi", "pyarrow", "datasets")


def _commands(group: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *path, name)
        else:
            yield (*path, name), command


COMMANDS = dict(_commands(typer.main.get_command(app)))
NAMES = pytest.mark.parametrize("path", COMMANDS, ids=" ".join)


def test_every_command_is_there() -> None:
    """The commands of the design, and no other."""
    expected = {
        ("serve",),
        ("classify",),
        ("report",),
        ("evaluate",),
        ("checklist",),
        ("contract", "list"),
        ("contract", "new"),
        ("optimize",),
        ("train",),
        ("calibrate",),
        ("compare-checkpoints",),
        ("learning-curve",),
        ("promote",),
        ("prove",),
        ("audit",),
        ("review", "draw"),
        ("review", "results"),
        ("review", "export"),
        ("review", "import"),
        ("review", "gold"),
        ("watch",),
        ("store", "info"),
        ("store", "export"),
        ("store", "purge"),
        ("doctor",),
        ("contract", "check"),
        ("contract", "show"),
        ("contract", "map"),
        ("contract", "diff"),
        ("contract", "suggest"),
        ("contract", "explain"),
        ("contract", "test"),
        ("contract", "schema"),
        ("contract", "fit-policy"),
        ("contract", "try-policy"),
        ("weights", "list"),
        ("weights", "fetch"),
        ("weights", "path"),
        ("weights", "remove"),
        ("prompt", "calibrate"),
        ("prompt", "try"),
    }
    assert expected == set(COMMANDS)


@NAMES
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    """The command, each argument and each option say what they are for."""
    command = COMMANDS[path]
    assert command.help
    assert [] == [option.name for option in command.params if not getattr(option, "help", None)]


@NAMES
def test_help_is_printed(run: Run, path: tuple[str, ...]) -> None:
    """`--help` names the command and its options on standard output, and is no error."""
    status, out, err = run(*path, "--help")
    assert (0, "") == (status, err)
    assert f"Usage: polarity {' '.join(path)}" in out
    assert "--help" in out


@pytest.mark.parametrize("args", [(), ("contract",), ("weights",)])
def test_without_a_command_help_is_printed(run: Run, args: tuple[str, ...]) -> None:
    """A bare `polarity` is a usage error that shows the commands."""
    status, out, err = run(*args)
    assert 2 == status
    assert "Commands" in out + err


LIGHT = """
import atexit, sys
from contextlib import suppress
atexit.register(lambda: print("loaded", *(name for name in HEAVY if name in sys.modules)))
from polarity import load_contract
from polarity.cli import main
load_contract()
for line in (["--help"], ["train", "--help"]):
    sys.argv = ["polarity", *line]
    with suppress(SystemExit):
        main()
"""


@pytest.mark.slow
def test_nothing_heavy_is_imported() -> None:
    """Importing polarity, reading a contract and asking for help load none of the large libraries."""
    code = f"HEAVY = {HEAVY}\n{LIGHT}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 2 == done.stdout.count("Usage: ")
    assert "loaded" == done.stdout.strip().split("\n")[-1]


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("classify", "--nonsense"),
        ("classify",),
        ("classify", "a", "--backend", "gpt"),
        ("classify", "a", "--file", "b.jsonl"),
        ("classify", "good", "  "),
        ("report", "a.jsonl"),
        ("report", "-o", "a.html"),
        ("report", "a.jsonl", "--remap", "b.json", "-o", "a.html"),
        ("report", "--remap", "b.json", "-o", "a.html", "--limit", "3"),
        ("report", "--remap", "b.json", "-o", "a.html", "--strategy", "free"),
        ("audit",),
        ("evaluate",),
        ("train", "a.jsonl"),
        ("train", "a.jsonl", "--out", "ck", "--recipe", "r.toml"),
        ("train", "a.jsonl", "--out", "ck", "--epochs", "2"),
        ("learning-curve", "--out", "curve.svg"),
        ("promote",),
        ("prove", "a.jsonl"),
        ("serve", "--port", "70000"),
    ],
)
def test_wrong_usage_exits_with_2(run: Run, args: tuple[str, ...]) -> None:
    """What is wrong stands on standard error; nothing is run, nothing printed on standard output."""
    status, out, err = run(*args)
    assert (2, "") == (status, out)
    assert "error" in err.lower()


@pytest.mark.slow
def test_the_module_is_the_command(process: Run) -> None:
    """`python -m polarity` is `polarity`."""
    status, out, _ = process("contract", "check")
    assert 0 == status
    assert out.startswith("ok: polarity ")


def test_the_version_is_that_of_the_package(run: Run) -> None:
    """`polarity --version` names what is installed, on one line."""
    assert (0, f"polarity {version('polarity')}\n", "") == run("--version")


def test_a_shell_can_complete(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked as a shell asks, the command line names the commands that begin so."""
    monkeypatch.setenv("_POLARITY_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "polarity comp")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert "compare-checkpoints" in run().out.split()
