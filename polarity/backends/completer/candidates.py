"""Log-probabilities as servers send them -> the candidates for the first token, and a bound on the others."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

ROUNDING = 1.05  # what candidates of one token may sum to; servers compute in 16 bits
UNKNOWN = -9999.0  # written for "very unlikely", or in the place of minus infinity
CLOSE = 0.25  # in log-probability: 16 bits of a logit near 20 are steps of an eighth
BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
BLANK, LINE, SENTENCE_PIECE = "\u0120", "\u010a", "\u2581"  # how tokenizers spell " ", "\n" and again " "

Listed = Sequence[tuple[str, float]]


class Candidates(NamedTuple):
    """The first token's candidates, each with its probability.

    `unseen` bounds the probability of any token that is not among them: it is no likelier than the least
    likely one that was listed, and has no more than what they leave over. `listed` counts those that the
    server listed, before tokens that decode to the same string were put together.
    """

    probabilities: Mapping[str, float]
    unseen: float
    listed: int


def read_candidates(logprobs: object, *, greedy: bool) -> Candidates | None:
    """Read the first token's candidates; None where there are none.

    Of either shape: OpenAI's `/completions` has `top_logprobs: [{token: logprob}]`; the chat endpoint, and
    llama.cpp on both, `content: [{top_logprobs: [{token, logprob}]}]`. The chosen token counts also where
    it is not listed. `greedy`: the likeliest token was asked for, so that it must be the chosen one.

    >>> half = math.log(0.5)
    >>> read_candidates({"top_logprobs": [{" a": half}]}, greedy=True)
    Candidates(probabilities={' a': 0.5}, unseen=0.5, listed=1)

    Raises:
        TypeError, ValueError, ...: they are not shaped so, or are no log-probabilities.
    """
    if not isinstance(logprobs, dict):
        return None
    listed = _known(_listed(logprobs))
    chosen = _known(_chosen(logprobs))
    plain = _plain([token for token, _ in (*listed, *chosen)])
    found: dict[str, float] = {}
    names = [plain[token] for token, _ in listed]
    added = [(token, logprob) for token, logprob in chosen if plain[token] not in names]
    for token, logprob in (*listed, *added):
        found[plain[token]] = found.get(plain[token], 0.0) + math.exp(logprob)
    if not found:
        return None
    total = math.fsum(found.values())
    if not total <= ROUNDING:  # not a number is not below anything
        raise ValueError(f"its log-probabilities sum to a probability of {total}")
    if greedy and chosen:
        _refuse_contradiction(plain[chosen[0][0]], found)
    return Candidates(found, _unseen(listed, chosen, 1.0 - total, greedy=greedy), len(listed))


def _listed(logprobs: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
    if legacy := logprobs.get("top_logprobs"):
        return list((legacy[0] or {}).items())
    content = logprobs.get("content")
    candidates = (content[0].get("top_logprobs") or ()) if content else ()
    return [(candidate["token"], candidate["logprob"]) for candidate in candidates]


def _chosen(logprobs: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
    if content := logprobs.get("content"):
        return [(content[0].get("token"), content[0].get("logprob"))]
    tokens, numbers = logprobs.get("tokens"), logprobs.get("token_logprobs")
    return [(tokens[0], numbers[0])] if tokens and numbers else ()


def _known(pairs: Iterable[tuple[Any, Any]]) -> Listed:
    """Keep those with a number: some servers write none for a token that they did not weigh."""
    known = [(token, logprob) for token, logprob in pairs if logprob is not None]
    for token, logprob in known:
        if not isinstance(token, str):
            raise TypeError(f"a candidate is {type(token).__name__}")
        if not isinstance(logprob, int | float) or math.isnan(logprob):
            raise TypeError(f"the log-probability of {token!r} is {logprob!r}")
    return known


def _refuse_contradiction(chosen: str, found: Mapping[str, float]) -> None:
    """Hold up an answer whose numbers are not those by which it was chosen: nobody knows what they are of."""
    likeliest = max(found, key=found.__getitem__)
    if found[likeliest] * math.exp(-CLOSE) > found[chosen]:
        raise ValueError(
            f"at temperature 0 the server chose {chosen!r} ({found[chosen]:.3f}) over {likeliest!r} "
            f"({found[likeliest]:.3f}): turn off its penalties and biases, by llm.extra_body"
        )


def _unseen(listed: Listed, chosen: Listed, rest: float, *, greedy: bool) -> float:
    """Bound what is not shown. A chosen token that was drawn may be any, also one far down the list."""
    drawn = () if greedy else [token for token, _ in chosen]
    ranked = [logprob for token, logprob in (listed or chosen) if token not in drawn and logprob > UNKNOWN]
    return max(0.0, min(rest, math.exp(min(ranked, default=0.0))))


def _plain(tokens: Sequence[str]) -> Mapping[str, str]:
    r"""Write tokens without their tokenizer's marks.

    A tokenizer marks blanks: where one token does, all are spelled so, also what is no ASCII.

    >>> list(_plain(["\u0120positive", "n\u00c3\u00a9gatif", "<0x0A>"]).values())
    [' positive', 'négatif', '\n']
    >>> list(_plain(["\u2581positive", "positive"]).values())
    [' positive', 'positive']
    """
    byte_level = any(token[:1] in (BLANK, LINE) for token in tokens)
    return {
        token: token if token.isascii() and token[:1] != "<" else _without_marks(token, byte_level=byte_level)
        for token in tokens
    }


def _without_marks(token: str, *, byte_level: bool) -> str:
    if found := BYTE.fullmatch(token):
        return bytes([int(found[1], 16)]).decode("utf-8", "replace")
    if byte_level and all(letter in _bytes_by_letter() for letter in token):
        return bytes(_bytes_by_letter()[letter] for letter in token).decode("utf-8", "replace")
    return f" {token[1:]}" if token.startswith(SENTENCE_PIECE) else token


@cache
def _bytes_by_letter() -> Mapping[str, int]:
    """Give the byte that a letter stands for in a byte-level vocabulary (Radford et al. 2019, GPT-2).

    Bytes that print stand for themselves, the others for the letters from U+0100 on.
    """
    printing = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    others = [byte for byte in range(256) if byte not in printing]
    return {
        **{chr(byte): byte for byte in printing},
        **{chr(256 + at): byte for at, byte in enumerate(others)},
    }
