"""Bodies: everything that a caller can get wrong, and its code."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from starlette.types import Message

from polarity.service import body as body_module
from polarity.service.body import parsed, read_body
from polarity.service.problems import ProblemError

from .helpers import Scripted, bert, service

JSON = "application/json"
DEEP = b"[" * 100_000


def _input(*texts: str) -> bytes:
    return json.dumps({"input": list(texts)}).encode()


@pytest.fixture(scope="module")
def backend() -> Scripted:
    """Give the backend that counts what got through."""
    return bert()


@pytest.fixture(scope="module")
def client(backend: Scripted) -> Iterator[TestClient]:
    """Run one service for all the tests here: none of them changes it."""
    with service(backend) as client:
        yield client


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b"input=fine", 400, "malformed_json"),
        (b'{"input": "fine"} {}', 400, "malformed_json"),
        (b'{"input": "a\xff"}', 400, "malformed_json"),
        (b'{"input": "a\nb"}', 400, "malformed_json"),
        (b'{"input": "a", "input": "b"}', 400, "malformed_json"),
        (b'{"input": {"a": 1, "a": 2}}', 400, "malformed_json"),
        (b'{"\\ud800": 1, "\\ud800": 2}', 400, "malformed_json"),
        (b'{"input": "fine", "\\ud800x": 1}', 400, "malformed_json"),
        (b'{"input": {"\\udfff": 1}}', 400, "malformed_json"),
        (b'{"input": NaN}', 400, "malformed_json"),
        (b'{"input": -Infinity}', 400, "malformed_json"),
        (b'{"input": ' + b"9" * 5000 + b"}", 400, "malformed_json"),
        (DEEP, 400, "malformed_json"),
        (b'{"input": ' + DEEP, 400, "malformed_json"),
        (b'{"a":' * 100_000, 400, "malformed_json"),
        (b"null", 422, "validation"),
        (b'"fine"', 422, "validation"),
        (b'["fine"]', 422, "validation"),
        (b"{}", 422, "validation"),
        (b'{"text": "fine"}', 422, "validation"),
        (b'{"input": "fine", "model": "x"}', 422, "validation"),
        (b'{"input": "fine", "\\ud83d\\ude00": 1}', 422, "validation"),
        (b'{"input": 5}', 422, "validation"),
        (b'{"input": null}', 422, "validation"),
        (b'{"input": true}', 422, "validation"),
        (b'{"input": {"text": "fine"}}', 422, "validation"),
        (b'{"input": ["fine", 5]}', 422, "validation"),
        (b'{"input": ["fine", null]}', 422, "validation"),
        (b'{"input": [["a", "b"]]}', 422, "validation"),
        (b'{"input": "fine", "explain": "yes"}', 422, "validation"),
        (b'{"input": "fine", "explain": 1}', 422, "validation"),
        (json.dumps({f"field {n}": n for n in range(20_000)}).encode(), 422, "validation"),
        (b'{"input": []}', 422, "empty_input"),
        (b'{"input": ""}', 422, "empty_text"),
        (b'{"input": " \\n\\t\\u00a0"}', 422, "empty_text"),
        (_input("fine", ""), 422, "empty_text"),
        (b'{"input": "a\\u0000b"}', 422, "invalid_text"),
        (b'{"input": "a\\ud800b"}', 422, "invalid_text"),
        (b'{"input": ["fine", "\\udfff"]}', 422, "invalid_text"),
        (_input(*["fine"] * 10_000), 422, "too_many_texts"),
        (b'{"input": [' + b"1," * 400_000 + b"1]}", 422, "too_many_texts"),
        (_input("x" * 20_001), 422, "text_too_long"),
        (b'{"input": "' + b"x" * 10_000_000 + b'"}', 413, "body_too_large"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else str(value),
)
def test_bad_bodies_are_refused_with_their_code(
    client: TestClient, backend: Scripted, content: bytes, status: int, code: str
) -> None:
    """Each fault has its status and its stable code; the answer is short, and no backend is asked."""
    calls = backend.calls
    answer = client.post("/polarity", content=content, headers={"Content-Type": JSON})
    problem = answer.json()
    assert (status, code) == (answer.status_code, problem["code"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert ["type", "title", "status", "detail", "code"] == list(problem)[:5]
    assert calls == backend.calls
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        ({}, [("/input", "is missing")]),
        ({"input": "a", "b/~": 1}, [("/b~1~0", "unknown field")]),
        (
            {"input": ["a", 1, None]},
            [("/input/1", "must be a valid string"), ("/input/2", "must be a valid string")],
        ),
        ({"input": 1}, [("/input", "must be a text or a list of texts")]),
        ({"input": " "}, [("/input", "is blank")]),
        (
            {"input": ["a", "", "\x00b"]},
            [("/input/1", "is blank"), ("/input/2", "holds a NUL character at position 0")],
        ),
    ],
)
def test_every_fault_is_listed_with_its_place(
    client: TestClient, document: object, errors: list[tuple[str, str]]
) -> None:
    """`errors` has a JSON pointer and a reason for each."""
    found = client.post("/polarity", json=document).json()["errors"]
    assert errors == [(item["pointer"], item["detail"]) for item in found]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (JSON, 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("application/vnd.polarity+json", 200),
        (None, 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("image/svg+xml", 415),
        ("nonsense", 415),
        (";", 415),
    ],
)
def test_a_body_that_says_it_is_something_else_is_refused(
    client: TestClient, content_type: str | None, status: int
) -> None:
    """JSON passes, and so does a body that does not say what it is."""
    headers = {"Content-Type": content_type} if content_type is not None else {}
    assert status == client.post("/polarity", content=_input("fine"), headers=headers).status_code


@pytest.mark.parametrize(
    ("encoding", "status"),
    [("gzip", 415), ("br", 415), ("identity, gzip", 415), ("identity", 200), ("", 200)],
)
def test_compressed_bodies_are_refused(encoding: str, status: int, client: TestClient) -> None:
    """A body is read as it is, and said so before a byte of it is taken for JSON."""
    headers = {"Content-Type": JSON, "Content-Encoding": encoding}
    answer = client.post("/polarity", content=_input("fine"), headers=headers)
    assert status == answer.status_code
    assert status == 200 or "Content-Encoding" in answer.json()["detail"]


@pytest.mark.parametrize(
    "text",
    ["x" * 20_000, "\U0001f600", "\u202eabc", "NaN", "</script>", "{{ 7 * 7 }}", "nicht schlecht \u00fc"],
)
def test_unusual_texts_are_texts(client: TestClient, text: str) -> None:
    """What is odd but text gets a label."""
    assert 200 == client.post("/polarity", json={"input": text}).status_code


def test_a_byte_order_mark_is_no_fault() -> None:
    """Some editors and shells put one before the JSON."""
    assert parsed(b'\xef\xbb\xbf{"input": "fine"}') == {"input": "fine"}


class _Stream:
    """A body that arrives in pieces, and counts how many were asked for."""

    def __init__(self, *messages: Message, pause_s: float = 0.0) -> None:
        self.asked = 0
        self._messages, self._pause_s = list(messages), pause_s

    async def __call__(self) -> Message:
        await asyncio.sleep(self._pause_s)
        self.asked += 1
        return self._messages.pop(0)


def _request(stream: _Stream, *headers: tuple[bytes, bytes]) -> Request:
    return Request({"type": "http", "method": "POST", "headers": list(headers)}, stream)


def _chunk(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def _refused(request: Request, limit: int) -> str:
    with pytest.raises(ProblemError) as refused:
        asyncio.run(read_body(request, limit))
    return refused.value.code


def test_a_body_in_pieces_is_read_whole() -> None:
    """Chunks are joined in order; exactly the limit is allowed."""
    stream = _Stream(_chunk(b"ab"), _chunk(b""), _chunk(b"cd", more=False))
    assert asyncio.run(read_body(_request(stream), 4)) == b"abcd"


def test_a_body_over_the_limit_is_cut_off_while_it_streams() -> None:
    """Without a length header, reading stops at the first chunk beyond the limit."""
    stream = _Stream(*[_chunk(b"abc")] * 100)
    assert "body_too_large" == _refused(_request(stream), 4)
    assert stream.asked == 2


def test_a_body_that_declares_too_much_is_not_read_at_all() -> None:
    """Content-Length is believed when it refuses."""
    stream = _Stream(_chunk(b"abc"))
    assert "body_too_large" == _refused(_request(stream, (b"content-length", b"5")), 4)
    assert stream.asked == 0


def test_a_length_of_absurdly_many_digits_refuses() -> None:
    """A length that Python would not even parse is too large."""
    assert "body_too_large" == _refused(_request(_Stream(), (b"content-length", b"9" * 5000)), 4)


def test_a_body_that_declares_too_little_is_still_counted() -> None:
    """Content-Length is not believed when it allows."""
    stream = _Stream(_chunk(b"abcde"))
    assert "body_too_large" == _refused(_request(stream, (b"content-length", b"1")), 4)


def test_a_caller_that_goes_away_in_its_body_is_no_fault_of_ours() -> None:
    """A closed connection ends the request quietly."""
    stream = _Stream(_chunk(b"abc"), {"type": "http.disconnect"})
    assert "incomplete_body" == _refused(_request(stream), 100)


def test_a_key_that_is_no_text_is_named(client: TestClient) -> None:
    """A key with half a character is quoted in ASCII, as the one fault there is."""
    content = b'{"input": "a", "\\ud800x": 1}'
    problem = client.post("/polarity", content=content, headers={"Content-Type": JSON}).json()
    assert "the key '\\ud800x' holds a lone surrogate" == problem["detail"]


def test_a_body_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that trickles its body is refused after a while."""
    monkeypatch.setattr(body_module, "BODY_SECONDS", 0.05)
    stream = _Stream(*[_chunk(b"a")] * 100, pause_s=0.02)
    assert "slow_body" == _refused(_request(stream), 1000)
