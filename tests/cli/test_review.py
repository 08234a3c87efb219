"""`polarity review`: the queue, the round trip with Label Studio, and what comes of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polarity.store import Store, open_store
from tests.review.helpers import agreed, asked, bert, both, llm
from tests.store.helpers import recorded

from .conftest import Run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in the folder where the command runs, with three decisions, and settings that name it."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    review = "[review]\naudit_share = 1.0\nread_twice = 0.0\n"
    (tmp_path / "polarity.toml").write_text(f'[store]\nenabled = true\nurl = "{url}"\n{review}', "utf-8")
    with open_store(url) as opened:
        recorded(opened, agreed(0), agreed(1), asked(2, both(bert("POSITIVE"), llm(None))))
        yield opened


def _label(path: Path, label: str) -> None:
    tasks: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    region = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label]}}
    labelled = [one | {"annotations": [{"result": [region], "completed_by": 3}]} for one in tasks]
    path.write_text(json.dumps(labelled), "utf-8")


@pytest.mark.usefixtures("store")
def test_from_the_draw_to_the_results(run: Run, tmp_path: Path) -> None:
    """Each command says what it did, and the results are of what was imported."""
    assert (0, "drawn: 3 of 3 decisions (2 audit, 1 unmapped); read them at /review\n") == run(
        "review", "draw"
    )[:2]
    assert (0, "nothing has come since that people should read\n") == run("review", "draw")[:2]
    out = tmp_path / "tasks.json"
    assert (0, f"wrote {out}: 3 tasks\n") == run("review", "export", out)[::2]
    _label(out, "POSITIVE")
    assert (0, "took 3 reviews of 3 decisions\n") == run("review", "import", out)[::2]
    said = "took 0 reviews of 3 decisions; 3 were there already\n"
    assert said == run("review", "import", out).err
    lines = run("review", "results").out.splitlines()
    assert "read 3, used 3, settled 3, open 0" == lines[0]
    assert "llm: accuracy 66.7% (66.7% to 66.7%) by 3 rows" in lines
    assert "bert less decision: +0.0 (+0.0 to +0.0) points by 3 rows, all with the same label" in lines
    assert any(line.endswith(" points by 3 rows, 1 with another label") for line in lines)
    found = json.loads(run("review", "results", "--json").out)
    assert {"decision": 1.0, "bert": 1.0} == {
        side["name"]: side["accuracy"]["value"] for side in found["sides"] if side["name"] != "llm"
    }


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["export", "tasks.json"], "error: tasks.json: nothing waits to be read"),
        (["export", "tasks.csv"], "error: tasks.csv: tasks for Label Studio are JSON: name a file that ends"),
        (["import", "none.json"], "error: none.json: cannot be read: No such file or directory"),
        (["export", "no/tasks.json"], "error: no/tasks.json: cannot be written: no such folder: 'no'"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(run: Run, args: list[str], said: str) -> None:
    """It names the file, and the command fails."""
    status, out, err = run("review", *args)
    assert (1, "", True) == (status, out, err.startswith(said)), err


def test_before_anybody_has_read_there_are_no_figures(run: Run, store: Store) -> None:
    """An empty queue has no results, and says so by its zeros, and how there would be some."""
    assert list(store.decisions())
    zeros = "read 0, used 0, settled 0, open 0\n"
    assert (
        f"{zeros}nobody has read any yet: polarity review draw, then /review\n"
        == run("review", "results").out
    )
