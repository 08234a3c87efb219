"""`polarity report`: one run over both real backends, and what is refused before one."""

import csv
import io
import json
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from polarity.cli import main
from polarity.contract import load_contract
from polarity.statistics.counted import counted

from .conftest import FIXTURES, Ran, Run

REVIEWS = FIXTURES / "reviews.jsonl"
SUFFIXES = (".html", ".json", ".md", ".csv", ".xml")


class Reported:
    """One finished report: the files and how the command ended."""

    def __init__(self, folder: Path, ran: Ran) -> None:
        self.folder, self.ran = folder, ran
        self.json: dict[str, Any] = json.loads((folder / "out.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def reported(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """The tiny BERT and the real SmolLM2 over three texts, in every format, gated at no disagreement."""
    folder = tmp_path_factory.mktemp("report")
    outputs = [part for suffix in SUFFIXES for part in ("-o", str(folder / f"out{suffix}"))]
    options = ["--limit", "3", "--checkpoint", str(tiny_checkpoint), "--fail-over", "disagreement=0"]
    options += ["--repeat", "2", "--slice-by", "channel"]
    args = ["polarity", "report", str(REVIEWS), *outputs, *options]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in ("LLM__THREADS", "LLM__CONCURRENCY", "BERT__THREADS"):
            patch.setenv(f"POLARITY_{name}", "1")
        patch.setattr(sys, "argv", args)
        with pytest.raises(SystemExit) as left:
            main()
    assert isinstance(left.value.code, int)
    return Reported(folder, Ran(left.value.code, out.getvalue(), err.getvalue()))


def test_every_format_is_written(reported: Reported) -> None:
    """Each `-o` is there, whole, and nothing else; the files are named on standard error."""
    assert {f"out{suffix}" for suffix in SUFFIXES} == {path.name for path in reported.folder.iterdir()}
    assert (reported.folder / "out.html").read_text("utf-8").rstrip().endswith("</html>")
    assert (reported.folder / "out.md").read_text("utf-8").startswith("#")
    with (reported.folder / "out.csv").open(encoding="utf-8", newline="") as file:
        assert ["r001", "r002", "r003"] == [row["id"] for row in csv.DictReader(file)]
    wrote = [line for line in reported.ran.err.splitlines() if line.startswith("wrote ")]
    assert [f"wrote {reported.folder / f'out{suffix}'}" for suffix in SUFFIXES] == wrote


def test_both_backends_were_asked(reported: Reported) -> None:
    """Every text has an answer of both, and the file says which models, contract and settings."""
    assert ["r001", "r002", "r003"] == [pair["id"] for pair in reported.json["pairs"]]
    assert (3, 3, 0) == tuple(reported.json["summary"][name] for name in ("n", "compared", "failures"))
    meta = reported.json["meta"]
    assert ("bert", "llm") == (meta["left"]["backend"], meta["right"]["backend"])
    assert "smollm2" == meta["right"]["model"]
    assert "reviews.jsonl" == meta["source"]
    assert "polarity" == reported.json["contract"]["id"]


def test_the_summary_is_printed(reported: Reported) -> None:
    """Two lines on standard output, with the figures of the file."""
    summary = reported.json["summary"]
    first, second = reported.ran.out.splitlines()
    assert first.startswith(f"3 texts, 3 compared, agreement {summary['agreement']:.1%}, kappa ")
    mapping, model = summary["mapping_disagreements"], summary["model_disagreements"]
    assert f"{mapping} mapping and {counted(model, 'model disagreements')}, 0 failures" == second


def test_the_gate_decides_the_exit_status(reported: Reported) -> None:
    """Three texts are too few for a gate: 4. The files are written all the same, and say so."""
    assert 4 == reported.ran.status
    assert "gate inconclusive: disagreement rests on 3 messages, fewer than 100" in reported.ran.err
    assert "inconclusive" == reported.json["judgement"]["status"]


@pytest.mark.parametrize(
    ("gates", "status"),
    [
        (["--fail-over", "disagreement=1", "--fail-under", "kappa=-1", "--fail-over", "unmapped.llm=1"], 0),
        (["--fail-under", "agreement=1", "--fail-under", "disagreement=1"], 3),
        (
            ["--fail-under", "accuracy.llm=0", "--fail-over", "agreement=0", "--fail-over", "disagreement=0"],
            3,
        ),
        ([], 0),
    ],
)
def test_gates_over_enough_texts(
    run: Run, reported: Reported, tmp_path: Path, gates: list[str], status: int
) -> None:
    """Over 120 texts every gate is judged, and one that is broken is enough."""
    many = reported.json | {"pairs": reported.json["pairs"] * 40}
    (tmp_path / "many.json").write_text(json.dumps(many), "utf-8")
    found = run("report", "--remap", tmp_path / "many.json", "-o", tmp_path / "new.xml", *gates)
    assert status == found.status


def test_an_unknown_measure_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    """Nothing is loaded for a gate on something that there is not."""
    found = run("report", "/nowhere.jsonl", "-o", tmp_path / "out.md", "--fail-under", "accuracy.gpt=1")
    assert 2 == found.status
    assert "no measure 'accuracy.gpt'" in found.err


def test_the_llm_was_asked_twice(reported: Reported) -> None:
    """The embedded model repeats itself to the letter: no noise, and the second answers are kept."""
    noise = reported.json["summary"]["noise"]
    assert (3, 2, 0.0) == (noise["n"], noise["askings"], noise["itself"]["value"])
    assert [[pair["right"]["raw"]] for pair in reported.json["pairs"]] == [
        pair["repeats"] for pair in reported.json["pairs"]
    ]


def test_a_bad_row_of_a_pattern_is_named(run: Run, tmp_path: Path) -> None:
    """Nothing is loaded: the second of two files that a pattern stands for has a foreign gold label."""
    (tmp_path / "a.jsonl").write_text('{"text": "Fine."}\n', "utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "Fine."}\n{"text": "Bad.", "label": "BAD"}\n', "utf-8")
    options = ("-o", tmp_path / "out.md", "--strict", "--checkpoint", "/nowhere")
    found = run("report", tmp_path / "*.jsonl", *options)
    assert (1, False) == (found.status, (tmp_path / "out.md").exists())
    assert f"error: {tmp_path / 'b.jsonl'}:2: gold label 'BAD' is not one of " in found.err


def test_columns_are_kept(reported: Reported) -> None:
    """What is sliced by stands with each pair."""
    assert [{"channel": "app"}, {"channel": "social"}] == [
        pair["columns"] for pair in reported.json["pairs"][:2]
    ]


def test_a_missing_column_is_an_error(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The column and those that there are stand in the error, with file and line."""
    options = ("-o", tmp_path / "out.md", "--checkpoint", tiny_checkpoint, "--slice-by", "shop")
    found = run("report", REVIEWS, *options)
    assert 1 == found.status
    assert f"{REVIEWS}:1: no column 'shop'; found 'channel', 'kind'" in found.err


def test_remapping_by_the_same_contract_changes_nothing(run: Run, reported: Reported, tmp_path: Path) -> None:
    """Every pair and figure comes back without a model, and the gate decides as before."""
    old = reported.folder / "out.json"
    outputs = ("-o", tmp_path / "new.html", "-o", tmp_path / "new.json")
    status, out, err = run("report", "--remap", old, *outputs, "--fail-over", "disagreement=0")
    found = json.loads((tmp_path / "new.json").read_text("utf-8"))
    assert (reported.ran.status, reported.ran.out) == (status, out)
    assert f"wrote {tmp_path / 'new.html'}\nwrote {tmp_path / 'new.json'}\n" in err
    assert "\ngate " in err
    assert all(reported.json[name] == found[name] for name in ("summary", "contract", "pairs"))
    asked = {"contract": reported.json["contract"], "created": reported.json["meta"]["created"]}
    assert (None, asked) == (reported.json["meta"]["remapped"], found["meta"]["remapped"])


def test_remapping_by_another_contract(run: Run, reported: Reported, tmp_path: Path) -> None:
    """The new report names the new contract, and in meta the one by which the models were asked."""
    other = tmp_path / "other.toml"
    other.write_text(f"{load_contract().source}# one more line\n", "utf-8")
    old, new = reported.folder / "out.json", tmp_path / "new.json"
    assert 0 == run("report", "--remap", old, "--contract", other, "-o", new).status
    found = json.loads(new.read_text("utf-8"))
    assert load_contract(other).ref._asdict() == found["contract"]
    assert reported.json["contract"] == found["meta"]["remapped"]["contract"]


def test_a_contract_that_does_not_fit_writes_nothing(run: Run, reported: Reported, tmp_path: Path) -> None:
    """Foreign gold labels are said before anything is written."""
    old, new = reported.folder / "out.json", tmp_path / "new.json"
    status, out, err = run(
        "report", "--remap", old, "--contract", FIXTURES.parent / "contracts" / "spam.v1.toml", "-o", new
    )
    assert (1, "", False) == (status, out, new.exists())
    assert err.startswith(f"error: {old}: pairs.0.gold: gold label ")


def test_an_unreachable_model_is_inconclusive(
    run: Run, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one side never answers, the gate neither passes nor fails: 4; the report is still written."""
    monkeypatch.setenv("POLARITY_LLM__SERVER", "remote")
    monkeypatch.setenv("POLARITY_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("POLARITY_LLM__RETRIES", "0")
    rows = b"\n".join(REVIEWS.read_bytes().split(b"\n")[:2])
    options = ("-o", tmp_path / "out.json", "--checkpoint", tiny_checkpoint, "--fail-over", "disagreement=1")
    status, out, err = run("report", "-", *options, stdin=rows)
    assert 4 == status
    assert out.startswith("2 texts, 0 compared, agreement undefined, kappa undefined\n")
    assert "gate inconclusive: " in err
    found = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert ("standard input", 2) == (found["meta"]["source"], found["summary"]["failures"])


@pytest.mark.parametrize(
    ("out", "problem"),
    [
        ("out.pdf", "out.pdf: unknown suffix '.pdf'; known: .csv, .html, .json, .md, .xml"),
        (
            "out",
            "out: unknown suffix ''; known: .csv, .html, .json, .md, .xml; it writes files, such as out.csv",
        ),
        ("missing/out.html", "missing/out.html: cannot be written: no such folder: 'missing'"),
    ],
)
def test_an_output_is_checked_before_anything_is_loaded(run: Run, out: str, problem: str) -> None:
    """A bad output is said at once: neither the input nor the checkpoint is looked at."""
    found = run("report", "/nowhere.jsonl", "-o", "fine.md", "-o", out, "--checkpoint", "/nowhere")
    assert (1, "", f"error: {problem}\n") == found


def _scored(folder: Path, rows: int) -> Path:
    """Labels of one system, probabilities of another, and a shop; every fifth differs."""
    path = folder / "scored.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for at in range(rows):
            shares = {"POSITIVE": 0.8, "NEUTRAL": 0.1, "NEGATIVE": 0.1}
            old = "NEGATIVE" if at % 5 == 0 else "POSITIVE"
            row = {"text": f"Text {at}", "label": "POSITIVE", "old": old, "new": shares, "shop": at % 3}
            file.write(json.dumps(row) + "\n")
    return path


@pytest.mark.slow
def test_columns_are_compared(run: Run, tmp_path: Path) -> None:
    """Two other systems, no model: every format is written, and gates name the columns."""
    outputs = [part for suffix in SUFFIXES for part in ("-o", tmp_path / f"out{suffix}")]
    sides = ("--left", "column:old", "--right", "column:new")
    gates = ("--fail-under", "accuracy.new=1", "--fail-over", "disagreement=0.1", "--slice-by", "shop")
    status, out, err = run("report", _scored(tmp_path, 300), *sides, *outputs, *gates)

    assert 3 == status
    assert out.startswith("300 texts, 300 compared, agreement 80.0%, kappa 0.000\n")
    assert "gate failed: disagreement 0.2000 is over 0.1000" in err
    found = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert ("old", "new") == (found["meta"]["left"]["backend"], found["meta"]["right"]["backend"])
    assert {"left", "right"} == set(found["summary"]["gold"]["graded"])
    assert 0.8 == found["summary"]["gold"]["graded"]["left"]["accuracy"]["value"]
    assert {None} == {pair["decision"]["label"] for pair in found["pairs"]}
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert 300 == len(list(csv.DictReader(file)))
    assert "Do old and new agree?" in (tmp_path / "out.html").read_text("utf-8")


def test_rows_that_were_left_out_are_told(run: Run, tmp_path: Path) -> None:
    """On the page and in JSON, by reason, and in what is made of the JSON."""
    source = tmp_path / "in.csv"
    source.write_text("text,old,new\nFine.,POSITIVE,POSITIVE\n,POSITIVE,POSITIVE\n ,POSITIVE,hm\n")
    sides = ("--left", "column:old", "--right", "column:new")
    outputs = [part for suffix in (".json", ".html", ".md") for part in ("-o", tmp_path / f"a{suffix}")]
    status, out, _ = run("report", source, *sides, *outputs)
    assert (1, "1 text, 2 left out, 1 compared, agreement 100.0%") == (status, out.partition(", kappa")[0])
    where = f"{tmp_path.name}/in.csv:3"
    expected = {"rows": 2, "reasons": [{"problem": "column 'text' is blank", "rows": 2, "first": where}]}
    assert expected == json.loads((tmp_path / "a.json").read_text("utf-8"))["left_out"]
    for page in ("a.html", "a.md"):
        assert "Left out, and counted nowhere: 2 rows." in (tmp_path / page).read_text("utf-8")
    assert where in (tmp_path / "a.html").read_text("utf-8")
    assert f"| `column 'text' is blank` | 2 | `{where}` |" in (tmp_path / "a.md").read_text("utf-8")
    run("report", "--remap", tmp_path / "a.json", "-o", tmp_path / "b.json")
    assert expected == json.loads((tmp_path / "b.json").read_text("utf-8"))["left_out"]


def test_unmapped_answers_lead_to_suggest(run: Run, tmp_path: Path) -> None:
    """The command to paste names the JSON and the contract, and works."""
    source = tmp_path / "in.csv"
    source.write_text("text,old,new\n" + "Fine.,POSITIVE,Positive<|stop|>\n" * 3)
    sides = ("--left", "column:old", "--right", "column:new", "--contract", "polarity")
    err = run("report", source, *sides, "-o", tmp_path / "a.json").err
    (line,) = (line for line in err.splitlines() if "contract suggest" in line)
    command = shlex.split(line.partition(": polarity ")[2])
    assert ["contract", "suggest", str(tmp_path / "a.json"), "--contract", "polarity"] == command
    assert "3 x  {label}<|stop|>" in run(*command).out


@pytest.mark.slow
def test_sides_have_the_names_they_are_given(run: Run, tmp_path: Path) -> None:
    """Pages, JSON, CSV and gates say them, whatever the column is called; a remapped report does, too."""
    source = tmp_path / "in.csv"
    source.write_text("text,label,old model (2025),new\n" + "Fine.,POSITIVE,POSITIVE,hm\n" * 120)
    sides = ("--left", "column:old model (2025)", "--name-left", "before", "--right", "column:new")
    outputs = [part for suffix in (".json", ".html", ".csv") for part in ("-o", tmp_path / f"a{suffix}")]
    gates = ("--fail-under", "accuracy.before=1", "--fail-over", "unmapped.after=0.5")
    status, _, err = run("report", source, *sides, "--name-right", "after", *outputs, *gates)
    assert (3, True) == (status, "gate failed: unmapped.after 1.0000 is over 0.5000" in err)
    assert "Do before and after agree?" in (tmp_path / "a.html").read_text("utf-8")
    assert "before_label,before_rule" in (tmp_path / "a.csv").read_text("utf-8").splitlines()[0]
    left = json.loads((tmp_path / "a.json").read_text("utf-8"))["meta"]["left"]
    assert ("before", "old model (2025)") == (left["name"], left["backend"])

    assert 3 == run("report", "--remap", tmp_path / "a.json", "-o", tmp_path / "b.md", *gates).status
    assert "# Do before and after agree?" in (tmp_path / "b.md").read_text("utf-8")


def test_a_sample_is_drawn_by_its_seed(run: Run, tmp_path: Path) -> None:
    """The same seed draws the same rows, another one others, so many as asked for, in the file's order."""
    source, sides = _scored(tmp_path, 300), ("--left", "column:old", "--right", "column:new")

    def drawn(seed: int) -> list[int]:
        out = tmp_path / "out.json"
        run("report", source, *sides, "--sample", "20", "--seed", seed, "-o", out)
        return [int(pair["id"]) for pair in json.loads(out.read_text("utf-8"))["pairs"]]

    first = drawn(1)
    assert (20, sorted(first)) == (len(first), first)
    assert first == drawn(1)
    assert first != drawn(2)


def test_a_bad_row_leaves_nothing(run: Run, tmp_path: Path) -> None:
    """By --strict, a value that is none on the last line is named, and no file is there, nor part of one."""
    source = _scored(tmp_path, 40)
    with source.open("a", encoding="utf-8") as file:
        file.write('{"text": "Bad.", "old": 3, "new": null}\n')
    outputs = [part for suffix in SUFFIXES for part in ("-o", tmp_path / f"out{suffix}")]
    found = run("report", source, "--strict", "--left", "column:old", "--right", "column:new", *outputs)
    assert 1 == found.status
    assert f"error: {source}:41: column 'old' holds neither text nor probabilities: 3" in found.err
    assert [source] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("sides", "problem"),
    [
        (("--left", "gpt"), "left: 'gpt' is neither bert, llm nor column:NAME"),
        (("--right", "column:"), "right: 'column:' is neither bert, llm nor column:NAME"),
        (("--left", "llm"), "left and right are both 'llm'"),
        (("--left", "column:a", "--right", "column:a"), "are both 'a'"),
        (("--left", "column:a", "--name-left", "b", "--right", "column:b"), "are both 'b'"),
        (("--name-left", "old one"), "--name-left: 'old one' holds a blank"),
        (("--name-right", "bert"), "--name-right: 'bert' is what polarity calls its own"),
        (("--name-right", ""), "--name-right: '' is empty"),
        (
            ("--left", "column:a", "--right", "column:b", "--repeat", "2"),
            "repeat asks the right side again",
        ),
    ],
)
def test_sides_that_there_are_not(run: Run, tmp_path: Path, sides: tuple[str, ...], problem: str) -> None:
    """A usage error, before anything is read."""
    found = run("report", "/nowhere.jsonl", "-o", tmp_path / "out.md", *sides)
    assert 2 == found.status
    assert problem in " ".join(found.err.replace("│", " ").split())


@pytest.mark.parametrize("out", ["scored.csv", "./scored.csv", "link.csv"])
def test_an_input_is_never_overwritten(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    """However it is spelled, an output that is read is refused: it may be the only copy."""
    monkeypatch.chdir(tmp_path)
    Path("scored.csv").write_text("text,old,new\nFine.,POSITIVE,NEGATIVE\n")
    Path("link.csv").symlink_to("scored.csv")
    sides = ("--left", "column:old", "--right", "column:new")
    status, _, err = run("report", "scored.csv", "-o", "fine.md", "-o", out, *sides)
    assert (1, f"error: {Path(out)}: cannot be written: it is read, and would be lost\n") == (status, err)
    assert Path("scored.csv").read_text().startswith("text,old,new\n")
    assert not Path("fine.md").exists()


def test_a_folder_is_no_output(run: Run, tmp_path: Path) -> None:
    """It is said before anything is read, and no other output is written."""
    (tmp_path / "out.json").mkdir()
    status, _, err = run("report", "/nowhere.jsonl", "-o", tmp_path / "a.md", "-o", tmp_path / "out.json")
    assert (1, f"error: {tmp_path / 'out.json'}: cannot be written: is a folder\n") == (status, err)


def test_the_gold_column_can_be_a_side(run: Run, tmp_path: Path) -> None:
    """A system is compared with what people said; gold is then not held against itself."""
    sides = ("--left", "column:label", "--right", "column:old", "--slice-by", "id")
    outputs = ("-o", tmp_path / "out.csv", "-o", tmp_path / "out.json")
    status, out, _ = run("report", _scored(tmp_path, 100), *sides, *outputs)
    assert (0, "100 texts, 100 compared, agreement 80.0%, kappa 0.000") == (status, out.splitlines()[0])
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        (first, *_) = csv.DictReader(file)
    assert (True, "POSITIVE", "NEGATIVE", "1") == (
        first["place"].endswith("/scored.jsonl:1"),
        *(first[name] for name in ("label_label", "old_label", "column id")),
    )
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["summary"]["gold"] is None


def test_a_side_without_any_label_is_an_error(run: Run, tmp_path: Path) -> None:
    """The column is not there, as any other one might not be: those that are there are named."""
    (tmp_path / "in.csv").write_text("text,old\n" + "Fine.,POSITIVE\n" * 3)
    options = ("--left", "column:label", "--right", "column:old", "-o", tmp_path / "o.md")
    status, _, err = run("report", tmp_path / "in.csv", *options)
    problem = "no column 'label'; found 'old'; none of the 3 rows can be used"
    assert (1, f"error: {tmp_path / 'in.csv'}:2: {problem}\n") == (status, err)


def test_the_gold_column_as_a_side_is_read_like_any_other(run: Run, tmp_path: Path) -> None:
    """Numbers that are said to be labels, words in any case, and shares: whatever a column may hold."""
    labels = [2, 0, "Negative", {"0": 0.9, "2": 0.1}, " POSITIVE "]
    rows = [{"text": "Fine.", "Label": label, "old": label} for label in labels]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    sides = ("--left", "column:label", "--right", "column:old", "--labels", "0=NEGATIVE,2=POSITIVE")
    _, out, _ = run("report", tmp_path / "in.jsonl", *sides, "-o", tmp_path / "out.csv")
    assert out.startswith("5 texts, 5 compared, agreement 100.0%")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        read = [row["label_label"] for row in csv.DictReader(file)]
    assert ["POSITIVE", "NEGATIVE", "NEGATIVE", "NEGATIVE", "POSITIVE"] == read


def test_a_bad_cell_is_said_before_a_model_is_asked(run: Run, tmp_path: Path) -> None:
    """Not after an hour of asking: the checkpoint, which there is not, is not even looked for."""
    rows = [*({"text": "Fine.", "prod": "POSITIVE"} for _ in range(40)), {"text": "Fine.", "prod": 5}]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    sides = ("--left", "column:prod", "--right", "llm", "-o", tmp_path / "o.md")
    status, _, err = run("report", tmp_path / "in.jsonl", "--strict", *sides)
    way_out = "if it is a label, say which: fill in --labels '5=?'"
    problem = f"column 'prod' holds neither text nor probabilities: 5; {way_out}"
    assert (1, f"error: {tmp_path / 'in.jsonl'}:41: {problem}\n") == (status, err)
    assert ["in.jsonl"] == [path.name for path in tmp_path.iterdir()]


def test_a_column_that_is_called_like_a_backend_is_none(run: Run, tmp_path: Path) -> None:
    """Readers are not told that BERT said what stands in a column of that name."""
    path = tmp_path / "in.csv"
    path.write_text("text,bert,decision\n" + "Fine.,POSITIVE,POSITIVE\n" * 120)
    sides = ("--left", "column:bert", "--right", "column:decision")
    gate = ("--fail-under", "unmapped.column bert=0")
    status, _, _ = run("report", path, "-o", tmp_path / "o.md", "-o", tmp_path / "o.json", *sides, *gate)
    assert 0 == status
    assert "# Do column bert and column decision agree?" in (tmp_path / "o.md").read_text("utf-8")
    found = json.loads((tmp_path / "o.json").read_text("utf-8"))["meta"]
    assert ("column bert", "column decision") == (found["left"]["backend"], found["right"]["backend"])


@pytest.mark.slow
def test_columns_are_remapped_too(run: Run, tmp_path: Path) -> None:
    """What stood in a column is read again by another contract, and nothing is decided."""
    sides = ("--left", "column:old", "--right", "column:new", "--slice-by", "shop")
    run("report", _scored(tmp_path, 100), *sides, "-o", tmp_path / "a.json")
    status, out, _ = run("report", "--remap", tmp_path / "a.json", "-o", tmp_path / "b.json")
    first, second = (json.loads((tmp_path / name).read_text("utf-8")) for name in ("a.json", "b.json"))
    assert (0, first["summary"], first["pairs"]) == (status, second["summary"], second["pairs"])
    assert out.startswith("100 texts, 100 compared, agreement 80.0%")


@pytest.mark.slow
def test_gates_on_remapped_columns(run: Run, tmp_path: Path) -> None:
    """They go by the names in the report."""
    sides = ("--left", "column:old", "--right", "column:new", "-o", tmp_path / "a.json")
    run("report", _scored(tmp_path, 100), *sides)
    again = (
        "report",
        "--remap",
        tmp_path / "a.json",
        "-o",
        tmp_path / "b.md",
        "--fail-over",
        "unmapped.new=0",
    )
    assert 3 == run(*again, "--fail-under", "accuracy.old=0.9").status
    assert 0 == run(*again, "--fail-under", "accuracy.old=0.8").status
    assert "no measure 'accuracy.bert'" in run(*again, "--fail-under", "accuracy.bert=0.5").err


@pytest.mark.parametrize("limit", [(), ("--limit", "5")])
def test_a_mistyped_column_is_an_error(run: Run, tmp_path: Path, limit: tuple[str, ...]) -> None:
    """Not only that of the text: without its gold or ids a report would silently say less."""
    sides = ("--left", "column:old", "--right", "column:new", "-o", tmp_path / "o.md")
    for option in ("--label-column", "--id-column"):
        status, _, err = run("report", _scored(tmp_path, 10), *sides, option, "nope", *limit)
        assert (1, True) == (status, "no row that was read has a column 'nope'; found 'text', 'label'" in err)


def test_a_limit_is_of_each_file(run: Run, tmp_path: Path) -> None:
    """The first rows of every one, as in every command."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("text,gold,old,new\n" + "Fine.,POSITIVE,POSITIVE,neutral\n" * 3)
    options = ("--left", "column:old", "--right", "column:new", "--label-column", "gold", "--limit", "2")
    status, out, err = run(
        "report", tmp_path / "a.csv", tmp_path / "b.csv", *options, "-o", tmp_path / "o.md"
    )
    assert (0, True) == (status, out.startswith("4 texts, 4 compared")), err
