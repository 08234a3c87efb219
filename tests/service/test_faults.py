"""Texts without a label: what the caller is told, and what the log."""

from typing import Literal

import pytest

from polarity.service.faults import decided
from polarity.service.problems import ProblemError
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    ContractRef,
    Failure,
    RawOutput,
    Undecided,
    Unmapped,
)

from .helpers import Broken, Refusing, Say, Scripted, bert, fails, says, service


@pytest.mark.parametrize(
    ("say", "status", "code", "reason", "detail"),
    [
        (says("not positive"), 502, "unmapped", "negated", "no rule accounts for the answer: negated"),
        (says("mixed"), 502, "unmapped", "abstained", "the model declined to choose (abstain/mixed)"),
        (fails("timeout"), 504, "deadline", "timeout", "llm: timeout"),
        (fails("connection"), 503, "unavailable", "connection", "llm: connection"),
        (fails("text_too_long"), 422, "text_too_long", "text_too_long", "llm: text_too_long"),
        (fails("text_refused"), 422, "text_refused", "text_refused", "llm: text_refused"),
        (fails("rejected"), 503, "unavailable", "rejected", "llm: rejected"),
        (fails("bad_response"), 503, "unavailable", "bad_response", "llm: bad_response"),
    ],
)
def test_a_text_without_a_label_is_an_explicit_error(
    say: Say, status: int, code: str, reason: str, detail: str
) -> None:
    """No label is ever made up; the error names the text and says why, in the closed words."""
    with service(Scripted("llm", say)) as client:
        answer = client.post("/polarity", json={"input": ["Hm."]})
    assert (status, status) == (answer.status_code, answer.json()["status"])
    assert [{"code": code, "detail": detail, "reason": reason, "index": 0}] == answer.json()["errors"]
    assert (code, "1 of 1 text got no label: index 0") == (answer.json()["code"], answer.json()["detail"])
    assert (reason == "connection") == ("retry-after" in answer.headers)


@pytest.mark.parametrize(
    ("texts", "status", "code"),
    [
        (["mixed", "timeout", "connection"], 503, "unavailable"),
        (["mixed", "timeout", "fine"], 504, "deadline"),
        (["mixed", "fine"], 502, "unmapped"),
    ],
)
def test_of_several_faults_the_one_that_waiting_mends_names_the_error(
    texts: list[str], status: int, code: str
) -> None:
    """503 goes before 504 before 502, and each failed text is listed."""

    def say(text: str) -> RawOutput:
        match text:
            case "timeout" | "connection":
                return fails(text)(text)
            case "fine":
                return Completion(text="positive")
            case _:
                return Completion(text=text)

    with service(Scripted("llm", say)) as client:
        answer = client.post("/polarity", json={"input": texts})
    assert (status, code) == (answer.status_code, answer.json()["code"])
    expected = [at for at, text in enumerate(texts) if text != "fine"]
    assert expected == [item["index"] for item in answer.json()["errors"]]
    listed = ", ".join(str(at) for at in expected)
    assert f"{len(expected)} of {len(texts)} texts got no label: index {listed}" == answer.json()["detail"]


def test_explain_shows_what_was_said_of_a_text_without_a_label() -> None:
    """Each failed text carries the answers about it: what the LLM said, and why it was refused."""
    say = {"Fine.": "positive", "Hm.": "not positive \ud800"}
    with service(Scripted("llm", lambda text: Completion(text=say[text]))) as client:
        batch = {"input": ["Fine.", "Hm."], "explain": True}
        (item,) = client.post("/polarity", json=batch).json()["errors"]
    said, read = (item["answers"]["llm"][name] for name in ("raw", "outcome"))
    assert (1, "not positive \ufffd") == (item["index"], said["text"])
    assert ["kind", "text", "finish_reason", "refusal", "reasoning", "truncated", "quoted"] == list(said)
    assert ["kind", "reason", "span", "coverage"] == list(read)
    assert ("unmapped", item["reason"]) == (read["kind"], read["reason"])


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize(
    ("backends", "warnings"),
    [
        (
            [Scripted("llm", fails("timeout"))],
            "answers that failed: 2: 2 x llm: timeout ('http://10.0.0.7/v1')",
        ),
        (
            [bert(0.7), Scripted("llm", fails("connection"))],
            "answers that failed: 2: 2 x llm: connection ('http://10.0.0.7/v1')",
        ),
        ([bert(0.7), Broken("llm", says(""))], "10.0.0.7"),
        ([Broken("bert", says("")), Broken("llm", says(""))], "10.0.0.7"),
    ],
)
def test_no_caller_sees_an_address_of_ours_and_the_log_names_it_once(
    caplog: pytest.LogCaptureFixture,
    backends: list[Scripted],
    warnings: str,
    explain: bool,
) -> None:
    """A failure's detail goes into one warning a request, never into an answer; the texts into neither."""
    with service(*backends) as client:
        answer = client.post("/polarity", json={"input": ["my s3cret", "Hm."], "explain": explain})
    assert "10.0.0.7" not in answer.text
    (warning,) = caplog.messages
    assert warnings in warning
    assert "s3cret" not in warning


def test_an_unusable_backend_is_a_503_that_names_no_address() -> None:
    """A backend that cannot answer at all gives 503 with Retry-After."""
    with service(Broken("llm", says(""))) as client:
        answer = client.post("/polarity", json={"input": "Hm."})
    assert (503, "unavailable") == (answer.status_code, answer.json()["code"])
    assert answer.headers["retry-after"] == "5"
    assert "10.0.0.7" not in answer.text


def test_a_refused_key_is_no_matter_of_waiting() -> None:
    """The reason is named, and nobody is told to come back."""
    with service(Refusing("llm", says(""))) as client:
        answer, ready = client.post("/polarity", json={"input": "Hm."}), client.get("/readyz")
    assert (503, "unauthorized") == (answer.status_code, answer.json()["errors"][0]["reason"])
    assert (503, "unauthorized") == (ready.status_code, ready.json()["errors"][0]["reason"])
    assert "retry-after" not in {*answer.headers, *ready.headers}
    assert "10.0.0.7" not in answer.text


@pytest.mark.parametrize(
    ("why", "expected"), [("unmapped", "negated"), ("unavailable", "connection"), ("abstained", "abstained")]
)
def test_the_reason_is_that_of_the_outcome_which_left_the_text_undecided(
    why: Literal["unmapped", "unavailable", "abstained"], expected: str
) -> None:
    """Whatever the other backend said, and in whatever order they are held."""
    ref, failure = ContractRef("c", "1.0.0", "0"), Failure(reason="connection")
    said = Completion(text="")
    mapped = (
        Abstention(rule="abstain/mixed", contract=ref)
        if why == "abstained"
        else Unmapped(reason="negated", contract=ref)
    )
    answers = {"bert": Answer(failure, failure), "llm": Answer(said, mapped)}
    with pytest.raises(ProblemError) as refused:
        decided([Undecided(reason=why, detail="", answers=answers)], explain=False)
    assert [expected] == [item.reason for item in refused.value.errors]
