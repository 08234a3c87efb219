"""`polarity contract check|map`."""

import json
from pathlib import Path

import pytest

from polarity.contract import load_contract

from ..conftest import FIXTURES, Run

CONTRACTS = FIXTURES.parent / "polarity" / "contracts"
DEFAULT = CONTRACTS / "polarity.v1.toml"
SPAM = CONTRACTS / "spam.v1.toml"


@pytest.mark.parametrize(
    ("args", "path"), [((), DEFAULT), ((DEFAULT,), DEFAULT), ((SPAM,), SPAM), (("spam",), SPAM)]
)
def test_check_names_a_valid_contract(run: Run, args: tuple[Path | str, ...], path: Path) -> None:
    """`ok:`, then id, version and sha256; without a file, the default contract."""
    ref = load_contract(path).ref
    expected = (0, f"ok: {ref.id} {ref.version} {ref.sha256}\n", "")
    assert expected == run("contract", "check", *args)


def test_check_lists_every_problem(run: Run, tmp_path: Path) -> None:
    """Each problem is a line that names the file and the key, also one that others hide; exit status 1."""
    path = tmp_path / "bad.toml"
    text = SPAM.read_text("utf-8")
    text = text.replace('version = "1', 'version = "one').replace("max_tokens = 8", "max_tokens = -1")
    text = text.replace("\n[rules]", "\n[rules]\nunheard_of = 1").replace(
        '["nothing sus', '["unsolicited", "nothing sus'
    )
    path.write_text(text, "utf-8")
    status, out, err = run("contract", "check", path)
    assert (1, "") == (status, out)
    assert all(line.startswith(f"error: {path}: ") for line in err.splitlines())
    keys = ("version", "prompt.max_tokens", "rules.unheard_of", "rules.phrases.SPAM")
    assert [] == [key for key in keys if f": {key}: " not in err]


def test_check_takes_several_files(run: Run, tmp_path: Path) -> None:
    """Sound ones are named, the problems of all others listed; exit status 1."""
    bad, worse = tmp_path / "bad.toml", tmp_path / "worse.toml"
    bad.write_text(SPAM.read_text("utf-8").replace('tie_label = "HAM"', 'tie_label = "EGGS"'), "utf-8")
    worse.write_text("id = ", "utf-8")
    status, out, err = run("contract", "check", bad, SPAM, worse)
    assert (1, f"ok: spam {load_contract(SPAM).ref.version} {load_contract(SPAM).ref.sha256}\n") == (
        status,
        out,
    )
    first, second = err.splitlines()
    assert f"error: {bad}: policy.tie_label: 'EGGS' is not one of the labels" == first
    assert second.startswith(f"error: {worse}: not TOML: ")


@pytest.mark.parametrize(
    ("content", "problem"), [(b"id = ", "not TOML"), (b"\xff", "not TOML"), (None, "cannot be read")]
)
def test_check_of_no_contract_at_all(run: Run, tmp_path: Path, content: bytes | None, problem: str) -> None:
    """What is no TOML, or not there, is one line."""
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    status, out, err = run("contract", "check", path)
    assert (1, "", 1) == (status, out, err.count("\n"))
    assert err.startswith(f"error: {path}: {problem}")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"text": "Positive."}, ("POSITIVE", "verdict", None, "exact/positive")),
        ({"text": "not great"}, ("NEGATIVE", "verdict", None, "phrase/not great")),
        ({"text": "mixed feelings"}, (None, "abstention", None, "abstain/mixed feelings")),
        ({"text": "not positive"}, (None, "unmapped", "negated", None)),
        ({"text": ""}, (None, "unmapped", "empty", None)),
        ({"text": "positi", "finish_reason": "length"}, (None, "unmapped", "truncated", None)),
        ({"text": "positive", "finish_reason": None}, ("POSITIVE", "verdict", None, "exact/positive")),
    ],
)
def test_map_gives_one_object_a_line(
    run: Run, row: dict[str, object], expected: tuple[str | None, ...]
) -> None:
    """Each completion's outcome, with the members of its kind: label, reason and rule where it has one."""
    status, out, err = run("contract", "map", stdin=json.dumps(row).encode())
    assert (0, "") == (status, err)
    found = json.loads(out)
    assert expected == tuple(found.get(key) for key in ("label", "kind", "reason", "rule"))


def test_map_keeps_order_and_takes_another_contract(run: Run) -> None:
    """One line out for each line in; blank lines and a byte-order mark are passed over."""
    stdin = '\ufeff{"text": "spam"}\n\n{"text": "ham"}\n{"text": "positive"}'.encode()
    status, out, _ = run("contract", "map", "--contract", SPAM, stdin=stdin)
    assert 0 == status
    assert ["SPAM", "HAM", None] == [json.loads(line).get("label") for line in out.splitlines()]


def test_map_of_nothing_is_nothing(run: Run) -> None:
    """Empty input is no error."""
    assert (0, "", "") == run("contract", "map")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"positive", "not JSON in UTF-8: "),
        (b'{"text": "\xff"}', "not JSON in UTF-8: "),
        (b'"positive"', "not a JSON object whose 'text' is a string"),
        (b"{}", "not a JSON object whose 'text' is a string"),
        (b'{"text": 1}', "not a JSON object whose 'text' is a string"),
        (
            b'{"text": "a", "finish_reason": "tool_calls"}',
            "'finish_reason' is not one of stop, length, content_filter: 'tool_calls'",
        ),
        (b'{"text": "a", "finish_reason": ["stop"]}', "'finish_reason' is not one of"),
        (b"[" * 100_000, "not JSON in UTF-8: "),
    ],
)
def test_map_names_a_bad_line(run: Run, line: bytes, problem: str) -> None:
    """The error names the line; what came before it is printed."""
    status, out, err = run("contract", "map", stdin=b'{"text": "positive"}\n\n' + line + b"\n")
    assert (1, "POSITIVE") == (status, json.loads(out)["label"])
    assert err.startswith(f"error: -:3: {problem}")
    assert 1 == err.count("\n")


@pytest.mark.slow
def test_results_are_utf8_wherever_they_go(
    process: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the environment asks for ASCII: a label word in another script breaks no pipe."""
    path = tmp_path / "spam.toml"
    path.write_text(SPAM.read_text("utf-8").replace('"junk mail"', '"junk mail", "спам"'), "utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    status, out, err = process("contract", "map", "--contract", path, stdin='{"text": "Спам."}'.encode())
    assert (0, "") == (status, err)
    assert ("SPAM", "спам") == (json.loads(out)["label"], json.loads(out)["span"]["text"])
