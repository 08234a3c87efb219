"""The BERT backend: any sequence classifier with a softmax, behind one engine for all callers.

The engine batches rows of all calls by their length (`engine`, `turns`). A text that is read in several
windows is as many rows, and its answer their mean, to which the temperature is applied: that is what it
was fitted on.

Company and padding change the shapes of the matrix products, and with them the order of their sums:
in fp32 a probability moves by less than 1e-6, whoever else is in the batch. In bf16 by torch it moves in
the second digit, so that is chosen by a person and never by what the processor can do. `auto` takes int8
where it was measured to move by less than 1e-3 (`runtimes.kept`).
"""

import asyncio
import json
import logging
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, Self

from polarity.backends.admission import Limits, most_tokens
from polarity.backends.afresh import asked_before
from polarity.backends.base import well_formed
from polarity.backends.calls import Said
from polarity.backends.engine import Engine
from polarity.backends.facts import WEIGHTS, TextClassifier, Wanted
from polarity.backends.numbers import Numbers
from polarity.backends.result_cache import ResultCache
from polarity.backends.runtimes.choice import choose
from polarity.backends.temperature import read_calibration, weights_hash
from polarity.contract import Contract
from polarity.contract.binding import Bound, bound
from polarity.errors import BackendUnavailable
from polarity.settings import BertSettings
from polarity.types import Failure, RawOutput, Scores, Usage

log = logging.getLogger(__name__)

NO_LIMITS = Limits()
Columns = Mapping[str, tuple[int, ...]]  # the contract's names, each with the places of its logits


class BertBackend:
    """Scores texts with a fine-tuned classifier. See `PolarityBackend`."""

    name = "bert"

    def __init__(
        self,
        classifier: TextClassifier,
        settings: BertSettings,
        limits: Limits = NO_LIMITS,
        *,
        columns: Columns | None = None,
        temperature: float = 1.0,
        results: ResultCache | None = None,
    ) -> None:
        self.model, self.results = settings.model, results
        self._columns = columns or {name: (at,) for at, name in enumerate(classifier.facts.names)}
        self._classifier, self._facts, self._temperature = classifier, classifier.facts, temperature
        self._reads_all = settings.overflow == "window"
        self._deadline_s = limits.deadline_s
        self._engine = Engine(
            classifier.read,
            classifier.score,
            budget=settings.batch_tokens,
            limits=limits,
            at_once=self._facts.at_once,
        )

    @classmethod
    def load(
        cls,
        settings: BertSettings,
        contract: Contract,
        *,
        limits: Limits = NO_LIMITS,
        apart: TextClassifier | None = None,
    ) -> Self:
        """Load the checkpoint that the settings name and bind its labels to the contract's.

        `apart`: what loads it in a process of its own, which neither holds up this one nor is held up by
        it. It is closed where it cannot be used.

        Raises:
            CheckpointError: it is missing, corrupt, not safetensors, does not fit the contract, or has
                a calibration for other weights.
        """
        classifier = apart or _loaded(settings)
        try:
            binding = bound(classifier.facts.names, contract, settings.labels)
            temperature = _temperature(settings, binding)
            results = _results(settings, contract)
        except BaseException:
            classifier.close()
            raise
        columns = binding.columns
        return cls(classifier, settings, limits, columns=columns, temperature=temperature, results=results)

    @property
    def is_up(self) -> bool:
        """Whether it can answer now: not while its process is being started again."""
        return self._classifier.is_up

    @property
    def runtime(self) -> str:
        """What runs the network, and in what precision, as "onnxruntime int8"."""
        return self._facts.runtime

    @property
    def numbers(self) -> Numbers:
        """What the engine has done until now."""
        return self._engine.numbers

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Score each text, but for those whose results are kept.

        Raises:
            BackendUnavailable: the backend was closed, or its process is being started again.
            Overloaded: too much is waiting.
            TooManyTokens: these are more than one call may have.
        """
        sound = [*map(well_formed, texts)]
        if self.results is None or asked_before.get() != 0:
            return await self._scored(sound)
        kept: Mapping[str, RawOutput] = self.results.found(sound)
        missing = [text for text in dict.fromkeys(sound) if text not in kept]
        said = dict(zip(missing, await self._scored(missing), strict=True))
        for text, raw in said.items():
            if isinstance(raw, Scores):
                self.results.put(text, raw)
        return [said.get(text) or kept[text] for text in sound]

    async def _scored(self, texts: Sequence[str]) -> list[RawOutput]:
        if not texts:
            return []
        if not self.is_up:
            raise BackendUnavailable("the classifier's process has ended, and is being started again")
        asked = self._engine.ask(texts, sum(map(self._most, texts)))
        try:
            async with asyncio.timeout(self._deadline_s):
                said = await asyncio.wrap_future(asked)
        except TimeoutError:
            detail = f"no answer within {self._deadline_s:g} s: see bert.deadline_ms"
            return [Failure(reason="timeout", detail=detail)] * len(texts)
        return [*map(self._answer, said)]

    async def aclose(self) -> None:
        """Let the work under way finish, then end threads and processes."""
        try:
            await asyncio.to_thread(self._engine.close)
        finally:
            await asyncio.to_thread(self._classifier.close)

    def _most(self, text: str) -> int:
        most = most_tokens(text, sum(self._facts.frame))
        return most if self._reads_all else min(most, self._facts.max_length)

    def _answer(self, said: Said) -> RawOutput:
        """Make one answer of a text out of what was said of its readings."""
        if not said.parts:
            detail = f"{said.tokens} tokens, and {self._facts.max_length} are read: see bert.overflow"
            return Failure(reason="text_too_long", detail=detail)
        read = 0
        logits = []
        for part in said.parts:
            if isinstance(part, Exception):
                return Failure(reason="internal", detail=f"{type(part).__name__} in the classifier")
            read += part.tokens
            logits.append(part.logits)
        shares = mean_at_temperature(logits, self._temperature, [*self._columns.values()])
        if not all(map(math.isfinite, shares)):  # the softmax of what is not finite is not a number
            return Failure(reason="internal", detail="the classifier's logits are not finite")
        return Scores(
            probabilities=dict(zip(self._columns, shares, strict=True)),
            source="softmax",
            tokens=read,
            truncated=read < said.tokens,
            known=said.known,
            usage=Usage(prompt_tokens=read),
        )


def begun_apart(settings: BertSettings) -> TextClassifier:
    """Start a process that loads the checkpoint; what is wrong with it is said where facts are asked for."""
    from polarity.backends.apart import ClassifierApart

    return ClassifierApart(partial(_wanted, settings))


def _loaded(settings: BertSettings) -> TextClassifier:
    from polarity.backends.loaded import LoadedClassifier

    return LoadedClassifier.load(_wanted(settings))


def _results(settings: BertSettings, contract: Contract) -> ResultCache | None:
    """Make a cache, where there is to be one, of what this checkpoint says under this contract."""
    if not settings.result_cache:
        return None
    source = Path(settings.source)
    checkpoint = weights_hash(source) if (source / WEIGHTS).is_file() else settings.source
    labels = json.dumps(dict(settings.labels), sort_keys=True)
    return ResultCache(settings.result_cache, f"{checkpoint} {contract.ref.sha256} {labels}")


def _temperature(settings: BertSettings, binding: Bound) -> float:
    if settings.calibration == "none":
        return 1.0
    own = read_calibration(Path(settings.source), binding.summed)
    return own.temperature if own else 1.0


def _wanted(settings: BertSettings) -> Wanted:
    choice = choose(settings)
    log.log(logging.WARNING if choice.is_second else logging.INFO, "BERT runs by %s", choice.sentence)
    precision: Literal["fp32", "bf16"] = "bf16" if choice.precision == "bf16" else "fp32"
    return Wanted(
        settings.source,
        precision,
        settings.max_length,
        settings.overflow,
        settings.threads,
        choice.folder,
    )


def mean_at_temperature(
    logits: Sequence[Sequence[float]], temperature: float, columns: Sequence[Sequence[int]]
) -> list[float]:
    """Average the distributions that these logits stand for, add up each label's columns, and temper that.

    Tempering divides logits by the temperature. The sum will do for the mean: what it is more, by a constant
    factor, the softmax does not see. A label without a column has probability 0.

    >>> windows = [[math.log(0.9), math.log(0.1)], [math.log(0.7), math.log(0.3)]]
    >>> [round(share, 4) for share in mean_at_temperature(windows, 2.0, [(0,), (1,)])]  # roots of 0.8, 0.2
    [0.6667, 0.3333]
    >>> [round(share, 4) for share in mean_at_temperature([[0.0, 0.0, 0.0]], 1.0, [(0, 1), (), (2,)])]
    [0.6667, 0.0, 0.3333]
    """
    logs = [[logit - total for logit in row] for row in logits for total in [_log_sum(row)]]
    summed = [_log_sum(column) for column in zip(*logs, strict=True)]
    tempered = [_log_sum([summed[at] for at in places]) / temperature for places in columns]
    total = _log_sum(tempered)
    return [math.exp(log - total) for log in tempered]


def _log_sum(logs: Sequence[float]) -> float:
    """Give the logarithm of the sum of what these are logarithms of: not a number where one is not."""
    top = max(logs, default=-math.inf)
    if top == -math.inf:
        return top
    return top + math.log(math.fsum(math.exp(log - top) for log in logs))
