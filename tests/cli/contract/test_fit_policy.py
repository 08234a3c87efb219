"""`polarity contract fit-policy`."""

import asyncio
import hashlib
import json
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from polarity.contract import load_contract
from tests.misbehaving import Request, error, misbehaving
from tests.synthetic import CONTRACT, SOURCE, bert, golds, guessed, llm, report

from ..conftest import Run
from ..test_resume import AT_ONCE, Asker, answered, number_of

GOLDS = golds(240)
ROWS = [
    (gold, bert(gold, 0.9) if at % 2 else bert(guess, 0.6), llm(gold, 0.9))
    for at, (gold, guess) in enumerate(zip(GOLDS, guessed(GOLDS, 0.6, seed=0), strict=True))
]
COMMAND = ("contract", "fit-policy")
ROWS_ASKED = 201


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Labelled texts that are told apart by a number."""
    path = tmp_path / "texts.jsonl"
    rows = (json.dumps({"text": f"text {at}", "label": gold}) for at, gold in enumerate(golds(ROWS_ASKED)))
    path.write_text("\n".join(rows), "utf-8")
    return path


def _asking(texts: Path, checkpoint: Path) -> tuple[object, ...]:
    """Spell the command that asks about them, in free text, for the packaged contract."""
    return (*COMMAND, texts, "-o", "new.toml", "--checkpoint", checkpoint, "--strategy", "free")


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """The small contract as a file."""
    path = tmp_path / "small.toml"
    path.write_text(SOURCE, "utf-8")
    return path


def _written() -> list[str]:
    """Name what lies here of the output and its run."""
    return [name for name in (".new.toml.run", "new.toml") if Path(name).exists()]


@pytest.fixture(scope="module")
def _data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("fit") / "data.json", ROWS)


@pytest.fixture
def data(_data: Path, tmp_path: Path) -> Path:
    """A report where the LLM is right where BERT is not sure."""
    return Path(shutil.copy(_data, tmp_path / "data.json"))


@pytest.mark.slow
def test_a_contract_is_written(run: Run, contract: Path, data: Path) -> None:
    """A new file with the fitted numbers and where they are from; the old one is untouched."""
    status, out, err = run(*COMMAND, data, "--contract", contract, "-o", "new.toml", "--json")
    assert (0, "wrote new.toml\n") == (status, err)
    assert SOURCE == contract.read_text("utf-8")
    found = load_contract(Path("new.toml"))
    assert "1.3.0" == found.ref.version
    fitted = found.policy.fitted
    assert fitted is not None
    assert (0.75, 1.0, 0.5) == (found.policy.skip_llm_above, fitted.accuracy, fitted.llm_calls_saved)
    assert fitted.accuracy_interval[0] < 1.0
    named = f"data.json --contract {contract.name}"
    assert f"polarity contract fit-policy {named} --llm-cost 0.01 --folds 5 --seed 0" == fitted.command
    assert ("1.2.3", CONTRACT.ref.sha256) == (fitted.contract_version, fitted.contract_sha256)
    assert (240, 5, 0, 0.01) == (fitted.n, fitted.folds, fitted.seed, fitted.llm_cost)
    expected = ("data.json", hashlib.sha256(data.read_bytes()).hexdigest(), 240)
    assert [expected] == [(file.name, file.sha256, file.n) for file in fitted.data]
    assert found.policy.model_dump(mode="json") == json.loads(out)["policy"]


@pytest.mark.slow
def test_every_way_to_decide_is_measured(run: Run, contract: Path, data: Path) -> None:
    """Each backend alone, both by the old policy, and both by the fitted one, on the same texts."""
    out = run(*COMMAND, data, "--contract", contract, "-o", "new.toml", "--json").out
    measured = {row["who"]: row for row in json.loads(out)["measured"]}
    assert ["bert", "llm", "both 1.2.3", "both 1.3.0"] == list(measured)
    assert [240] * 4 == [row["n"] for row in measured.values()]
    assert (1.0, 0.5) == (measured["both 1.3.0"]["accuracy"], measured["both 1.3.0"]["llm_share"])
    difference = measured["both 1.3.0"]["difference"]
    assert 1 - measured["bert"]["accuracy"] == pytest.approx(difference["value"])
    assert 0 < difference["low"] < difference["value"] < difference["high"]


@pytest.mark.slow
def test_a_table_is_printed(run: Run, contract: Path, data: Path) -> None:
    """Without `--json`: the same for a person, and the numbers, of which some say that they were kept."""
    status, out, _ = run(*COMMAND, data, "--contract", contract, "-o", "new.toml")
    assert 0 == status
    assert all(
        word in out
        for word in ("macro-F1", "against BERT", "against the LLM", "both 1.3.0", "skip_llm_above = 0.75")
    )
    assert "bert_floor = 0.5  (kept: too few texts bear on it)" in out


@pytest.mark.slow
def test_the_same_data_give_the_same_bytes(run: Run, contract: Path, data: Path) -> None:
    """Nothing in the file depends on when or where it was made."""
    (data.parent / "elsewhere").mkdir()
    moved = data.parent / "elsewhere" / "data.json"
    moved.write_bytes(data.read_bytes())
    for path, output in ((data, "a.toml"), (moved, "b.toml")):
        assert 0 == run(*COMMAND, path, "--contract", contract, "-o", output).status
    assert Path("a.toml").read_bytes() == Path("b.toml").read_bytes()


@pytest.mark.slow
def test_the_contract_itself_is_named_on_purpose(run: Run, contract: Path, data: Path) -> None:
    """The output may be the contract that was read, if it is said twice; the version can be said too."""
    options = ("--contract", contract, "-o", contract, "--version", "2.0.0")
    assert 0 == run(*COMMAND, data, *options).status
    assert "2.0.0" == load_contract(contract).ref.version


@pytest.mark.slow
def test_too_little_data_is_inconclusive(run: Run, contract: Path, tmp_path: Path) -> None:
    """Too few texts: exit status 4, why, and no file."""
    few = report(tmp_path / "few.json", ROWS[:150])
    status, out, err = run(*COMMAND, few, "--contract", contract, "-o", "new.toml")
    expected = "inconclusive: 150 labelled texts, at least 200 are needed; nothing was written\n"
    assert (4, "", expected) == (status, out, err)
    assert not Path("new.toml").exists()


def test_too_few_labelled_texts_are_not_asked_about(run: Run, contract: Path, reviews: Path) -> None:
    """Two texts are too few whatever is said of them: no checkpoint is looked for, and no run to resume."""
    options = ("--contract", contract, "--checkpoint", "nowhere", "-o", "new.toml", "--resume")
    status, out, err = run(*COMMAND, reviews, *options)
    expected = "inconclusive: 2 labelled texts, at least 200 are needed; nothing was written\n"
    assert (4, "", expected) == (status, out, err)


@pytest.mark.soak  # what breaks off is taken up in `tests/tuning`, what is killed by other commands
@pytest.mark.anyio
async def test_killed_and_taken_up(run: Run, texts: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """After kill -9 the contract is that of one undisturbed run, also with other options of the fit.

    No more is asked twice than was under way, and no contract is ever half there.
    """
    fit = ("--seed", "1", "--llm-cost", "0.02", "--folds", "4")
    async with misbehaving(answered) as server:
        line = _asking(texts, tiny_checkpoint)
        whole = Asker(run, server, tmp_path / "whole", *line)
        expected = await whole.finished(*fit)
        assert 0 == expected[0], expected[2]
        assert dict.fromkeys(range(ROWS_ASKED), 1) == Counter(map(number_of, server.requests))

        server.requests.clear()
        killed = Asker(run, server, tmp_path / "killed", *line)
        assert -signal.SIGKILL == await killed.killed_when(lambda: len(server.requests) >= 50, 0.01)
        assert [".new.toml.run"] == killed.names()
        assert expected == await killed.finished(*fit)

    assert len(server.requests) <= ROWS_ASKED + AT_ONCE
    assert ["new.toml"] == whole.names() == killed.names()
    assert (whole.folder / "new.toml").read_bytes() == (killed.folder / "new.toml").read_bytes()


@pytest.mark.slow
@pytest.mark.anyio
async def test_too_few_answers_are_asked_for_again(
    run: Run, texts: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 4 and no contract; what failed can be asked again, and then there is one."""
    fails = True  # never so often in a row that the server seems gone

    def script(request: Request) -> Any:
        return error(500) if fails and number_of(request) % 3 else answered(request)

    async with misbehaving(script) as server:
        for name, value in {"SERVER": "remote", "BASE_URL": server.base_url, "RETRIES": "0"}.items():
            monkeypatch.setenv(f"POLARITY_LLM__{name}", value)
        line = _asking(texts, tiny_checkpoint)
        status, out, err = await asyncio.to_thread(run, *line)
        assert (4, "") == (status, out)
        assert [
            "134 answers did not come (134 server_error): --retry-failures asks again",
            "inconclusive: llm gave no answer to 134 of 201 texts; nothing was written",
        ] == err.splitlines()[-2:]
        assert [".new.toml.run"] == _written()

        server.requests.clear()
        fails = False
        status, _, err = await asyncio.to_thread(run, *line, "--retry-failures")
        assert (0, "wrote new.toml\n") == (status, err)
        assert [number for number in range(ROWS_ASKED) if number % 3] == sorted(
            map(number_of, server.requests)
        )
        assert ["new.toml"] == _written()


@pytest.mark.slow
def test_every_text_needs_gold(run: Run, contract: Path, tmp_path: Path) -> None:
    """A text without gold label is named, with its file."""
    path = report(tmp_path / "data.json", [*ROWS, (None, *ROWS[0][1:])])
    status, _, err = run(*COMMAND, path, "--contract", contract, "-o", "new.toml")
    assert (1, f"error: {path}: no gold label for text '240'\n") == (status, err)


@pytest.mark.parametrize(
    "options",
    [
        ("data.json", "-o", "new.toml", "--version", "1.2.3"),
        ("data.json", "-o", "new.toml", "--version", "1.2"),
        ("data.json", "-o", "new.toml", "--folds", "1"),
        ("data.json", "-o", "new.toml", "--llm-cost", "-1"),
        ("data.json", "-o", "data.json"),
        ("data.json", "other/data.json", "-o", "new.toml"),
        ("-", "-o", "new.toml"),
        ("data.json",),
        ("-o", "new.toml"),
    ],
)
def test_wrong_usage(run: Run, contract: Path, data: Path, options: tuple[str, ...]) -> None:
    """A version not above the old one, two files of one name, an output that is no contract file."""
    before = data.read_bytes()
    status, out, err = run(*COMMAND, *options, "--contract", contract)
    assert (2, "") == (status, out)
    assert "error" in err.lower()
    assert not Path("new.toml").exists()
    assert before == data.read_bytes()
