"""An answer in the shapes that servers really send -> a completion, and the candidates for its first token.

| of an answer | understood |
|---|---|
| choices | the one with index 0, wherever it stands |
| finish reason | any case, each vendor's word; null and empty; an unknown word is kept and shown |
| content | text, or a list of parts of which the text is taken |
| reasoning beside the content | kept apart; shown where an answer never came: its budget went into thinking |
| usage | counts, or nothing |
| an error in place of an answer | its message is kept; a passing one is asked again |
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx2

from polarity.backends.completer.candidates import Candidates, read_candidates
from polarity.backends.completer.complaints import complaint_in, reason_of, status_in
from polarity.backends.completer.faults import Fault, fault
from polarity.types import Completion, Usage

STOP = (
    *("stop", "eos", "eos_token", "eos_found", "end_turn", "end_of_turn", "stop_sequence", "stop_token"),
    *("complete", "completed", "finish", "finished", "done", "end"),
)
LENGTH = (
    *("length", "max_tokens", "max_length", "max_output_tokens", "max_new_tokens", "model_length"),
    *("length_limit", "token_limit", "model_context_window_exceeded"),
)
FILTERED = (
    *("content_filter", "content_filtered", "safety", "recitation", "blocklist", "prohibited_content"),
    *("spii", "refusal", "sensitive"),
)
FINISHES: Mapping[str, str] = {
    **dict.fromkeys(STOP, "stop"),
    **dict.fromkeys(LENGTH, "length"),
    **dict.fromkeys(FILTERED, "content_filter"),
}
BROKEN_OFF = frozenset(
    {"abort", "aborted", "cancel", "cancelled", "canceled", "error", "timeout", "network_error"}
)
NO_TEXT = frozenset({"tool_calls", "tool_call", "tool_use", "function_call", "malformed_function_call"})
TEXT_PARTS = frozenset({"text", "output_text"})
LONGEST_WORD = 64  # characters of an unknown finish reason that are kept
SHOWN_THOUGHT = 200  # characters of reasoning that stand in for an answer that never came


class Reply(NamedTuple):
    """A completion, and the candidates for its first token, if they were asked for and came."""

    completion: Completion
    candidates: Candidates | None


def read(response: httpx2.Response, sent: Mapping[str, Any], advice: str) -> Reply:
    """Read an answer with status 200 to what was sent; `advice` is told where it is no answer at all.

    Raises:
        Fault, BackendRejected: it holds an error, or no answer.
        TypeError, ValueError, ...: it is shaped otherwise.
    """
    body = _json(response, advice)
    choice = _first_choice(body, advice)
    completion = _completion(choice, body.get("usage"), sent)
    if not sent.get("logprobs"):
        return Reply(completion, None)
    greedy = sent.get("temperature") == 0
    return Reply(completion, read_candidates(choice.get("logprobs"), greedy=greedy))


def _json(response: httpx2.Response, advice: str) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        raise Fault("bad_response", f"the server's answer is no JSON: {advice}") from None
    if not isinstance(body, dict):
        raise Fault("bad_response", f"the server's answer is no JSON object: {advice}")
    return body


def _first_choice(body: dict[str, Any], advice: str) -> dict[str, Any]:
    choices = body.get("choices")
    if not choices:
        _raise_error_in(body)
        raise Fault("bad_response", f"the server's answer holds no choices: {advice}")
    found: dict[str, Any] = next((choice for choice in choices if choice.get("index") == 0), choices[0])
    _raise_error_in(found)
    return found


def _raise_error_in(part: dict[str, Any]) -> None:
    """Servers in front of others pass their errors on with status 200, in the answer or in a choice."""
    if part.get("error") and (complaint := complaint_in(part)):
        reason = reason_of(complaint, status_in(part))
        raise fault(reason, f"an error with status 200: {complaint.message}")


def _completion(choice: dict[str, Any], usage: object, sent: Mapping[str, Any]) -> Completion:
    said = choice["message"] if "messages" in sent else choice
    refusal = said.get("refusal")
    if not isinstance(refusal, str | None):
        raise TypeError(f"its refusal is {type(refusal).__name__}")
    counts = Usage(_count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))
    budget = sent.get("max_tokens") or sent.get("max_completion_tokens") or 0
    finish = _finish(choice.get("finish_reason"), used_up=counts.completion_tokens >= budget > 0)
    text = _text(said.get("content")) if "messages" in sent else said["text"]
    if not isinstance(text, str):
        raise TypeError(f"its text is {type(text).__name__}")
    thought = _thought(said)
    if thought and finish == "length" and not text.strip():
        text = f"<think>{thought[:SHOWN_THOUGHT]}"  # the contract reads an unclosed block as cut off
    return Completion(text=text, finish_reason=finish, refusal=refusal, reasoning=thought, usage=counts)


def _finish(word: object, *, used_up: bool) -> str:
    """Understand a finish reason. Where a server gives none, an answer that took all tokens was cut off.

    >>> _finish("MAX_TOKENS", used_up=True), _finish(None, used_up=False), _finish("novel", used_up=False)
    ('length', 'stop', 'novel')
    """
    if word is None or word == "":
        return "length" if used_up else "stop"
    plain = " ".join(str(word).split())[:LONGEST_WORD]
    key = plain.lower().rpartition(".")[2].replace("-", "_").replace(" ", "_")
    if key in BROKEN_OFF:
        raise Fault("server_error", f"the answer was broken off: its finish reason is {plain!r}")
    if key in NO_TEXT:
        raise Fault("bad_response", f"the model called a tool instead: its finish reason is {plain!r}")
    return FINISHES.get(key, plain)


def _text(content: object) -> object:
    """Take the text of a content: None stands beside a refusal, and parts may be of other kinds."""
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    return "".join(part if isinstance(part, str) else _text_of_part(part) for part in content)


def _text_of_part(part: dict[str, Any]) -> str:
    return str(part["text"]) if part.get("type", "text") in TEXT_PARTS else ""


def _thought(said: dict[str, Any]) -> str | None:
    """Take what the model thought, from beside its answer or from among the parts of that."""
    thought = said.get("reasoning_content") or said.get("reasoning") or said.get("thinking")
    if isinstance(thought, str):
        return thought
    parts = said.get("content")
    thoughts = (
        [part.get("thinking") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    )
    return "".join(str(_text(thought)) for thought in thoughts if thought) or None


def _count(usage: object, name: str) -> int:
    """Read a count; a server that does not count well still answered."""
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and count >= 0 else 0
