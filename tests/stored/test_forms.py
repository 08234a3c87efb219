"""The fields of raw outputs and outcomes: what stands in their types stands everywhere, and nothing else."""

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest

from polarity.contract import load_contract, mapper
from polarity.errors import RecordError
from polarity.service import create_app
from polarity.service.views import answer_view
from polarity.settings import Settings
from polarity.stored import outcome_from, raw_from, spelled
from polarity.stored.forms import ALWAYS_WRITTEN, NAMED_ONCE, UNSHOWN
from polarity.stored.outputs import OUTCOME_FORM, RAW_FORM
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    Failure,
    Outcome,
    RawOutput,
    Scores,
    Unmapped,
    Verdict,
)

CONTRACT = load_contract()
EXAMPLES: list[RawOutput | Outcome] = [
    Scores(probabilities={"negative": 0.25, "positive": 0.75}, source="softmax"),
    Completion(text="mostly positive"),
    Failure(reason="timeout"),
    Verdict(label="POSITIVE", rule="exact/positive", contract=CONTRACT.ref),
    Abstention(rule="abstain/mixed", contract=CONTRACT.ref),
    Unmapped(reason="empty", contract=CONTRACT.ref),
]
each = pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: value.kind)

Schemas = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    """The models of the OpenAPI document."""
    found: Schemas = create_app(Settings()).openapi()["components"]["schemas"]
    return found


def own(value: RawOutput | Outcome) -> list[str]:
    """The fields that are written, in the order of the type, and `kind` before them."""
    return ["kind", *(field.name for field in fields(value) if field.name not in NAMED_ONCE)]


def schema(value: RawOutput | Outcome) -> dict[str, Any]:
    """What JSON Schema says of the value's kind."""
    form = RAW_FORM if isinstance(value, RawOutput) else OUTCOME_FORM
    found: dict[str, Any] = form.json_schema()["$defs"][type(value).__name__]
    return found


def read(value: RawOutput | Outcome, stored: dict[str, Any]) -> RawOutput | Outcome:
    """What is read of a stored value of the same kind."""
    if isinstance(value, RawOutput):
        return raw_from(stored, "value")
    return outcome_from(stored, CONTRACT.ref, "value")


@each
def test_a_writer_and_the_schema_name_exactly_the_fields_of_the_type(value: RawOutput | Outcome) -> None:
    """A field that a type gets or loses is written and described, or is not, with nothing else said."""
    assert own(value) == list(spelled(value))
    assert own(value) == list(schema(value)["properties"])
    assert schema(value)["additionalProperties"] is False


@each
def test_a_reader_takes_exactly_the_fields_of_the_type(value: RawOutput | Outcome) -> None:
    """All of them are taken, and each may be missing that has a default, but for what was always written."""
    stored = spelled(value)
    assert value == read(value, stored)
    optional = {
        field.name
        for field in fields(value)
        if field.default is not MISSING and field.name not in ALWAYS_WRITTEN
    }
    assert set(own(value)) - optional == set(schema(value)["required"])
    for name in own(value):
        without = {key: member for key, member in stored.items() if key != name}
        if name in optional:
            assert value == read(value, without)
        else:
            with pytest.raises(RecordError, match=r"is missing|tag"):
                read(value, without)
    with pytest.raises(RecordError, match="Extra inputs"):
        read(value, stored | {"odd": 1})


def test_the_endpoint_describes_exactly_the_fields_that_it_shows(schemas: Schemas) -> None:
    """Each kind has its schema in the OpenAPI document: the type's fields, without what is never shown."""
    expected = {
        f"{type(value).__name__}View": [name for name in own(value) if name not in UNSHOWN]
        for value in EXAMPLES
    }
    assert expected == {name: list(schemas[name]["properties"]) for name in expected}
    assert expected == {name: schemas[name]["required"] for name in expected}


def test_the_endpoint_says_what_each_member_means(schemas: Schemas) -> None:
    """None is without a description, and where there is nothing readers of JSON are told of null."""
    shown = {f"{type(value).__name__}View": schemas[f"{type(value).__name__}View"] for value in EXAMPLES}
    shown["SpanView"] = schemas["SpanView"]
    said = {
        f"{name}.{member}": found.get("description", "")
        for name, model in shown.items()
        for member, found in model["properties"].items()
    }
    assert [] == [member for member, description in said.items() if not description]
    assert "The id of the rule that fired." == said["VerdictView.rule"]
    assert "By name, null where the backend gave no number." == said["ScoresView.probabilities"]
    assert "None" not in json.dumps(shown)


@pytest.mark.parametrize(
    ("member", "kinds"),
    [("raw", (Scores, Completion, Failure)), ("outcome", (Verdict, Abstention, Unmapped, Failure))],
)
def test_the_endpoint_tells_kinds_apart(schemas: Schemas, member: str, kinds: tuple[type, ...]) -> None:
    """Client generators see which kinds there are, and that `kind` names them."""
    mapping = {kind.__name__.lower(): f"#/components/schemas/{kind.__name__}View" for kind in kinds}
    described = schemas["AnswerView"]["properties"][member]
    assert {"propertyName": "kind", "mapping": mapping} == described["discriminator"]
    assert set(mapping.values()) == {one["$ref"] for one in described["oneOf"]}


@each
def test_the_endpoint_shows_exactly_what_it_describes(schemas: Schemas, value: RawOutput | Outcome) -> None:
    """An explained answer has the described members, no more and no fewer, also those that are null."""
    raw = value if isinstance(value, RawOutput) else Completion(text="")
    outcome = Failure(reason="timeout") if isinstance(value, Scores | Completion) else value
    shown = json.loads(answer_view(Answer(raw, outcome)).model_dump_json())
    for member in (shown["raw"], shown["outcome"]):
        assert list(schemas[f"{member['kind'].title()}View"]["properties"]) == list(member)


def test_mapped_outcomes_are_among_the_kinds() -> None:
    """What the mapper really gives is spelled with its own kind."""
    said = {"mostly positive": "verdict", "mixed": "abstention", "": "unmapped"}
    found = {text: spelled(mapper.map(Completion(text=text), CONTRACT))["kind"] for text in said}
    assert said == found
