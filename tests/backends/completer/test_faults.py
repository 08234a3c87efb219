"""Every error of the HTTP client and of servers, as a fault of one text or a rejection of all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from polarity.backends.completer.faults import Fault, retry_after, translated
from polarity.errors import BackendRejected

TIMEOUTS = {"TimeoutException", "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"}
CONNECTION = {  # every other error of the HTTP client about a request
    *("HTTPError", "RequestError", "TransportError", "NetworkError", "ConnectError", "ReadError"),
    *("WriteError", "CloseError", "ProxyError", "UnsupportedProtocol", "ProtocolError", "LocalProtocolError"),
    *("RemoteProtocolError", "DecodingError", "TooManyRedirects", "SSEError"),
}


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _below(child)


# Other packages derive their errors from these: what this one has is what its client raises.
OWN = [kind for kind in _below(httpx2.HTTPError) if kind.__module__.partition(".")[0] == "httpx2"]


def _refused(status: int, headers: dict[str, str] | None = None) -> httpx2.HTTPStatusError:
    request = httpx2.Request("POST", "http://nowhere")
    response = httpx2.Response(status, headers=headers, request=request)
    return httpx2.HTTPStatusError("made up", request=request, response=response)


def _translated(error: Exception) -> Exception:
    with pytest.raises((Fault, BackendRejected)) as caught, translated():
        raise error
    return caught.value


def test_no_error_of_the_client_is_unknown() -> None:
    """A new exception class in the HTTP client is a decision to take: into which failure is it translated?"""
    assert TIMEOUTS | CONNECTION | {"HTTPStatusError"} == {kind.__name__ for kind in OWN}


@pytest.mark.parametrize("kind", OWN, ids=lambda kind: kind.__name__)
def test_errors_of_the_client_are_translated(kind: type[Exception]) -> None:
    """Each class becomes its fault, and what it says is told; those with a status are tried below."""
    if kind is httpx2.HTTPStatusError:
        return
    found = _translated(kind("made up"))
    assert isinstance(found, Fault)
    assert ("timeout" if kind.__name__ in TIMEOUTS else "connection") == found.failure.reason
    assert f"{kind.__name__}: made up" == found.failure.detail


def test_an_error_that_says_nothing_is_named() -> None:
    """The name alone, without a colon behind it."""
    assert "connection: ReadError" == str(_translated(httpx2.ReadError("")))


@pytest.mark.parametrize("status", [401, 402, 404, 405])
def test_what_concerns_every_text_rejects_the_backend(status: int) -> None:
    """A refused key, no money, an unknown model or address: no text needs to be tried for that."""
    assert isinstance(_translated(_refused(status)), BackendRejected)


@pytest.mark.parametrize(
    ("status", "reason", "passing"),
    [
        (304, "rejected", False),
        (400, "rejected", False),
        (403, "rejected", False),  # without a word of the server's: a firewall refused the text
        (408, "timeout", True),
        (409, "rejected", False),
        (413, "text_too_long", False),
        (422, "rejected", False),
        (429, "rate_limited", True),
        (499, "rejected", False),
        (500, "server_error", True),
        (503, "server_error", True),
        (599, "server_error", True),
    ],
)
def test_a_status_says_whether_another_attempt_may_help(status: int, reason: str, *, passing: bool) -> None:
    """Limits and servers' troubles pass; a request that is wrong stays wrong."""
    fault = _translated(_refused(status))
    assert isinstance(fault, Fault)
    assert (reason, passing) == (fault.failure.reason, fault.passing)


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), OverflowError("x"), RecursionError("x"), AttributeError("x"), RuntimeError("x")],
    ids=lambda error: type(error).__name__,
)
def test_a_wrong_shape_is_a_bad_response(error: Exception) -> None:
    """Whatever reading an unvalidated answer raises is a bad response, and another attempt does not help."""
    fault = _translated(error)
    assert isinstance(fault, Fault)
    assert ("bad_response", False) == (fault.failure.reason, fault.passing)


def test_a_fault_is_not_translated_twice() -> None:
    """What is already a fault passes as it is."""
    fault = Fault("rate_limited", "slow down", 2.0)
    assert fault is _translated(fault)


NOW = "Wed, 21 Oct 2026 07:28:00 GMT"
LATER = "Wed, 21 Oct 2026 07:28:07 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": LATER, "date": NOW}, 7.0),
        ({"retry-after": NOW, "date": LATER}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds or a date, held against the answer's own; or nothing."""
    assert seconds == retry_after(headers)
    fault = _translated(_refused(429, headers))
    assert isinstance(fault, Fault)
    assert seconds == fault.retry_after_s


def test_a_date_without_the_servers_own_is_held_against_ours() -> None:
    """A minute from now is about a minute."""
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    seconds = retry_after({"retry-after": in_a_minute})
    assert seconds is not None
    assert 0 < seconds <= 61


def test_no_secret_is_told() -> None:
    """Each of them is masked, wherever it stands."""
    with pytest.raises(Fault) as caught, translated(["sk-1", "x-2"]):
        raise ValueError("key sk-1, header x-2")
    assert "key ***, header ***" in caught.value.failure.detail
