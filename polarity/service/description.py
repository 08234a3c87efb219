"""What `/openapi.json` says beyond what the framework finds out: the request body and the problems."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from polarity.service.problems import MEDIA_TYPE, PROBLEMS, Code, Problem, ProblemError
from polarity.service.schemas import PolarityRequest

SUMMARY: Final = "One label for a text, from a BERT or an LLM, through one strict contract."
REFERENCE: Final = "#/components/schemas/{model}"

REQUEST_BODY: Final[Mapping[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": REFERENCE.format(model="PolarityRequest")},
            "examples": {
                "one text": {"value": {"input": "The refund arrived a day early."}},
                "a batch, explained": {
                    "value": {"input": ["Not great.", "The store opens at nine."], "explain": True}
                },
            },
        }
    },
}

ID_PARAMETER: Final[Mapping[str, Any]] = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The `id` of a response.",
    "schema": {"type": "string"},
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that an operation may answer with, one example a code.

    >>> list(responses(504)[504]["content"]["application/problem+json"]["examples"])
    ['deadline']
    """
    return {
        status: _response([code for code in PROBLEMS if PROBLEMS[code][0] == status]) for status in statuses
    }


def _response(codes: list[Code]) -> dict[str, Any]:
    content = {
        "schema": {"$ref": REFERENCE.format(model="Problem")},
        "examples": {code: {"value": _example(code)} for code in codes},
    }
    return {"description": "; ".join(PROBLEMS[code][1] for code in codes), "content": {MEDIA_TYPE: content}}


def _example(code: Code) -> dict[str, Any]:
    return ProblemError(code, PROBLEMS[code][1].lower()).problem().model_dump()


class DescribedAPI(FastAPI):
    """FastAPI, with the models that it does not see because we read bodies and write problems ourselves."""

    def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            _, definitions = models_json_schema(
                [(PolarityRequest, "validation"), (Problem, "serialization")], ref_template=REFERENCE
            )
            document["components"]["schemas"] |= definitions["$defs"]
            self.openapi_schema = document
        return self.openapi_schema
