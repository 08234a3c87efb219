"""The round trip with Label Studio: tasks and annotations in its published form.

Its form is held against what its documentation describes ("Basic Label Studio JSON", "Import pre-annotated
data") as a JSON Schema here, and, where its SDK is installed, against the SDK's own judgement.
"""

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import jsonschema
import pytest

from polarity.errors import RecordError
from polarity.review.label_studio import config, read_annotations, task
from polarity.review.queueing import draw_round
from polarity.settings import ReviewSettings
from polarity.store import Desk, Queued, Store
from tests.store.helpers import recorded

from .helpers import LABELS, asked, bert, both, candidate, llm

REGION = {
    "type": "object",
    "required": ["from_name", "to_name", "type", "value"],
    "properties": {
        "id": {"type": "string"},
        "from_name": {"type": "string"},
        "to_name": {"type": "string"},
        "type": {"type": "string"},
        "value": {"type": "object"},
    },
}
TASKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {"type": "object", "required": ["text"]},
            "predictions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["result"],
                    "properties": {
                        "model_version": {"type": "string"},
                        "score": {"type": "number", "minimum": 0, "maximum": 1},
                        "result": {"type": "array", "items": REGION},
                    },
                },
            },
        },
    },
}


@pytest.fixture
def queued(store: Store) -> Queued:
    """A decision that two backends disagree about, and a candidate, too."""
    recorded(store, asked(0, both(bert("POSITIVE", 0.7), llm("NEGATIVE"))), candidate(0, "NEUTRAL"))
    desk = Desk(store)
    draw_round(desk, LABELS, ReviewSettings(audit_share=1.0))
    return desk.waiting("ana", 1)[0]


def _annotated(
    made: dict[str, Any], *results: list[dict[str, Any]], by: Any = 3, **more: Any
) -> list[dict[str, Any]]:
    annotations = [{"id": 9, "result": result, "completed_by": by, **more} for result in results]
    return [made | {"id": 1, "annotations": annotations, "project": 1}]


def _choice(name: str, value: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [value]}}


def _export(folder: Path, tasks: Any) -> Path:
    path = folder / "export.json"
    path.write_text(json.dumps(tasks), "utf-8")
    return path


def test_a_task_has_a_prediction_of_each_side(queued: Queued) -> None:
    """In the form that is documented: a label, its probability where there is one, and who says so."""
    made = task(queued, blind=False)
    jsonschema.validate([made], TASKS)
    said = [(one["model_version"], one["result"][0]["value"]["choices"]) for one in made["predictions"]]
    assert [("bert: tiny", ["POSITIVE"]), ("llm", ["NEGATIVE"]), ("next", ["NEUTRAL"])] == said
    assert [0.7, None, 0.9] == [one.get("score") for one in made["predictions"]]


def test_a_blind_task_is_the_text_alone(queued: Queued) -> None:
    """And what the annotations are put back by."""
    made = task(queued, blind=True)
    expected = {"text": "text 0", "decision": queued.decision.id, "request": "pol-0", "index": 0}
    assert {"data": expected, "predictions": []} == made


def test_the_configuration_names_what_the_tasks_hold(queued: Queued) -> None:
    """Each region's part is there, connected to the text, with all labels; markup in a label is escaped."""
    view = fromstring(config([*LABELS, '<b>&"']))  # noqa: S314 - our own
    parts = {part.get("name"): part for part in view}
    assert "$text" == parts["text"].get("value")
    assert [*LABELS, '<b>&"', "cannot_tell"] == [one.get("value") for one in parts["label"]]
    for prediction in task(queued, blind=False)["predictions"]:
        (region,) = prediction["result"]
        assert region["to_name"] == parts[region["from_name"]].get("toName")


def test_the_sdk_takes_both(queued: Queued) -> None:
    """Label Studio's own SDK reads the configuration and finds no fault with a prediction of a task."""
    sdk = pytest.importorskip("label_studio_sdk.label_interface", reason="without label-studio-sdk")
    interface = sdk.LabelInterface(config(LABELS))
    interface.validate()
    for prediction in task(queued, blind=False)["predictions"]:
        assert [] == interface.validate_prediction(prediction, return_errors=True)


def test_an_annotation_comes_back(queued: Queued, tmp_path: Path) -> None:
    """Label, mapping, note, who and when."""
    note = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["two", "lines"]}}
    result = [_choice("label", "NEUTRAL"), _choice("mapping", "wrong"), note]
    by = {"id": 3, "email": "Ana@example.org"}
    made = _annotated(task(queued, blind=False), result, by=by, created_at="2026-11-26T12:00:00.000000Z")
    (said,) = read_annotations(_export(tmp_path, made), LABELS)
    assert ("pol-0", 0, "ana@example.org", "NEUTRAL", True, "two\nlines", 12) == (
        said.request,
        said.index,
        said.reviewer,
        said.verdict,
        said.mapping_wrong,
        said.note,
        said.at.hour if said.at else None,
    )


def test_what_was_skipped_says_nothing(queued: Queued, tmp_path: Path) -> None:
    """Nor does an annotation without a label, or a part that somebody has added to the project."""
    other = {"from_name": "mood", "to_name": "text", "type": "rating", "value": {"rating": 3}}
    skipped = _annotated(task(queued, blind=True), [_choice("label", "NEUTRAL")], was_cancelled=True)
    assert [] == read_annotations(_export(tmp_path, skipped), LABELS)
    assert [] == read_annotations(
        _export(tmp_path, _annotated(task(queued, blind=True), [other], [])), LABELS
    )


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ({"a": 1}, "should be a list; export the project as JSON"),
        (
            [{"id": 1, "text": "fine", "label": "POSITIVE"}],
            "0.data: is missing; export the project as JSON",
        ),
        (
            [{"data": {"text": "fine", "decision": 1, "request": "a", "index": 0}, "annotations": 3}],
            "0.annotations: should be a list",
        ),
    ],
)
def test_what_is_no_export_is_a_sentence(tmp_path: Path, tasks: Any, said: str) -> None:
    """It names the place, and what to export."""
    with pytest.raises(RecordError) as caught:
        read_annotations(_export(tmp_path, tasks), LABELS)
    assert said in str(caught.value)


def test_a_foreign_label_is_refused(queued: Queued, tmp_path: Path) -> None:
    """Nobody would know what was meant: the file is taken whole or not at all."""
    made = _annotated(task(queued, blind=True), [_choice("label", "ANGRY")])
    with pytest.raises(RecordError, match=r"0\.annotations\.0: the label 'ANGRY' is not one of NEGATIVE, "):
        read_annotations(_export(tmp_path, made), LABELS)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Is a sentence, too."""
    with pytest.raises(RecordError, match="cannot be read: No such file"):
        read_annotations(tmp_path / "none.json", LABELS)


def test_what_label_studio_itself_exported() -> None:
    """Two tasks of Label Studio 1.23.2, which had imported ours: one labelled, with a note, one skipped."""
    export = Path(__file__).with_name("label_studio_export.json")
    (said,) = read_annotations(export, LABELS)
    assert ("pol-6", "label studio 1", "cannot_tell", True, "<b>hm</b>") == (
        said.request,
        said.reviewer,
        said.verdict,
        said.mapping_wrong,
        said.note,
    )
