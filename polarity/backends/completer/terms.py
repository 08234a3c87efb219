"""What a server refuses in a request, by name: left out, renamed or lowered, once for the run.

Servers differ in what they take, and say so only when they are asked: newer OpenAI models want
`max_completion_tokens`, some models take no `stop`, a `temperature` of 1 only, or five candidates.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from polarity.backends.completer.complaints import Complaint

RENAMED: Mapping[str, str] = {"max_tokens": "max_completion_tokens"}
CANDIDATES = ("logprobs", "top_logprobs")  # hold the number of candidates, or one of them only yes
NEGOTIABLE = (*RENAMED, *CANDIDATES, "stop", "temperature", "seed")
NUMBER = re.compile(r"\d+")

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Terms:
    """How a server takes requests: what is called otherwise, left out, and the most candidates.

    `answered` is the largest number of candidates that it was asked for and answered.
    """

    renamed: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    most: int | None = None
    answered: int = 0

    def fit(self, body: Body) -> dict[str, Any]:
        """Write a request as the server takes it.

        >>> Terms(renamed=frozenset({"max_tokens"}), most=5).fit({"max_tokens": 8, "logprobs": 20})
        {'max_completion_tokens': 8, 'logprobs': 5}
        """
        return {
            RENAMED[name] if name in self.renamed else name: self._lowered(name, value)
            for name, value in body.items()
            if name not in self.left_out
        }

    def _lowered(self, name: str, value: Any) -> Any:
        return min(value, self.most) if self.most and _is_number_of_candidates(name, value) else value

    def after(self, complaint: Complaint, sent: Body) -> "Terms | None":
        """Learn from a refusal of what was sent; None where it names nothing that can be done without.

        >>> complaint = Complaint("Unsupported parameter: 'stop' is not supported with this model.")
        >>> Terms().after(complaint, {"model": "m", "stop": ["."]})
        Terms(renamed=frozenset(), left_out=frozenset({'stop'}), most=None, answered=0)
        >>> Terms().after(Complaint("logprobs: must be at most 5"), {"logprobs": 20}).most
        5
        """
        name = _named(complaint, [name for name in NEGOTIABLE if name in sent])
        if name is None:
            return None
        if name in RENAMED:
            return replace(self, renamed=self.renamed | {name})
        if name in CANDIDATES:
            if lower := self._lower(complaint.message, _asked(sent)):
                return replace(self, most=lower)
            # Without "logprobs" there can be no "top_logprobs".
            names = {name, "top_logprobs"} if "top_logprobs" in sent else {name}
            return replace(self, left_out=self.left_out | names)
        return replace(self, left_out=self.left_out | {name})

    def _lower(self, message: str, asked: int) -> int | None:
        """Read the limit in a message: its largest number below what was asked for; or what did once."""
        numbers = [int(digits) for digits in NUMBER.findall(message)]
        known = [number for number in numbers if 0 < number < asked]
        return max(known, default=self.answered if 0 < self.answered < asked else None)

    def merged(self, other: "Terms", answered: Body) -> "Terms":
        """Put together what two requests learned at the same time; `answered` is the one that was."""
        known = [most for most in (self.most, other.most) if most is not None]
        return Terms(
            self.renamed | other.renamed,
            self.left_out | other.left_out,
            min(known, default=None),
            max(self.answered, _asked(answered)),
        )

    def sentences(self) -> Iterator[str]:
        """Say what was learned, for people.

        >>> list(Terms(frozenset({"max_tokens"}), frozenset({"stop"})).sentences())
        ['max_tokens is sent as max_completion_tokens', 'stop is left out']
        """
        yield from (f"{name} is sent as {RENAMED[name]}" for name in sorted(self.renamed))
        yield from (f"{name} is left out" for name in sorted(self.left_out))
        if self.most is not None:
            yield f"at most {self.most} candidates are asked for"


def _named(complaint: Complaint, sent: list[str]) -> str | None:
    """Find the parameter that a complaint is about: its own field, one in quotes, the first one named.

    A server may name in passing what else it takes, or echo a text with such a word in it. So a lesson
    is kept only if the request that follows it is answered.
    """
    if complaint.parameter in sent:
        return complaint.parameter
    for pattern in (r"[`'\"]{}[`'\"]", r"(?<![\w-]){}(?![\w-])"):
        found = {name: re.search(pattern.format(name), complaint.message) for name in sent}
        places = {name: match.start() for name, match in found.items() if match}
        if places:
            return min(places, key=places.__getitem__)
    return None


def _asked(sent: Body) -> int:
    """Give the number of candidates that were asked for."""
    return next((sent[name] for name in CANDIDATES if _is_number_of_candidates(name, sent.get(name))), 0)


def _is_number_of_candidates(name: str, value: Any) -> bool:
    return name in CANDIDATES and isinstance(value, int) and not isinstance(value, bool)
