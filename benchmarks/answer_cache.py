"""How much sooner texts are answered from the cache: TEXTS fresh ones, asked, and asked again.

By the embedded SmolLM2, by score. The second asking is by a backend that was started anew, as in a re-run;
what starting takes is said apart. Both times are of this machine and this run; the bar is their ratio.

python benchmarks/answer_cache.py [TEXTS]
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from polarity.backends.answer_cache import AnswerCache
from polarity.backends.cached import FROM_CACHE, CachedBackend
from polarity.backends.llm import LlmBackend
from polarity.contract import load_contract
from polarity.settings import LlmSettings
from polarity.types import Failure, RawOutput

BAR = 1000.0
DEADLINE_S = 3600.0
THINGS = ["parcel", "agent", "refund", "cup", "app", "invoice", "delivery", "chair"]
ENDS = ["was a joy", "never came", "broke after a week", "is what it is", "could not be better"]


def texts(count: int) -> list[str]:
    return [f"The {THINGS[at % 8]} number {at} {ENDS[at % 5]}." for at in range(count)]


async def asked(folder: Path, count: int) -> tuple[float, float, list[RawOutput]]:
    """Start a backend and ask; give the seconds for either, and what was said."""
    begun = time.perf_counter()
    cache = AnswerCache(folder, most_mb=64)
    backend = CachedBackend(LlmBackend.start(LlmSettings(), load_contract(), deadline_s=DEADLINE_S), cache)
    started = time.perf_counter()
    raws = await backend.predict(texts(count))
    ended = time.perf_counter()
    await backend.aclose()
    return started - begun, ended - started, raws


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, first_s, first = await asked(Path(folder), count)
        start_s, again_s, again = await asked(Path(folder), count)
    failed = sum(isinstance(raw, Failure) for raw in first)
    cached = sum(not isinstance(raw, Failure) and raw.usage == FROM_CACHE for raw in again)
    ratio = first_s / again_s
    print(f"asked: {count} texts in {first_s:.2f} s, {count / first_s:.1f} a second, {failed} failed")
    print(
        f"again: {cached} of {count} from the cache in {again_s * 1000:.1f} ms, after {start_s:.1f} s to start"
    )
    print(f"{ratio:,.0f} times as fast (bar {BAR:,.0f}: {'met' if ratio >= BAR else 'missed'})")


asyncio.run(main(int((sys.argv[1:] or ["200"])[0])))
