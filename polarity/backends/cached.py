"""The LLM backend behind a cache on disk: what was answered before is not asked again.

A question is all that an answer depends on, to the last setting, and the number of the asking: `--repeat`
asks how often a model differs from itself, and each repeat has an answer of its own. Failures are not kept.
An answer from the cache used no tokens; its `usage` says where it is from.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol

from polarity.backends.afresh import asked_before
from polarity.backends.answer_cache import AnswerCache, Kept, key_of, log
from polarity.backends.base import PolarityBackend
from polarity.backends.breaker import Condition
from polarity.backends.completer import Fault
from polarity.errors import RecordError
from polarity.stored import raw_from, spelled
from polarity.types import Failure, RawOutput, Usage

FROM_CACHE = Usage(cached=1)


class Questioned(PolarityBackend, Protocol):
    """A backend that says what its answers depend on."""

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    @property
    def condition(self) -> Condition:
        """How asking goes."""
        ...

    async def settle(self) -> None:
        """Find out what answers depend on, as far as that is not known. Raises `Fault` where it cannot."""
        ...

    def question(self, text: str) -> Mapping[str, Any]:
        """Give all that the answer for a text depends on, as plain values, once that is settled."""
        ...


class CachedBackend:
    """Asks another backend about what the cache does not hold; `hits` and `misses` count texts."""

    def __init__(self, backend: Questioned, cache: AnswerCache) -> None:
        self.name, self.model = backend.name, backend.model
        self.hits = self.misses = 0
        self._backend = backend
        self._cache = cache
        self._unwritten: dict[bytes, Kept] = {}
        backend.question(
            ""
        )  # what takes long, such as hashing weights, is done now and not while a caller waits
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="answer-cache")

    @property
    def condition(self) -> Condition:
        """How asking goes, where somebody had to be asked."""
        return self._backend.condition

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Answer each text. Raises as the backend does; what the cache cannot do is only logged."""
        times = asked_before.get()
        if times is None or not await self._is_settled():
            return await self._backend.predict(texts)
        keys = [key_of({**self._backend.question(text), "asked before": times}) for text in texts]
        found = self._kept(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        self.hits, self.misses = self.hits + len(texts) - len(missing), self.misses + len(missing)
        if missing:
            raws = await self._backend.predict(list(missing.values()))
            said = dict(zip(missing, raws, strict=True))
            self._keep(said)
            found |= said
        return [found[key] for key in keys]

    async def _is_settled(self) -> bool:
        """Find out how the model is asked, on which its answers depend, or say that this cannot be said."""
        try:
            await self._backend.settle()
        except Fault:
            return False
        return True

    async def aclose(self) -> None:
        """Close the backend and, when all is written, the cache."""
        await self._backend.aclose()
        await asyncio.to_thread(self._writer.shutdown)
        self._cache.close()

    def _kept(self, keys: Sequence[bytes]) -> dict[bytes, RawOutput]:
        found: dict[bytes, RawOutput] = {}
        kept = self._cache.get(keys) | {key: self._unwritten[key] for key in keys if key in self._unwritten}
        for key, (answer, _) in kept.items():
            try:
                raw = raw_from(json.loads(answer), "an answer", path=self._cache.path)
            except (RecordError, ValueError) as error:
                log.warning("the answer cache %s holds what is no answer: %s", self._cache.path, error)
            else:
                if not isinstance(raw, Failure):
                    found[key] = replace(raw, usage=FROM_CACHE)
        if stale := [key for key in found if kept[key].is_stale]:
            self._writer.submit(self._cache.touch, stale)
        return found

    def _keep(self, said: Mapping[bytes, RawOutput]) -> None:
        """Write on a thread: nobody waits for another process that writes, too."""
        answers = {key: json.dumps(spelled(raw)) for key, raw in said.items() if not isinstance(raw, Failure)}
        if answers:
            self._unwritten |= {key: Kept(answer, is_stale=False) for key, answer in answers.items()}
            self._writer.submit(self._write, answers)

    def _write(self, answers: Mapping[bytes, str]) -> None:
        self._cache.put(answers)
        for key in answers:
            self._unwritten.pop(key, None)
