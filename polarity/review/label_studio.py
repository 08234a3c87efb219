"""Round trip with Label Studio: decisions that were drawn become tasks, its annotations become reviews.

The form is that of its "Basic Label Studio JSON": a task is `{"data": {...}, "predictions": [...]}`, an
export is a list of tasks with `annotations`, each of which holds a `result`, a list of regions with
`from_name`, `to_name`, `type` and `value`. What stands in the regions follows from the labelling
configuration, which `config` gives.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from polarity.errors import RecordError
from polarity.review.voices import candidates_voices, voices_of
from polarity.store import CANNOT_TELL, Queued, Setup
from polarity.validation import said_of

LABEL, MAPPING, NOTE, TEXT = "label", "mapping", "note", "text"  # the names of the parts of the configuration
WRONG: Final = "wrong"


def config(labels: Sequence[str]) -> str:
    """Give the labelling configuration, XML, of a project for these labels: paste it there before the import.

    >>> config(["NEGATIVE", "POSITIVE"]).splitlines()[1].strip()
    '<Text name="text" value="$text" />'
    """
    view = Element("View")
    SubElement(view, "Text", name=TEXT, value="$text")
    choices = SubElement(view, "Choices", name=LABEL, toName=TEXT, choice="single-radio", required="true")
    for label in labels:
        SubElement(choices, "Choice", value=label)
    SubElement(choices, "Choice", value=CANNOT_TELL)
    mapping = SubElement(view, "Choices", name=MAPPING, toName=TEXT, choice="multiple")
    SubElement(mapping, "Choice", value=WRONG)
    SubElement(view, "TextArea", name=NOTE, toName=TEXT, rows="2", maxSubmissions="1")
    indent(view)
    return tostring(view, encoding="unicode")


def task(one: Queued, *, blind: bool) -> dict[str, Any]:
    """Give a decision as a task, with a prediction of each side that states a label; none where it is blind.

    `data` holds the text and what the annotations are put back by: the id of the decision in the store.
    """
    decision = one.decision
    data = {
        TEXT: decision.text,
        "decision": decision.id,
        "request": decision.request_id,
        "index": decision.index,
    }
    if blind:
        return {"data": data, "predictions": []}
    data |= {"reason": one.selection.reason, "decided_by": decision.decided_by}
    predictions = []
    for voice in [*voices_of(decision), *candidates_voices(one.candidates)]:
        if voice.label is not None:
            named = _version(voice.name, decision.setup)
            predictions.append(_prediction(named, voice.label, (voice.scores or {}).get(voice.label)))
    return {"data": data, "predictions": predictions}


def _version(name: str, setup: Setup) -> str:
    model = setup.models.get(name)
    return f"{name}: {model.name}" if model else name


def _prediction(version: str, label: str, score: float | None) -> dict[str, Any]:
    region = {"id": version, "from_name": LABEL, "to_name": TEXT, "type": "choices"}
    found: dict[str, Any] = {"model_version": version, "result": [region | {"value": {"choices": [label]}}]}
    return found if score is None else found | {"score": score}


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Annotation(_Form):
    """One annotation of an export: who gave it, and what stands in its parts.

    `completed_by` is a user's number, or an object with it.
    """

    result: list[dict[str, Any]]
    completed_by: Any = None
    was_cancelled: bool = False
    created_at: datetime | None = None


class _Data(_Form):
    decision: int
    request: str
    index: int


class _Task(_Form):
    data: _Data
    annotations: list[Annotation]


_EXPORT = TypeAdapter(list[_Task])


class Said(_Form):
    """What an annotation says of a decision, as a review holds it; `request` and `index` name its text."""

    decision_id: int
    request: str
    index: int
    reviewer: str
    verdict: str
    mapping_wrong: bool
    note: str
    at: datetime | None


def read_annotations(path: Path, labels: Sequence[str]) -> list[Said]:
    """Read an export, "JSON"; of "JSON-MIN" nobody could tell whose the labels are.

    Annotations that were skipped, and tasks without any, say nothing.

    Raises:
        RecordError: the file cannot be read, is no such export, or states a label that the contract does not
        have.
    """
    try:
        tasks = _EXPORT.validate_json(path.read_bytes())
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", path=path) from None
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        told = f"{place}: {said_of(problem)}" if place else said_of(problem)
        raise RecordError(
            f"{told}; export the project as JSON, with tasks that `polarity review export` made", path=path
        ) from None
    return [said for at, one in enumerate(tasks) for said in _said(one, at, labels, path)]


def _said(one: _Task, at: int, labels: Sequence[str], path: Path) -> Iterator[Said]:
    for number, annotation in enumerate(one.annotations):
        parts = _parts(annotation.result)
        if annotation.was_cancelled or LABEL not in parts:
            continue
        verdict = parts[LABEL][0]
        if verdict not in (*labels, CANNOT_TELL):
            known = ", ".join((*labels, CANNOT_TELL))
            place = f"{at}.annotations.{number}"
            raise RecordError(f"{place}: the label {verdict!r} is not one of {known}", path=path)
        yield Said(
            decision_id=one.data.decision,
            request=one.data.request,
            index=one.data.index,
            reviewer=_reviewer(annotation.completed_by),
            verdict=verdict,
            mapping_wrong=WRONG in parts.get(MAPPING, ()),
            note="\n".join(parts.get(NOTE, ())),
            at=annotation.created_at,
        )


def _parts(result: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Give what stands in each part of the configuration; a region of another form says nothing."""
    found = {}
    for region in result:
        value = region.get("value")
        given = value.get("choices") or value.get("text") if isinstance(value, dict) else None
        texts = [given] if isinstance(given, str) else given
        if texts and isinstance(texts, list) and all(isinstance(one, str) for one in texts):
            found[str(region.get("from_name"))] = texts
    return found


def _reviewer(completed_by: Any) -> str:
    """Name who gave an annotation: by the address, where an export has it, else by the number.

    >>> _reviewer({"id": 3, "email": "Ana@example.org"}), _reviewer(3)
    ('ana@example.org', 'label studio 3')
    """
    if isinstance(completed_by, dict):
        return str(completed_by.get("email") or f"label studio {completed_by.get('id')}").casefold()
    return f"label studio {completed_by}"


def spelled(tasks: Iterable[Mapping[str, Any]]) -> str:
    """Write tasks down as the one JSON array that Label Studio imports."""
    return json.dumps(list(tasks), ensure_ascii=False, indent=1) + "\n"
