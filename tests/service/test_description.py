"""The OpenAPI document."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import pytest

from polarity.service.description import REQUEST_BODY
from polarity.service.problems import MEDIA_TYPE, PROBLEMS, Code, ProblemError
from polarity.service.schemas import PolarityRequest, PolarityResponse

from .helpers import Scripted, bert, says, service


def _document(api_keys: Sequence[str] = ()) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    with service(bert(), api_keys=api_keys) as client:
        document: dict[str, dict[str, dict[str, dict[str, object]]]] = client.get("/openapi.json").json()
    return document


def test_the_version_is_the_packages() -> None:
    """Whoever reads the document finds its changes in the changelog."""
    assert version("polarity") == _document()["info"]["version"]


@pytest.mark.parametrize("name", REQUEST_BODY["content"]["application/json"]["examples"])
def test_the_examples_of_the_request_work(name: str) -> None:
    """Each is answered with labels when it is sent as it stands there."""
    with service(bert(), Scripted("llm", says("positive"))) as client:
        body = client.get("/openapi.json").json()["paths"]["/polarity"]["post"]["requestBody"]
        example = body["content"]["application/json"]["examples"][name]["value"]
        answer = client.post("/polarity", json=example)
    texts = example["input"] if isinstance(example["input"], list) else [example["input"]]
    assert (200, len(texts)) == (answer.status_code, len(answer.json()["results"]))


def test_every_reference_leads_somewhere() -> None:
    """The models that the framework does not see are there too."""
    document = _document()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert set() == named - set(document["components"]["schemas"])
    assert {"PolarityRequest", "PolarityResponse", "Problem"} <= set(document["components"]["schemas"])


def test_every_model_is_referred_to() -> None:
    """No type of the inside stands there that nobody is shown; other members of a failure are not told."""
    document = _document()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document["paths"])))
    while more := set(re.findall(r'"#/components/schemas/([^"]+)"', _said(document, named))) - named:
        named |= more
    assert set(document["components"]["schemas"]) == named


def _said(document: Mapping[str, Any], models: Iterable[str]) -> str:
    return json.dumps([document["components"]["schemas"][name] for name in models])


def test_every_problem_is_documented_with_an_example() -> None:
    """Each code that `POST /polarity` can answer with has an example under its status."""
    responses = _document()["paths"]["/polarity"]["post"]["responses"]
    assert isinstance(responses, dict)
    codes = {
        code for one in responses.values() for code in one["content"].get(MEDIA_TYPE, {}).get("examples", {})
    }
    assert set(PROBLEMS) - {"not_found", "method_not_allowed", "reload_refused"} == codes


@pytest.mark.parametrize("model", [PolarityRequest, PolarityResponse])
def test_examples_are_valid(model: type[PolarityRequest | PolarityResponse]) -> None:
    """What the documentation shows is what the models take."""
    extra = model.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    examples = extra["examples"]
    assert isinstance(examples, list)
    assert examples
    for example in examples:
        model.model_validate(example)


@pytest.mark.parametrize("keys", [[], ["k"]])
def test_a_key_is_documented_where_one_is_needed(keys: list[str]) -> None:
    """Only a service with keys says that it wants one."""
    assert bool(keys) == ("security" in _document(keys)["paths"]["/polarity"]["post"])


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_has_the_members_of_the_rfc(code: Code) -> None:
    """Type, title, status and detail are always there, the code too."""
    problem = ProblemError(code, "why").problem()
    assert (f"urn:polarity:problem:{code}", "why", code) == (problem.type, problem.detail, problem.code)
    assert 400 <= problem.status < 600
