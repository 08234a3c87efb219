"""What the pages show is run: commands, requests, Python; commands that take long are parsed."""

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from polarity.cli import main
from polarity.errors import RecordError, SettingsError
from polarity.service import create_app
from polarity.settings import load_settings

from .commands import check, commands
from .pages import ROOT, Block, blocks

NUMBER = re.compile(r"\d+\.\d+")
NEAR = 0.005  # processors differ in the last digits, and pages shorten
CHANCE = ("id", "created")
MENTIONED = [ROOT / name for name in ("fixtures", "contracts", "polarity", "recipes")]


Typed = Callable[[str], str]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder in which the pages' commands can be typed: this one's, with what they speak of."""
    for place in MENTIONED:
        (tmp_path / place.name).symlink_to(place)
    return tmp_path


@pytest.fixture
def typed(workplace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Type a command line, and give what it prints; `polarity` itself runs in this process."""

    def ran(line: str) -> str:
        printed, told = b"", ""
        for stage in line.split(" | "):
            if stage.startswith("polarity "):
                monkeypatch.setattr(sys, "argv", shlex.split(stage))
                monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(printed), encoding="utf-8"))
                capfd.readouterr()
                with pytest.raises(SystemExit) as left:
                    main()
                assert 0 == left.value.code, line
                out, err = capfd.readouterr()
                printed, told = out.encode("utf-8"), told + err
            else:
                command = ["sh", "-c", stage]
                done = subprocess.run(command, cwd=workplace, input=printed, capture_output=True, check=True)
                printed = done.stdout
        return printed.decode("utf-8") + told

    return ran


@pytest.fixture(scope="module")
def service() -> Iterator[TestClient]:
    """The service as `polarity serve` starts it, with the packaged checkpoint."""
    application = create_app(load_settings({"backend": "bert"}))
    with TestClient(application, base_url="http://localhost:8000") as client:
        assert client.portal
        client.portal.call(application.state.runtime.settled.wait)
        yield client


CONSOLE = blocks("console")


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [*dict.fromkeys(block.page for block in CONSOLE)], ids=lambda page: page.stem
)
def test_commands_answer_as_shown(page: Path, typed: Typed, service: TestClient) -> None:
    """Each command of a page, typed after those before it, prints what the page says."""
    for block in CONSOLE:
        if block.page != page:
            continue
        for command, shown in _commands(block):
            _check(command, shown, typed, service)


def _commands(block: Block) -> Iterator[tuple[str, str]]:
    """Give each command of a block with the answer below it."""
    for part in block.text.split("$ ")[1:] if block.text.startswith("$ ") else []:
        command, _, shown = part.partition("\n")
        yield command, shown


def _check(command: str, shown: str, typed: Typed, service: TestClient) -> None:
    program, *words = shlex.split(command)
    if program == "curl":
        assert _same(json.loads(shown), _asked(words, service)), command
    elif program == "cat" and not Path(words[0]).exists():
        Path(words[0]).write_text(shown, "utf-8")  # a file that the page has its reader make
    else:
        said = typed(command)
        assert NUMBER.sub("#", shown) == NUMBER.sub("#", said)
        assert pytest.approx(_numbers(shown), abs=NEAR) == _numbers(said)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(text)]


def _asked(words: list[str], service: TestClient) -> Any:
    body = words[words.index("-d") + 1]
    place = next(word for word in words if word.startswith("localhost:8000"))
    return service.post(f"http://{place}", content=body, headers={"content-type": "application/json"}).json()


def _same(shown: Any, said: Any) -> bool:
    """Say whether an answer is the one that is shown, but for chance, rounding and what is cut by dots."""
    match shown:
        case dict():
            return shown.keys() == said.keys() and all(
                key in CHANCE or _same(value, said[key]) for key, value in shown.items()
            )
        case list():
            return len(shown) == len(said) and all(map(_same, shown, said))
        case float():
            return bool(abs(shown - said) < NEAR)
        case str() if shown.endswith("..."):
            return bool(said.startswith(shown.removesuffix("...")))
        case _:
            return bool(shown == said)


@pytest.mark.slow
@pytest.mark.parametrize(
    "block",
    [block for block in blocks("python") if block.page.stem != "bulk"],  # see tests/bulk/test_guide.py
    ids=lambda block: block.id,
)
def test_python_runs(block: Block, workplace: Path) -> None:
    """Each block of Python runs as it stands, where the data of the pages lie."""
    for shown in CONSOLE:
        for command, content in _commands(shown):
            if command.startswith("cat "):
                (workplace / command.split()[1]).write_text(content, "utf-8")
    exec(compile(block.text, block.id, "exec"), {"__name__": "__main__"})  # noqa: S102 - our own pages


def _typed(program: str) -> list[Any]:
    """Give what follows the name of a program in each line that runs it, as parameters."""
    return [
        pytest.param(words[1:], id=f"{block.id}: {shlex.join(words)}")
        for block in blocks("sh")
        for line in block.text.replace("\\\n", " ").splitlines()
        for words in commands(line)
        if words[0] == program
    ]


@pytest.mark.parametrize("words", _typed("polarity"))
def test_commands_can_be_typed(words: list[str]) -> None:
    """A command that would take long is one: its options, gates and outputs are read; nothing is run."""
    check(words)


@pytest.mark.parametrize(
    "line",
    [
        "polarity report a.csv -o a.html --fail-over unmapped.column=0.1",
        "polarity report a.csv --left column:x -o a.html --fail-under accuracy.decision=0.1",
        "polarity evaluate a.csv --fail-under pass_rate.bert=0.7",
        "polarity evaluate a.csv --fail-under f1.NEGATIV=0.7",
        "polarity checklist --backend bert --fail-under pass_rate.llm=0.7",
        "polarity calibrate ck a/dev.csv --fail-over ece.b/dev.csv=0.1",
        "polarity compare-checkpoints a b c.csv --fail-over churn=5",
        "polarity contract test a.toml b.jsonl --fail-under kappa=0.5",
        "for a in b; do polarity learning-curve a.csv -o curve; done",
        "A=1 polarity evaluate a.csv -o a.svg",
        "polarity classify --file a.csv -o a.html",
        "true && polarity report a.csv -o a.html --min-kappa 0.5",
    ],
)
def test_a_wrong_command_would_be_found(line: str) -> None:
    """A gate that there is not, a suffix that is not written, an option that went."""
    (words,) = [words for words in commands(line) if words[0] == "polarity"]
    with pytest.raises((SettingsError, RecordError)):
        check(words[1:])


@pytest.mark.parametrize("words", _typed("make"))
def test_targets_are_there(words: list[str]) -> None:
    """Each target of make that a page names is there."""
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert words[0] in targets
