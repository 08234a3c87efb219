"""What every writer does, and what each does with hostile text."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from markdown_it import MarkdownIt

from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.pages import meanings
from polarity.report import wording, write_reports
from polarity.report.writing import STREAMS, WRITERS
from polarity.types import Answer, Completion, Failure, FailureReason, Scores, Unmapped, UnmappedReason
from tests.calibrations import calibration, with_calibrations
from tests.cautious import cautious_contract, fitted_on

from ..helpers import Draft, Page, pair_of, report_of, softmax, write_report

SUFFIXES = sorted({*STREAMS, *WRITERS})
CELL_LEVEL = 4  # how deep markdown-it finds what stands in a cell of a table


def parsed(source: str) -> Any:
    """Strict JSON: NaN and Infinity are errors."""
    return json.loads(source, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def table(source: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(source.splitlines(keepends=True), strict=True))


@pytest.mark.parametrize("path", ["out.pdf", "out", "out.html.gz"])
def test_unknown_suffix(tmp_path: Path, report: Draft, path: str) -> None:
    """An unknown suffix is an error that names the known ones, and no file appears."""
    with pytest.raises(RecordError, match=r"unknown suffix .*; known: \.csv, \.html, \.json, \.md"):
        write_report(tmp_path / path, report)

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_named_twice_is_written_once(tmp_path: Path, report: Draft, suffix: str) -> None:
    """Whichever way it is spelled: it is whole, and nothing else is there."""
    path = tmp_path / f"out{suffix}"
    write_report(path, report)
    once = path.read_bytes()
    write_reports([path, tmp_path / "." / ".." / tmp_path.name / path.name], report.pairs, report.subject)
    assert (once, [path]) == (path.read_bytes(), list(tmp_path.iterdir()))


def test_suffix_in_capitals(tmp_path: Path, report: Draft) -> None:
    """The suffix is read without case."""
    write_report(tmp_path / "OUT.HTML", report)

    assert (tmp_path / "OUT.HTML").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("suffix", sorted(set(SUFFIXES) - {".xml"}))  # which holds no pairs
def test_a_report_that_breaks_off_leaves_nothing(tmp_path: Path, report: Draft, suffix: str) -> None:
    """If writing fails in the middle, the old file stays as it was and no partial one is left."""
    path = tmp_path / f"out{suffix}"
    path.write_text("the old report", encoding="utf-8")
    broken: list[Any] = [*report.pairs, None]

    with pytest.raises(AttributeError):
        write_report(path, replace(report, pairs=broken))

    assert [path] == list(tmp_path.iterdir())
    assert "the old report" == path.read_text("utf-8")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_folder_is_a_record_error(tmp_path: Path, report: Draft, suffix: str) -> None:
    """A report into nowhere is an error with the path."""
    with pytest.raises(RecordError, match="cannot be written"):
        write_report(tmp_path / "nowhere" / f"out{suffix}", report)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kept", [slice(0), slice(1), slice(7, 8), slice(6, 7)])
def test_degenerate_reports(
    tmp_path: Path, contract: Contract, pairs: list[Pair], suffix: str, kept: slice
) -> None:
    """No pairs, one agreement, only a failure, only an unmapped answer: every format can say it."""
    path = tmp_path / f"out{suffix}"
    write_report(path, report_of(contract, pairs[kept]))
    source = path.read_text("utf-8")

    assert source
    assert "nan" not in source.lower().split()
    assert suffix != ".html" or Page(source)
    assert suffix != ".json" or len(pairs[kept]) == len(parsed(source)["pairs"])


def test_headline(report: Draft) -> None:
    """The result in plain words, with mapping told from model."""
    assert [
        "BERT and the LLM gave the same answer for 2 of 7 messages (29 %).",
        (
            "The rest: 3 mapping disagreements (in 2 the LLM's words could not be mapped; "
            "in 1 the LLM declined to choose) and 2 model disagreements "
            "(both gave a label, not the same one)."
        ),
        "The LLM gave no answer for 1 message; these are not counted above.",
    ] == wording.headline(report.report)


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (slice(3), "0 mapping disagreements and 1 model disagreement (both gave a label, not the same one)"),
        (
            slice(4, 5),
            "1 mapping disagreement (the LLM's words could not be mapped) and 0 model disagreements",
        ),
    ],
)
def test_headline_names_both_kinds(contract: Contract, pairs: list[Pair], kept: slice, expected: str) -> None:
    """Where one kind of disagreement does not occur, its count is said too."""
    assert [f"The rest: {expected}."] == wording.headline(report_of(contract, pairs[kept]).report)[1:]


def test_a_text_that_bert_cannot_read_is_no_words_of_its(contract: Contract, pairs: list[Pair]) -> None:
    """BERT says no words, so none are unmapped: the text is what could not be read."""
    unread = Answer(pairs[0].left.raw, Unmapped(reason="unreadable", contract=contract.ref))
    found = wording.headline(report_of(contract, [replace(pairs[0], left=unread)]).report)[1]
    assert found.startswith("The rest: 1 mapping disagreement (BERT could not read the text) and 0 model")


def test_headline_of_full_agreement(contract: Contract, pairs: list[Pair]) -> None:
    """Where nobody disagrees, one sentence says it."""
    expected = ["BERT and the LLM gave the same answer for 2 of 2 messages (100 %)."]
    assert expected == wording.headline(report_of(contract, pairs[:2]).report)


def test_headline_without_any_comparison(contract: Contract, pairs: list[Pair]) -> None:
    """Only failures are said to be failures; nothing is said to be nothing."""
    failed = "Nothing could be compared: the LLM gave no answer for 1 message."
    why = "Inconclusive: 1 of 1 message got no answer from one side or both."
    assert [failed, why] == wording.headline(report_of(contract, pairs[7:]).report)
    nothing = ["There was nothing to compare.", "Inconclusive: nothing was compared."]
    assert nothing == wording.headline(report_of(contract, []).report)


def test_every_reason_has_a_sentence() -> None:
    """A reader who has never seen the contract finds each reason explained."""
    assert set(get_args(UnmappedReason)) == set(meanings.UNMAPPED)
    assert set(get_args(FailureReason)) == set(meanings.FAILURES)


def test_json_holds_everything(written: Callable[[str], str], report: Draft) -> None:
    """Summary, judgement, contract, rows that were left out, meta and pairs; raw outputs are whole."""
    found = parsed(written(".json"))

    assert ["summary", "judgement", "contract", "left_out", "meta", "pairs"] == list(found)
    assert (8, 7, 3, 2, 1) == tuple(
        found["summary"][name]
        for name in ("n", "compared", "mapping_disagreements", "model_disagreements", "failures")
    )
    assert report.subject.contract.ref._asdict() == found["contract"]
    assert "2026-03-01T09:05:00+00:00" == found["meta"]["created"]
    kinds = ["agreement"] * 2 + ["model"] * 2 + ["mapping"] * 3 + ["failure"]
    assert kinds == [pair["kind"] for pair in found["pairs"]]


def test_json_pair(written: Callable[[str], str]) -> None:
    """One pair says who said what, why, and who decided."""
    pair = parsed(written(".json"))["pairs"][3]

    assert {"label": "NEGATIVE", "decided_by": "bert:confident", "confidence": 0.96} == pair["decision"]
    assert ("r4", "=1+1|`x`\nnext") == (pair["id"], pair["text"])
    assert ("NEGATIVE", "model") == (pair["gold"], pair["kind"])
    assert {
        "backend": "llm",
        "kind": "verdict",
        "label": "POSITIVE",
        "rule": "frame/label: {label}",
        "span": {"start": 7, "end": 15, "text": "positive"},
        "scores": None,
        "coverage": None,
    } == {key: value for key, value in pair["right"].items() if key != "raw"}
    assert "Label: **positive**" == pair["right"]["raw"]["text"]


def test_json_keeps_raw_completions_exact(written: Callable[[str], str]) -> None:
    """Invisible characters and half a surrogate pair come back as they were said."""
    assert "posi\u200btive \ud83d" == parsed(written(".json"))["pairs"][6]["right"]["raw"]["text"]


def test_json_has_no_nan(tmp_path: Path, contract: Contract) -> None:
    """A number that JSON cannot hold becomes null."""
    broken = Scores(probabilities={" positive": 0.9, " odd": float("nan")}, source="logprobs")
    pair = pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), broken)
    write_report(tmp_path / "out.json", report_of(contract, [pair]))
    found = parsed((tmp_path / "out.json").read_text("utf-8"))

    assert {" positive": 0.9, " odd": None} == found["pairs"][0]["right"]["raw"]["probabilities"]


def test_csv_is_one_row_a_pair(written: Callable[[str], str]) -> None:
    """Every pair is a row, told apart by kind, with both outcomes."""
    rows = table(written(".csv"))

    assert [f"r{at}" for at in range(1, 9)] == [row["id"] for row in rows]
    assert ("mapping", "NEUTRAL", "bert:abstained") == tuple(
        rows[5][k] for k in ("kind", "decision", "decided_by")
    )
    assert ("abstention", "", "abstain/mixed", "mixed") == tuple(
        rows[5][f"llm_{k}"] for k in ("kind", "label", "rule", "raw")
    )
    assert ("failure", "timeout") == (rows[7]["llm_kind"], rows[7]["llm_reason"])


def test_csv_defuses_formulas(tmp_path: Path, contract: Contract) -> None:
    """A cell that a spreadsheet would run is marked as text, wherever it comes from."""
    pair = pair_of(contract, "@id", "=1+1", softmax(0.1, 0.1, 0.8), Completion(text="+cmd|' /C calc'!A0"))
    write_report(tmp_path / "out.csv", report_of(contract, [pair]))
    (row,) = table((tmp_path / "out.csv").read_text("utf-8"))

    assert ("'@id", "'=1+1", "'+cmd|' /C calc'!A0") == (row["id"], row["text"], row["llm_raw"])


def test_csv_quotes_a_carriage_return(tmp_path: Path, contract: Contract) -> None:
    """A message with any end of line in it stays in its cell."""
    pair = pair_of(contract, "1", "a\rb\r\nc", softmax(0.1, 0.1, 0.8), Completion(text="positive"))
    write_report(tmp_path / "out.csv", report_of(contract, [pair]))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file, strict=True)

    assert "a\rb\r\nc" == row["text"]


def test_csv_over_no_pairs_has_its_header(tmp_path: Path, contract: Contract) -> None:
    """An empty report still names its columns."""
    write_report(tmp_path / "out.csv", report_of(contract, []))

    (header,) = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert header.startswith("id,place,text,gold,kind,decision,decided_by,confidence,bert_kind,")


def cells(source: str) -> list[list[str]]:
    """The rows of the tables of messages, each cell as a reader of the rendered page sees it."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        parts = token.children or []
        assert "html_inline" not in {part.type for part in parts}
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level == CELL_LEVEL:
            rows[-1].append("".join(part.content for part in parts))
    return [row for row in rows if len(row) == 6 and row[0] != "id"]


def code(source: str) -> set[str]:
    """What stands in code spans, where code hosts link nothing."""
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    return {child.content for t in tokens for child in t.children or [] if child.type == "code_inline"}


@pytest.mark.parametrize(("also", "missing"), [((), True), (("out.json",), False)])
def test_markdown_says_to_write_json_first(
    tmp_path: Path, contract: Contract, also: tuple[str, ...], *, missing: bool
) -> None:
    """Where no JSON report was written, the command that reads one would find nothing."""
    draft = report_of(
        contract, [pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), Completion(text="hm?"))]
    )
    write_reports([tmp_path / name for name in ("out.md", *also)], draft.pairs, draft.subject)
    source = (tmp_path / "out.md").read_text("utf-8")
    assert "polarity contract suggest" in source
    assert missing == ("after a report as JSON, too (`-o report.json`)" in source)


def test_markdown_shows_texts_as_they_are(written: Callable[[str], str]) -> None:
    """No text can open a tag, a cell, a code span or a line; each is read as it was written."""
    rows = {row[0]: row for row in cells(written(".md"))}

    assert {"r3", "r4", "r5", "r6", "r7", "r8"} == set(rows)
    assert "<script>alert(1)</script>" == rows["r3"][1]
    assert "=1+1|`x` next" == rows["r4"][1]
    assert "POSITIVE Label: **positive**" == rows["r4"][3]
    assert "not mapped: invisible posi⟨U+200B⟩tive ⟨U+D83D⟩" == rows["r7"][3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thanks @team", "thanks @team"),
        ("#1 https://evil.test www.evil.test a@b.test", "#1 https://evil.test www.evil.test a@b.test"),
        ("`", "`"),
        ("``a` ```", "``a` ```"),
        ("|", "|"),
        ("\\|", "\\|"),
        ("a\\", "a\\"),
        ("![x](y) <b> &amp; $1$", "![x](y) <b> &amp; $1$"),
        ("evil \u202edesrever", "evil ⟨U+202E⟩desrever"),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
    ],
)
def test_markdown_quotes_messages_as_code(
    tmp_path: Path, contract: Contract, text: str, expected: str
) -> None:
    """A mention, a reference or an address in a message is read, and linked by no code host."""
    pair = pair_of(contract, text, text, softmax(0.1, 0.1, 0.8), Completion(text=f"so {text}"))
    write_report(tmp_path / "out.md", report_of(contract, [pair]))
    source = (tmp_path / "out.md").read_text("utf-8")

    (row,) = cells(source)
    assert [expected, expected] == row[:2]
    assert expected in code(source)
    assert any(found.startswith("so ") for found in code(source))


def test_markdown_quotes_the_input_and_the_models(written: Callable[[str], str]) -> None:
    """A file's and a model's name are others' words too."""
    assert {"reviews<script>.jsonl", "<b>tiny</b>", "a|b"} <= code(written(".md"))


def test_markdown_tells_the_result(written: Callable[[str], str]) -> None:
    """The headline, kappa, the matrix and the disagreements of both kinds are there."""
    source = written(".md")

    assert "**BERT and the LLM gave the same answer for 2 of 7 messages (29 %)." in source
    assert "Cohen's kappa is 0.10 (slight agreement)" in source
    assert "|  | NEGATIVE | NEUTRAL | POSITIVE | ABSTAINED | UNMAPPED | FAILED |" in source
    headings = [line.removeprefix("## ") for line in source.splitlines() if line.startswith("## ")]
    assert [
        "Against 6 messages with a gold label",
        "BERT down, LLM across",
        "Decided by",
        "What was written and could not be mapped",
        "Model disagreement (2)",
        "Mapping disagreement (3)",
        "No answer (1)",
    ] == headings


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        (".html", "<b>No decision</b> <code>undecided:timeout</code>"),
        (".md", "| undecided:timeout |"),
        (".csv", ",,undecided:timeout,,"),
        (".json", '"decision": {"label": null, "decided_by": "undecided:timeout", "confidence": null,'),
    ],
)
def test_no_decision_is_said(tmp_path: Path, contract: Contract, suffix: str, expected: str) -> None:
    """A message that nobody could label stands there without a label and with the reason."""
    late = Failure(reason="timeout", detail="too late")
    path = tmp_path / f"out{suffix}"
    write_report(path, report_of(contract, [pair_of(contract, "1", "Fine.", late, late, "POSITIVE")]))

    assert expected in path.read_text("utf-8")


def test_other_models_than_the_policys_are_a_warning(tmp_path: Path) -> None:
    """In every format that has a place for it: a spreadsheet has none."""
    contract = fitted_on("<b>tiny</b>", "small")
    written = {suffix: tmp_path / f"report{suffix}" for suffix in (".html", ".json", ".md", ".xml", ".csv")}
    for path in written.values():
        write_report(path, report_of(contract, []))
    text = {suffix: path.read_text("utf-8") for suffix, path in written.items()}
    (warning,) = json.loads(text[".json"])["meta"]["warnings"]
    assert warning.startswith("the policy was fitted on llm 'small' (weights unknown), and 'a|b' ")
    assert "<b>Warning:</b> the policy was fitted on llm &#39;small&#39;" in text[".html"]
    assert "Warning: the policy was fitted on llm 'small'" in text[".md"]
    assert "warning: the policy was fitted on llm 'small'" in text[".xml"]
    assert "policy" not in text[".csv"]


def test_scores_of_another_model_than_the_calibrations_are_a_warning(tmp_path: Path) -> None:
    """Beside what is said of the policy."""
    own = with_calibrations(cautious_contract(), calibration({}, name="small"))
    write_report(tmp_path / "report.json", report_of(own, []))
    (warning,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["meta"]["warnings"]
    assert warning.startswith("the contract calibrates llm 'small' (weights unknown), and 'a|b' ")
