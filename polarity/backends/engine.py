"""One engine for all callers: texts are read on one thread, rows go through the network on another.

A call's way: let in by an estimate of its tokens (`admission`) -> read in slices, turn by turn, so that a
long list holds up no short one -> its rows wait beside everybody's (`turns`) -> batches -> the call's future.
Nothing is waited for to fill a batch: while the network works, rows gather; while it rests, a text goes
through alone.

Where one caller is all there is, a file, its call is read as a whole before the network begins: which rows
share a batch, on which the last bits hang, is then never a question of which thread was quicker.

A caller who leaves, or whose time is up, cancels the future: what is not yet begun is forgotten at once.
What breaks a batch is isolated and fails alone. What nobody expected fails the calls that it happened to,
and the thread goes on.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from polarity.backends.admission import Admission, Limits
from polarity.backends.calls import Asked, Said, Text
from polarity.backends.isolation import isolated
from polarity.backends.turns import Row, Turns
from polarity.errors import BackendUnavailable, CallRefused, TooManyTokens
from polarity.statistics.counted import counted

log = logging.getLogger(__name__)

END_S: Final = 30.0

Read = Callable[[Sequence[str]], Sequence[Text]]
Score = Callable[[Sequence[Sequence[int]]], Sequence[Sequence[float]]]


@dataclass
class Numbers:
    """What an engine has done since it began, for metrics.

    calls, refused, left    calls that were let in, that were not, and whose caller went before the end
    batches, rows, failed   forward passes, readings in them, and readings that broke
    tokens, padded_tokens   of these readings, and if each batch were one table, padded to its longest
    waited_s, worked_s      seconds from a call's coming to its first batch, of all calls; and of the network
    waiting_tokens          let in and not done now, partly by estimate
    tokens_per_s            how quickly tokens get done, lately; None before the first batch
    """

    calls: int = 0
    refused: int = 0
    left: int = 0
    batches: int = 0
    rows: int = 0
    failed: int = 0
    tokens: int = 0
    padded_tokens: int = 0
    waited_s: float = 0.0
    worked_s: float = 0.0
    waiting_tokens: int = 0
    tokens_per_s: float | None = None


class Engine:
    """Tokenizes with `read` and scores with `score`, in batches of at most `budget` tokens, padding included.

    Each is called on a thread of its own. `clock` gives seconds.
    """

    def __init__(
        self,
        read: Read,
        score: Score,
        *,
        budget: int,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._score, self._clock = read, score, clock
        self._turns, self._admission, self._numbers = Turns(budget), Admission(limits), Numbers()
        self._is_alone = limits.is_alone
        self._unread: deque[Asked] = deque()
        self._reading: Asked | None = None
        self._is_closed = False
        self._changed = threading.Condition()
        steps = ((self._read_next, "polarity-bert-reader"), (self._score_next, "polarity-bert"))
        self._threads = [
            threading.Thread(target=_repeat, args=(step,), name=name, daemon=True) for step, name in steps
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, texts: Sequence[str], most: int) -> Future[list[Said]]:
        """Let a call in that has at most about `most` tokens. To take it back, cancel the future.

        The future raises `TooManyTokens` where the texts turn out to have more than a call may.

        Raises:
            Overloaded: too much is waiting.
            BackendUnavailable: the engine was closed.
        """
        with self._changed:
            if self._is_closed:
                raise BackendUnavailable("the BERT backend is closed")
            about = self._admission.estimate(most)
            try:
                self._admission.admit(about, before=lambda: self._before(about))
            except CallRefused:
                self._numbers.refused += 1
                raise
            asked = Asked(came=self._turns.done, texts=texts, most=most, held=about, came_s=self._clock())
            self._numbers.calls += 1
            self._unread.append(asked)
            self._changed.notify_all()
        asked.future.add_done_callback(lambda future: self._left(asked) if future.cancelled() else None)
        return asked.future

    def _before(self, tokens: int) -> int:
        """Count what comes before a call of so many tokens: rows, and about as much as is not read yet."""
        unread = [*self._unread, self._reading] if self._reading else self._unread
        return self._turns.before(tokens) + sum(
            min(asked.unread_tokens, self._turns.due_before(tokens, asked)) for asked in unread
        )

    @property
    def numbers(self) -> Numbers:
        """What was done until now."""
        with self._changed:
            waiting, speed = self._admission.waiting, self._admission.tokens_per_s
            return replace(self._numbers, waiting_tokens=waiting, tokens_per_s=speed)

    def close(self, within_s: float = END_S) -> None:
        """Take no more calls, finish those that are there, and end the threads. What takes longer fails."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        until_s = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))
        with self._changed:
            left = [*self._unread, *_calls_of(self._turns.take_all())]
        self._fail(left, BackendUnavailable("the BERT backend is closed"))

    def _left(self, asked: Asked) -> None:
        with self._changed:
            self._numbers.left += 1
            self._forget(asked)

    def _forget(self, asked: Asked) -> None:
        with suppress(ValueError):
            self._unread.remove(asked)
        self._turns.drop(asked)
        self._hold(asked, 0)
        asked.is_over = True  # its future is done only after the lock is let go

    def _hold(self, asked: Asked, tokens: int) -> None:
        self._admission.change(tokens - asked.held)
        asked.held = tokens

    # On the reading thread

    def _read_next(self) -> bool:
        """Read a slice of the next call; False: there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._unread or self._is_closed)
            if not self._unread:
                return False
            asked = self._reading = self._unread.popleft()
        try:
            found = isolated(self._read, asked.next_texts(whole=self._is_alone))
            _log_failures("tokenizer", found)
            with self._changed:
                if not asked.is_over:
                    self._line_up(asked, found)
        except BaseException as error:
            self._fail([asked], error)
            if not isinstance(error, TooManyTokens):
                raise
        finally:
            with self._changed:
                self._reading = None
                self._changed.notify_all()
        self._finish([asked])
        return True

    def _line_up(self, asked: Asked, found: Sequence[Text | Exception]) -> None:
        self._turns.add(asked, asked.read(found))
        self._admission.check(asked.lined_up)
        if asked.is_read:
            self._hold(asked, asked.unscored_tokens)
            self._admission.learn(asked.most, asked.lined_up)
        else:
            self._unread.append(asked)

    # On the network's thread

    def _score_next(self) -> bool:
        """Score a batch; False: there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._turns) or self._is_done)
            batch = self._turns.take()
            if not batch:
                return False
            began_s = self._clock()
            self._note_begun(batch, began_s)
        try:
            found = isolated(self._score, [row.ids for row in batch], is_sound=_are_finite)
        except BaseException as error:
            self._fail(_calls_of(batch), error)
            raise
        _log_failures("classifier", found)
        with self._changed:
            self._note_scored(batch, found, self._clock() - began_s)
        self._finish(_calls_of(batch))
        return True

    @property
    def _is_done(self) -> bool:
        return self._is_closed and not self._unread and not self._reading

    def _note_begun(self, batch: Sequence[Row], now_s: float) -> None:
        for asked in _calls_of(batch):
            if not asked.has_begun:
                asked.has_begun = True
                self._numbers.waited_s += now_s - asked.came_s

    def _note_scored(
        self, batch: Sequence[Row], found: Sequence[Sequence[float] | Exception], seconds: float
    ) -> None:
        numbers, tokens = self._numbers, sum(row.length for row in batch)
        numbers.batches += 1
        numbers.rows += len(batch)
        numbers.failed += sum(isinstance(one, Exception) for one in found)
        numbers.tokens += tokens
        numbers.padded_tokens += len(batch) * batch[-1].length
        numbers.worked_s += seconds
        self._admission.worked(tokens=tokens, seconds=seconds)
        for row, one in zip(batch, found, strict=True):
            asked = _asked(row)
            asked.scored(row, one)
            if not asked.is_over:
                self._hold(asked, asked.unscored_tokens if asked.is_read else max(0, asked.held - row.length))

    def _finish(self, calls: Iterable[Asked]) -> None:
        for asked in calls:
            if asked.is_whole:
                with suppress(InvalidStateError):  # its caller has left, or it has failed
                    asked.future.set_result(asked.said())

    def _fail(self, calls: Iterable[Asked], error: BaseException) -> None:
        for asked in calls:
            with self._changed:
                self._forget(asked)
            with suppress(InvalidStateError):
                asked.future.set_exception(error)


def _repeat(step: Callable[[], bool]) -> None:
    """Take steps until there are no more. One that fails is logged, and the next is taken."""
    goes_on = True
    while goes_on:
        try:
            goes_on = step()
        except BaseException:  # also SystemExit: a thread that ends leaves every caller waiting for ever
            log.exception("the BERT engine failed on %s, and goes on", threading.current_thread().name)


def _asked(row: Row) -> Asked:
    assert isinstance(row.call, Asked)  # noqa: S101 - only the engine lines rows up
    return row.call


def _calls_of(batch: Sequence[Row]) -> list[Asked]:
    """Give the calls that rows are of, each once."""
    return list(dict.fromkeys(map(_asked, batch)))


def _are_finite(logits: Sequence[float]) -> bool:
    return all(map(math.isfinite, logits))


def _log_failures(what: str, found: Sequence[object]) -> None:
    """Log how many failed of some, and the first one's traceback; nothing of a text is in it."""
    errors = [one for one in found if isinstance(one, Exception)]
    if errors:
        log.error("%s failed in the %s", counted(len(errors), "texts"), what, exc_info=errors[0])
