"""What servers say of an error, in their own shapes, and what it means."""

import pytest

from polarity.backends.completer.complaints import Complaint, complaint_in, reason_of, status_in

SHAPES: list[tuple[object, str, str | None]] = [
    ({"error": {"message": "No.", "type": "x", "param": "stop", "code": None}}, "stop: No.", "stop"),
    ({"error": "No."}, "No.", None),
    ({"detail": "No."}, "No.", None),
    ({"detail": [{"type": "extra", "loc": ["body", "stop"], "msg": "Extra"}]}, "stop: Extra", "stop"),
    ({"object": "error", "message": "No.", "type": "BadRequestError", "code": 400}, "No.", None),
    ({"errors": [{"message": "No."}]}, "No.", None),
    ([{"error": {"message": "No.", "status": "INVALID_ARGUMENT"}}], "No.", None),
    ({"error": {"param": "body.stop", "message": "'stop' is odd"}}, "'stop' is odd", "stop"),
    ({"error": {"odd": 1}}, '{"odd": 1}', None),
]


@pytest.mark.parametrize(("body", "message", "parameter"), SHAPES)
def test_complaints_in_the_shapes_that_servers_send(
    body: object, message: str, parameter: str | None
) -> None:
    """The words, and the parameter that they are about."""
    found = complaint_in(body)
    assert found is not None
    assert (message, parameter) == (found.message, found.parameter)


@pytest.mark.parametrize("body", [None, [], {}, "No.", 7, {"error": None}, {"error": []}, {"choices": []}])
def test_what_is_no_complaint(body: object) -> None:
    """A body without an error holds none."""
    assert complaint_in(body) is None


MEANINGS: list[tuple[int, object, str]] = [
    # the text
    (400, {"message": "x", "code": "context_length_exceeded"}, "text_too_long"),
    (400, {"message": "This model's maximum context length is 2048 tokens."}, "text_too_long"),
    (400, {"message": "the request exceeds the available context size. try increasing it"}, "text_too_long"),
    (
        422,
        {"message": "Input validation error: `inputs` tokens must be <= 9; input exceeds 9 tokens"},
        "text_too_long",
    ),
    (500, {"message": "context size exceeded"}, "text_too_long"),
    (413, {"message": "x"}, "text_too_long"),
    (400, {"message": "prompt is too long: 9 tokens > 8 maximum"}, "text_too_long"),
    (400, {"message": "x", "code": "content_filter"}, "text_refused"),
    (400, {"message": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}, "text_refused"),
    (400, {"message": "The response was filtered due to Azure's content management policy."}, "text_refused"),
    (403, {"message": "Your chosen model requires moderation and your input was flagged"}, "text_refused"),
    # every text
    (401, {"message": "Incorrect API key provided"}, "unauthorized"),
    (400, {"message": "x", "details": [{"reason": "API_KEY_INVALID"}]}, "unauthorized"),
    (400, {"message": "API key not valid. Please pass a valid API key."}, "unauthorized"),
    (400, {"message": "No connected db.", "type": "no_db_connection", "code": "400"}, "unauthorized"),
    (503, {"message": "Service Unavailable", "type": "no_db_connection", "code": "503"}, "server_error"),
    (402, {"message": "Insufficient balance"}, "quota_used_up"),
    (429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}, "quota_used_up"),
    (429, {"message": "You exceeded your current quota", "type": "insufficient_quota"}, "quota_used_up"),
    (404, {"message": "The model `x` does not exist", "code": "model_not_found"}, "unknown_model"),
    (404, {"message": 'model "x" not found, try pulling it first'}, "unknown_model"),
    (404, {"message": "x", "code": "DeploymentNotFound"}, "unknown_model"),
    (400, {"message": "x/y is not a valid model ID"}, "unknown_model"),
    (400, {"message": "Invalid model: x", "param": "model"}, "unknown_model"),
    (404, {"message": "Not Found"}, "unavailable"),
    # passing
    (429, {"message": "You exceeded your current quota, per minute"}, "rate_limited"),
    (500, {"message": "x"}, "server_error"),
    (0, {"message": "x", "type": "overloaded_error"}, "server_error"),
    # neither
    (400, {"message": "x"}, "rejected"),
    (0, {"message": "x"}, "bad_response"),
]


@pytest.mark.parametrize(("status", "said", "reason"), MEANINGS)
def test_what_a_complaint_means(status: int, said: object, reason: str) -> None:
    """By status, code and words."""
    complaint = complaint_in({"error": said})
    assert complaint is not None
    assert reason == reason_of(complaint, status)


@pytest.mark.parametrize(
    "echoed", ["invalid model", "invalid api key", "insufficient_quota", "The model x does not exist"]
)
def test_a_text_that_is_echoed_concerns_nobody_else(echoed: str) -> None:
    """Whatever a text says, a server's message with it in its middle is about that text only."""
    complaint = Complaint(f"Cannot parse the prompt: 'Review: {echoed}'")
    assert "rejected" == reason_of(complaint, 400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"code": 429}}, 429),
        ({"error": {"code": "503"}}, 503),
        ({"error": {"code": "rate", "status": 429}}, 429),
        ({"error": {"code": 7}}, 0),
        ({"error": "x"}, 0),
        ([], 0),
    ],
)
def test_an_error_may_name_its_own_status(body: object, status: int) -> None:
    """Gateways answer with 200 and put the status into the body."""
    assert status == status_in(body)
