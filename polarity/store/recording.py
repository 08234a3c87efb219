"""`Recorder`: decisions -> the store, on a thread of its own, which nobody waits for."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from polarity.errors import PolarityError, StoreError
from polarity.store.entries import DecisionEntry, Event, Setup, Texts, row_of
from polarity.store.store import Store
from polarity.store.writing import setup_id, write_decisions, write_events

log = logging.getLogger(__name__)

BATCH: Final = 500  # entries in one transaction
GATHERING_S: Final = 0.2  # while a batch gathers: a transaction each would cost more than the decisions
FIRST_WAIT_S: Final = 0.1  # before a store that failed is tried again; twice as long each time,
LONGEST_WAIT_S: Final = 5.0  # up to this
SILENT_S: Final = 10.0  # a batch takes well under a second: a store that takes longer does not answer
CLOSING_S: Final = 5.0
BAD_ROW: Final = (DataError, IntegrityError)  # what is wrong with a row, and not with the store

Entry = DecisionEntry | Event


class Recorder:
    """Takes decisions and writes them behind the callers' backs, in their order and in batches.

    `store` is an open one, or opens one: on the recorder's thread, and as often as it takes. At most `queue`
    entries wait, those that are being written among them: of what comes on top, each is lost and counted, and
    an event "lost" says so in the store. A batch that could not be written is tried again until it is; what
    was written all the same, though the answer was lost, is there once. `texts` says what is kept of a text:
    see `entries.row_of`.
    """

    def __init__(
        self, store: Store | Callable[[], Store], *, queue: int = 10_000, texts: Texts = "keep"
    ) -> None:
        self._open: Callable[[], Store] = (lambda: store) if isinstance(store, Store) else store
        self._is_own = not isinstance(store, Store)
        self._store: Store | None = None
        self._most, self._texts = queue, texts
        self._entries: deque[Entry] = deque()
        self._held = 0  # entries that are taken out, to be written
        self._lock = threading.Lock()
        self._wake, self._ending, self._given_up = threading.Event(), threading.Event(), threading.Event()
        self._enough = threading.Event()  # to write, though more may gather
        self._setups: dict[int, tuple[Setup, int]] = {}
        self._lost_noted = 0
        self.written = self.lost = 0
        self._failure: PolarityError | None = None
        self._asked_at: float | None = None  # since when a store is asked that has not answered
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def store(self) -> Store | None:
        """The store, once it has been opened."""
        return self._store

    @property
    def failure(self) -> PolarityError | None:
        """Why nothing is written now; None where all is well, as far as is known."""
        asked_at = self._asked_at
        if self._failure is None and asked_at is not None and time.monotonic() - asked_at > SILENT_S:
            return StoreError(f"the store has not answered for more than {SILENT_S:g} s")
        return self._failure

    @property
    def waiting(self) -> int:
        """How many entries are not yet written."""
        return len(self._entries) + self._held

    def record(self, entry: DecisionEntry) -> None:
        """Take a decision. Never waits and never raises; one for which there is no room is lost."""
        self._take_in(entry)

    def note_event(self, kind: str, details: Mapping[str, Any]) -> None:
        """Take an event, with the time; as `record`."""
        self._take_in(Event(at=datetime.now(UTC), kind=kind, details=details))

    def _take_in(self, entry: Entry) -> None:
        with self._lock:
            if self.waiting >= self._most or self._ending.is_set():
                self.lost += 1
                return
            self._entries.append(entry)
            if len(self._entries) >= min(BATCH, self._most // 2):
                self._enough.set()
        self._wake.set()

    def close(self, timeout: float = CLOSING_S) -> None:
        """Write what waits, for at most `timeout` seconds; what is left then is lost and counted."""
        with self._lock:
            self._ending.set()
        self._wake.set()
        self._enough.set()
        self._thread.join(timeout)
        self._given_up.set()
        if left := self.waiting:
            self.lost += left
            log.error("%d decisions were not stored before the end", left)
        if self._is_own and self._store is not None and not self._thread.is_alive():
            self._store.close()

    def _run(self) -> None:
        while not self._given_up.is_set():
            self._wake.wait()
            self._wake.clear()
            self._enough.wait(GATHERING_S)
            self._enough.clear()
            is_last = self._ending.is_set()  # asked first: behind it nothing more is taken in
            while self._entries and not self._given_up.is_set():
                self._write_at_last(self._taken())
            if is_last:
                return

    def _taken(self) -> list[Entry]:
        with self._lock:
            batch = [self._entries.popleft() for _ in range(min(BATCH, len(self._entries)))]
            self._held = len(batch)
        return batch

    def _write_at_last(self, batch: Sequence[Entry]) -> None:
        """Write a batch, however long that takes, or until the recorder is given up."""
        wait_s = FIRST_WAIT_S
        while not self._wrote(batch):
            if self._given_up.wait(wait_s):
                return
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _wrote(self, batch: Sequence[Entry]) -> bool:
        """Write a batch, or say that it is to be tried again. A row that no store would take is lost."""
        try:
            self._asked_at = time.monotonic()
            self._write(batch)
        except PolarityError as error:
            self._setups.clear()  # those of this batch were not written, either
            if _is_of_a_row(error.__cause__):
                return self._wrote_singly(batch, error)
            self._say_failed(error)
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is: the thread lives on, and it is said
            self._setups.clear()
            return self._wrote_singly(batch, error)
        finally:
            self._asked_at = None
        self._say_well(len(batch))
        return True

    def _wrote_singly(self, batch: Sequence[Entry], error: Exception) -> bool:
        if len(batch) > 1:
            for entry in batch:
                self._write_at_last([entry])
        else:
            with self._lock:  # callers count there, too
                self.lost += 1
            self._held -= 1
            log.error("a decision cannot be stored: %s", error)
        return True

    def _write(self, batch: Sequence[Entry]) -> None:
        if self._store is None:
            self._store = self._open()
        events = [entry for entry in batch if isinstance(entry, Event)]
        lost = self.lost
        if lost > self._lost_noted:
            details = {"decisions": lost - self._lost_noted}
            events.append(Event(at=datetime.now(UTC), kind="lost", details=details))
        rows = [row_of(entry, self._texts) for entry in batch if isinstance(entry, DecisionEntry)]
        setups = [entry.setup for entry in batch if isinstance(entry, DecisionEntry)]
        with self._store.writing() as connection:
            for row, setup in zip(rows, setups, strict=True):
                row["setup_id"] = self._setup_id(connection, setup)
            write_decisions(connection, rows)
            write_events(connection, events)
        self._lost_noted = lost

    def _setup_id(self, connection: sa.Connection, setup: Setup) -> int:
        """Look up a setup by the object itself, which is the same one for as long as nothing is reloaded."""
        found = self._setups.get(id(setup))
        if found is None:
            found = self._setups[id(setup)] = (setup, setup_id(connection, setup))
        return found[1]

    def _say_failed(self, error: PolarityError) -> None:
        if self._failure is None:
            log.error("decisions are not stored, up to %d wait: %s", self._most, error)
        self._failure = error

    def _say_well(self, count: int) -> None:
        if self._failure is not None:
            log.warning("decisions are stored again; %d were lost", self.lost)
        self._failure = None
        self.written += count
        self._held -= count


def _is_of_a_row(cause: BaseException | None) -> bool:
    """Say whether an error is of what was to be written: to try the same again would be in vain."""
    if isinstance(cause, DBAPIError):
        return isinstance(cause, BAD_ROW)
    return isinstance(cause, StatementError)
