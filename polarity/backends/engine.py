"""One engine for all callers: texts are read on one thread, rows go through the network on others.

A call's way: let in by an estimate of its tokens (`admission`) -> read in slices, turn by turn, so that a
long list holds up no short one -> its rows wait beside everybody's (`turns`) -> batches, as many at once as
the network has threads -> the call's future. Nothing is waited for to fill a batch: while the network works,
rows gather; while it rests, a text goes through alone.

Where one caller is all there is, a file, its call is read as a whole before the network begins: which rows
share a batch, on which the last bits hang, is then never a question of which thread was quicker.

A caller who leaves, or whose time is up, cancels the future: what is not yet begun is forgotten at once.
What breaks a batch is isolated and fails alone (`isolation`). What nobody expected fails the calls that it
happened to, and the thread goes on.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from polarity.backends.admission import Admission, Limits
from polarity.backends.calls import SLICE_CHARS, Asked, Said, Text
from polarity.backends.facts import Read, Score
from polarity.backends.isolation import Company, is_failure, log_failures
from polarity.backends.numbers import Numbers
from polarity.backends.turns import ALONE, Row, Turns
from polarity.errors import BackendUnavailable, CallRefused, TooManyTokens

log = logging.getLogger(__name__)

END_S: Final = 30.0


class _Try(NamedTuple):
    """Rows that were scored together: how many tokens they have, and in how long; None: it broke."""

    tokens: int
    seconds: float | None = None


class Engine:
    """Tokenizes with `read` and scores with `score`, in batches of at most `budget` tokens, padding included.

    `read` is called on a thread of its own, `score` on `at_once` threads. `clock` gives seconds.
    """

    def __init__(
        self,
        read: Read,
        score: Score,
        *,
        budget: int,
        limits: Limits,
        at_once: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._score, self._at_once, self._clock = read, score, at_once, clock
        self._turns, self._admission, self._numbers = Turns(budget), Admission(limits), Numbers()
        self._is_alone = limits.is_alone
        self._unread: deque[Asked] = deque()
        self._reading: list[Asked] = []
        self._scoring: list[Sequence[Row]] = []  # the batches that are in the network
        self._company = Company()
        self._is_closed = False
        lock = threading.RLock()
        self._changed, self._came = threading.Condition(lock), threading.Condition(lock)  # `_came`: calls
        scoring = [(self._score_next, f"polarity-bert-{number}") for number in range(at_once)]
        steps = [(self._read_next, "polarity-bert-reader"), *scoring]
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
            self._came.notify()
        asked.future.add_done_callback(lambda future: self._left(asked) if future.cancelled() else None)
        return asked.future

    def _before(self, tokens: int) -> int:
        """Count what comes before a call of so many tokens: rows, and about as much as is not read yet."""
        return self._turns.before(tokens) + sum(
            min(asked.unread_tokens, self._turns.due_before(tokens, asked))
            for asked in (*self._unread, *self._reading)
        )

    @property
    def numbers(self) -> Numbers:
        """What was done until now."""
        with self._changed:
            waiting, speed = self._admission.waiting, self._admission.tokens_per_s
            return replace(self._numbers, waiting_tokens=waiting, tokens_per_s=speed)

    def close(self, within_s: float = END_S) -> None:
        """Take no more calls, finish those that are there, end the threads. What still waits then fails."""
        with self._changed:
            self._is_closed = True
            self._came.notify_all()
            self._changed.notify_all()
        until_s = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))
        with self._changed:
            rows = [*self._turns.take_all(), *(row for batch in self._scoring for row in batch)]
            left = [*self._unread, *self._reading, *_calls_of(rows)]
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
        """Read a slice of the next call, or of several that fit one; False: there will be none."""
        with self._changed:
            self._came.wait_for(lambda: self._unread or self._is_closed)
            if not self._unread:  # all were read, or the last one has left: the network's threads may end
                self._changed.notify_all()
                return False
            slices = self._next_slices()
            self._reading = [*slices]
        try:
            given = [(asked, text) for asked, own in slices.items() for text in own]
            found = self._company.isolated(self._read_of, given, is_over=lambda one: one[0].is_over)
            log_failures("tokenizer", found)
            texts = iter(found)
            for asked, own in slices.items():
                self._line_up(asked, [*islice(texts, len(own))])
        except BaseException as error:
            self._fail(slices, error)
            raise
        finally:
            with self._changed:
                self._reading = []
                self._changed.notify_all()
        self._finish(slices)
        return True

    def _read_of(self, given: Sequence[tuple[Asked, str]]) -> Sequence[Text]:
        return self._read([text for _, text in given])

    def _next_slices(self) -> dict[Asked, Sequence[str]]:
        """Take calls off that are read at a time: to read one text costs about as much as to read ten."""
        slices: dict[Asked, Sequence[str]] = {}
        size = 0
        while self._unread:
            texts = self._unread[0].next_texts(whole=self._is_alone)
            size += sum(map(len, texts))
            if slices and size > SLICE_CHARS:
                break
            slices[self._unread.popleft()] = texts
        return slices

    def _line_up(self, asked: Asked, found: Sequence[Text | Exception]) -> None:
        """Have what was read of a call wait for the network, unless it was given up, or has too much."""
        try:
            with self._changed:
                if asked.is_over:
                    return
                self._turns.add(asked, asked.read(found))
                self._admission.check(asked.lined_up)
                if asked.is_read:
                    self._hold(asked, asked.unscored_tokens)
                    if asked.has_readings:  # else it says little of how much texts have
                        self._admission.learn(asked.most, asked.lined_up)
                else:
                    self._unread.append(asked)
        except TooManyTokens as error:
            self._fail([asked], error)

    # On the network's threads

    def _score_next(self) -> bool:
        """Score a batch; False: there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._turns) or self._is_done)
            batch = self._turns.take(self._at_once)
            if not batch:
                return False
            is_lone = self._is_lone(batch)
            self._note_begun(batch)
        try:
            try:
                self._score_batch(batch, is_lone=is_lone)
            finally:
                with self._changed:
                    self._note_ended(batch)
            self._finish(_calls_of(batch))
        except BaseException as error:
            self._fail(_calls_of(batch), error)
            raise
        return True

    def _score_batch(self, batch: Sequence[Row], *, is_lone: bool) -> None:
        tries: list[_Try] = []
        score = partial(self._timed, tries, is_lone=is_lone)
        found = self._company.isolated(
            score, batch, is_sound=_are_finite, is_over=lambda row: _asked(row).is_over
        )
        log_failures("classifier", found)
        with self._changed:
            if tries:
                self._note_speed(tries[0], is_lone=is_lone)
            self._note_scored(batch, found)

    def _timed(self, tries: list[_Try], rows: Sequence[Row], *, is_lone: bool) -> Sequence[Sequence[float]]:
        tries.append(_Try(sum(row.length for row in rows)))
        begun_s = self._clock()
        found = self._score([row.ids for row in rows], is_lone=is_lone)
        tries[-1] = tries[-1]._replace(seconds=self._clock() - begun_s)
        return found

    def _is_lone(self, batch: Sequence[Row]) -> bool:
        """Whether nothing else is in the network, or waits for it, beside a batch that was just taken.

        A list's last row never is: no bit of it must hang on which thread was quicker.
        """
        is_only = len(batch) == 1 and not len(self._turns) and not self._numbers.in_network
        return is_only and _asked(batch[0]).is_one_row

    @property
    def _is_done(self) -> bool:
        return self._is_closed and not self._unread and not self._reading

    def _note_begun(self, batch: Sequence[Row]) -> None:
        now_s = self._clock()
        self._scoring.append(batch)
        self._numbers.begun(now_s)
        for asked in _calls_of(batch):
            if not asked.has_begun:
                asked.has_begun = True
                self._numbers.waited_s += now_s - asked.came_s

    def _note_ended(self, batch: Sequence[Row]) -> None:
        self._scoring = [other for other in self._scoring if other is not batch]
        self._numbers.ended(self._clock())

    def _note_scored(self, batch: Sequence[Row], found: Sequence[Sequence[float] | Exception]) -> None:
        self._numbers.scored([row.length for row in batch], failed=sum(map(is_failure, found)))
        for row, one in zip(batch, found, strict=True):
            asked = _asked(row)
            asked.scored(row, one)
            if not asked.is_over:
                self._hold(asked, asked.unscored_tokens if asked.is_read else max(0, asked.held - row.length))

    def _note_speed(self, tried: _Try, *, is_lone: bool) -> None:
        """Note how quick all threads would be together, by a batch on one of them; on all, if it is lone.

        A try that broke says nothing. Others say the less, the more threads rest: they might be slower all
        together, and what holds up all of them is not to count for each. What a batch costs of itself counts,
        too: else a short one would say nothing of how quick full ones are.
        """
        if tried.seconds is not None:
            tokens = (tried.tokens + ALONE) * (1 if is_lone else self._at_once)
            weight = self._numbers.in_network / self._at_once
            self._admission.worked(tokens=tokens, seconds=tried.seconds, weight=weight)

    def _finish(self, calls: Iterable[Asked]) -> None:
        with self._changed:  # the next slice of one of them may be lined up now
            whole = [asked for asked in calls if asked.is_whole and not asked.is_over]
        for asked in whole:
            said = asked.said()
            with suppress(InvalidStateError):  # its caller has left, or it has failed
                asked.future.set_result(said)

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
