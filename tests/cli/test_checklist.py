"""`polarity checklist`."""

import json
from pathlib import Path

import pytest

from .conftest import Run

SMALL = """\
id = "small"
version = "1.0.0"

[slots]
thing = ["kettle", "lamp", "desk"]
name = ["Anna", "Wei", "Olga", "John"]

[[tests]]
name = "broken"
capability = "vocabulary"
kind = "MFT"
about = "It broke."
templates = ["The {thing} broke.", "{name} broke the {thing}."]
expect = "NEGATIVE"

[[tests]]
name = "another-name"
capability = "names"
kind = "INV"
about = "Names do not matter."
swap = "name"
templates = ["{name} was great.", "{name} sold me the {thing}."]
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A suite of two tests."""
    (tmp_path / "small.toml").write_text(SMALL, "utf-8")
    return tmp_path / "small.toml"


def test_json_is_one_object(run: Run, small: Path, tiny_checkpoint: Path) -> None:
    """One backend is the only side; every case is there, and the parts count them."""
    options = ("--backend", "bert", "--checkpoint", tiny_checkpoint, "--json")
    status, out, err = run("checklist", small, *options)
    assert (0, "") == (status, err)
    found = json.loads(out)

    assert ["bert"] == found["sides"]
    passed, whole = sum(case["passed"]["bert"] for case in found["cases"]), found["parts"][0]
    assert (len(found["cases"]), passed) == (whole["n"], whole["rates"]["bert"]["passed"])
    assert {"bert fails": len(found["cases"]) - passed} == found["groups"]


def test_the_packaged_suite_and_a_limit(run: Run, tiny_checkpoint: Path) -> None:
    """One case of each test, for a person: who passes what, by kind, capability and test; what fails."""
    options = ("--backend", "bert", "--checkpoint", tiny_checkpoint, "--limit", 1)
    status, out, err = run("checklist", *options)

    assert (0, "") == (status, err)
    assert out.startswith("Of 53 cases, bert passes ")
    assert all(title in out for title in ("By kind", "By capability", "Each test", "names-and-places"))
    assert "bert fails: " in out
    assert "mock-delight, expected NEGATIVE" in out or "plain-praise, expected POSITIVE" in out


@pytest.mark.llm
def test_both_backends_are_judged_by_default(
    run: Run, small: Path, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the settings say of the backend: BERT, the LLM and the decision, on a page each may read."""
    monkeypatch.setenv("POLARITY_BACKEND", "bert")
    monkeypatch.setenv("POLARITY_LLM__THREADS", "1")
    pages = [tmp_path / f"page{suffix}" for suffix in (".html", ".md", ".json")]
    options = [part for page in pages for part in ("-o", page)]
    status, out, err = run("checklist", small, "--checkpoint", tiny_checkpoint, "--limit", 1, *options)

    assert 0 == status
    assert "".join(f"wrote {page}\n" for page in pages) == err
    assert "decision passes" in out.splitlines()[0]
    assert ["bert", "llm", "decision"] == json.loads(pages[2].read_text("utf-8"))["sides"]
    assert all(page.exists() for page in pages)


def test_a_backend_without_answers_is_inconclusive(
    run: Run, small: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens where the LLM should be: BERT is judged, and the status is 4."""
    monkeypatch.setenv("POLARITY_LLM__SERVER", "remote")
    monkeypatch.setenv("POLARITY_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("POLARITY_LLM__RETRIES", "0")
    status, out, err = run("checklist", small, "--checkpoint", tiny_checkpoint, "--limit", 2)

    *warnings, missing, inconclusive = err.splitlines()
    assert ["the LLM server is not asked, since the server failed again and again"] == [
        warning.partition(" (")[0] for warning in warnings
    ]
    assert "6 answers did not come (6 connection): --retry-failures asks again" == missing
    assert (4, "inconclusive: llm gave no answer in 4 of 4 cases") == (status, inconclusive)
    assert "llm passes 0.0%" in out


@pytest.mark.slow
def test_a_gate(run: Run, small: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Exit status 0 where it is kept, 3 where not, 4 where cases are too few; the page is written first."""
    things = ", ".join(f'"lamp {number}"' for number in range(40))
    many = SMALL.replace('"kettle", "lamp", "desk"', things)
    small.write_text(many.replace('"NEGATIVE"', '"POSITIVE"'), "utf-8")  # this model never says that
    options = (small, "--backend", "bert", "--checkpoint", tiny_checkpoint, "--json")

    kept = run(
        "checklist", *options, "--fail-under", "pass_rate.bert=0", "--fail-over", "pass_rate.bert.INV=1"
    )
    failed = run("checklist", *options, "--fail-under", "pass_rate.bert.broken=1", "-o", tmp_path / "page.md")
    few = run("checklist", *options, "--limit", 29, "--fail-under", "pass_rate.bert.broken=0")

    assert (0, True) == (kept.status, kept.err.startswith("gate passed: pass_rate.bert "))
    assert 3 == failed.status
    assert "gate failed: pass_rate.bert.broken " in failed.err
    assert (tmp_path / "page.md").exists()
    reason = "pass_rate.bert.broken rests on 29 cases, fewer than 30"
    assert (4, f"gate inconclusive: {reason}\n") == (few.status, few.err)


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        (("--fail-under", "bert"), 2, "--fail-under 'bert' is not MEASURE[.SIDE][.PART]=VALUE"),
        (
            ("--fail-under", "pass_rate.llm=1", "--backend", "bert"),
            2,
            "--fail-under: no measure 'pass_rate.llm'; known: pass_rate.(bert)[.(all|MFT|INV|",
        ),
        (("--fail-under", "bert.names=1"), 2, "no measure 'bert.names'; it is pass_rate.bert.names"),
        (("--fail-over", "ece=1"), 2, "--fail-over: no measure 'ece'; known: pass_rate.(bert|llm|decision)"),
        (("--label-column", "gold"), 2, "No such option: --label-column"),
        (("-o", "page.pdf"), 1, "page.pdf: unknown suffix '.pdf'"),
        (("-o", "nowhere/page.md"), 1, "nowhere/page.md: cannot be written: no such folder"),
    ],
)
def test_what_cannot_work_is_said_before_any_model_is_asked(
    run: Run, small: Path, options: tuple[str, ...], status: int, problem: str
) -> None:
    """The checkpoint, which is not there, was not looked for."""
    ran = run("checklist", small, "--checkpoint", "/nowhere", *options)

    assert (status, "") == (ran.status, ran.out)
    assert problem in " ".join(ran.err.replace("│", " ").split())


def test_a_bad_suite_is_said_before_any_model_is_asked(run: Run, small: Path) -> None:
    """By file, test and key; also where it names a label that the contract does not have."""
    small.write_text(SMALL.replace('"NEGATIVE"', '"BAD"'), "utf-8")
    foreign = run("checklist", small, "--checkpoint", "/nowhere")
    missing = run("checklist", "checklst", "--checkpoint", "/nowhere")

    problem = "test 'broken': expect: 'BAD' is not one of the contract's labels: NEGATIVE, NEUTRAL, POSITIVE"
    assert (1, "", f"error: {small}: {problem}\n") == foreign
    assert (1, "") == missing[:2]
    assert missing.err.startswith("error: checklst: cannot be read: No such file or directory; give a TOML")


@pytest.mark.slow
def test_a_text_does_not_steer_the_terminal(run: Run, small: Path, tiny_checkpoint: Path) -> None:
    """A suite of others is shown with its control characters spelled."""
    small.write_text(SMALL.replace("The {thing} broke.", r"The {thing} broke.\u001B]0;owned\u0007"), "utf-8")
    options = ("--backend", "bert", "--checkpoint", tiny_checkpoint)
    outs = [
        run("checklist", path, *options).out
        for path in (small, _expecting(small, "NEUTRAL"), _expecting(small, "POSITIVE"))
    ]

    assert any(r"broke.\x1b]0;owned\x07" in out for out in outs)
    assert not set("\x1b\x07") & set("".join(outs))


def _expecting(suite: Path, label: str) -> Path:
    path = suite.with_name(f"{label}.toml")
    path.write_text(suite.read_text("utf-8").replace('"NEGATIVE"', f'"{label}"'), "utf-8")
    return path
