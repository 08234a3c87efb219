"""What a running service holds: the classifier once loaded, and what its requests come to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from polarity.errors import PolarityError
from polarity.service.counting import Counting
from polarity.service.probing import READY, limit_of, probed
from polarity.service.problems import ProblemError
from polarity.service.schemas import ReloadResponse
from polarity.service.serving import ClassifierFactory, Serving, built
from polarity.service.shadow import Shadow
from polarity.service.storing import Storing
from polarity.settings import Settings, changed_keys

log = logging.getLogger(__name__)

LOADING_RETRY_S = 2
OVERLOADED_RETRY_S = 1
FAILED_RETRY_S = 60
BUSY: Final = 2  # a half of what may be under way, and a candidate has to wait
ONCE: Final = ("service", "store", "review", "watch")  # sections that are read at the start only


class Runtime:
    """Loads the classifier beside the event loop, admits requests to it, and puts another one in its place.

    `settled` is set once loading has ended, well or badly; `failure` then says how badly. `again` reads the
    settings anew, for a reload. `storing` keeps what is decided, `shadow` asks a candidate behind it.
    """

    def __init__(
        self, settings: Settings, factory: ClassifierFactory, again: Callable[[], Settings] | None = None
    ) -> None:
        self.settings = settings
        self.settled = asyncio.Event()
        self.failure: Exception | None = None
        self.storing = Storing(settings.store)
        self.shadow: Shadow | None = None
        self.in_flight = 0
        self.counting = Counting()
        self._factory, self._again = factory, again
        self._serving: Serving | None = None
        self._reloading: asyncio.Task[Any] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """Build the classifier in a thread. Never raises: `failure` keeps what went wrong."""
        try:
            self.storing.start()
            await self._take_over(await built(self.settings, self._factory, self.storing))
            self.storing.note("started", self._described())
        except Exception as error:  # noqa: BLE001 - whatever it is, /readyz must say so and serve() raises it
            self.failure = error
            log.error("the classifier cannot be loaded: %s", error)  # noqa: TRY400 - serve() raises it
        finally:
            self.settled.set()

    @property
    def loaded(self) -> Serving | None:
        """Who answers; None while nobody does."""
        return self._serving

    @property
    def is_reloading(self) -> bool:
        """Whether a classifier is being loaded to take over."""
        return self._reloading is not None

    async def reload(self) -> ReloadResponse:
        """Read the settings anew and let the classifier take over that they describe, once it has answered.

        Whatever is wrong with it, the one that answers goes on. Requests that are under way end as they
        began; the old classifier is closed when the last of them has.

        Raises:
            ProblemError: the settings or what they name cannot be used, the new classifier does not answer,
                or another reload is under way.
        """
        if self._again is None or self._serving is None:
            raise ProblemError(
                "reload_refused", "the service has no settings to read anew, or is still loading"
            )
        if self.is_reloading:
            raise ProblemError("reload_refused", "another reload is under way")
        self._reloading = asyncio.current_task()
        try:
            settings, new = await self._new(self._again)
            await self._check_answers(new)
            restart = [name for name in ONCE if getattr(settings, name) != getattr(self.settings, name)]
            changed = changed_keys(self._serving.settings, settings)
            await self._take_over(new)
        finally:
            self._reloading = None
        found = ReloadResponse(changed=changed, **self._described(), needs_restart=restart)
        self.storing.note("reloaded", found.model_dump())
        log.warning("reloaded: %s", found.model_dump_json())
        return found

    async def _new(self, again: Callable[[], Settings]) -> tuple[Settings, Serving]:
        try:
            settings = await asyncio.to_thread(again)
            return settings, await built(settings, self._factory, self.storing)
        except PolarityError as error:
            log.warning("not reloaded: %s", error)
            raise ProblemError("reload_refused", f"nothing has changed: {_first_line(error)}") from None
        except Exception as error:
            log.warning("not reloaded", exc_info=error)
            raise ProblemError("reload_refused", "nothing has changed: the log says why") from None

    async def _check_answers(self, new: Serving) -> None:
        """Ask the canary: one text, of every backend.

        Raises:
            ProblemError: one of them does not answer.
        """
        try:
            states = await probed(new.classifier, limit_of(new.settings))
        except asyncio.CancelledError:  # the service stops meanwhile
            await _all_closed(new.classifier.aclose())
            raise
        if silent := {name: state for name, state in states.items() if state != READY}:
            await _all_closed(new.classifier.aclose())
            log.warning("not reloaded: the new classifier does not answer: %s", silent)
            raise ProblemError(
                "reload_refused", f"nothing has changed: the new classifier does not answer: {silent}"
            )

    async def _take_over(self, new: Serving) -> None:
        """Let it answer from here on. Whoever is at the one before still gets the answer."""
        old, self._serving = self._serving, new
        if old is not None:
            old.is_retired = True
            if not old.users:
                self._close(old)
        shadow, self.shadow = self.shadow, None
        if shadow is not None:
            await _all_closed(shadow.aclose())
        if new.settings.shadow.name is not None:
            self.shadow = Shadow(
                new.settings, self.storing, self._factory, is_busy=self.is_busy, before=shadow
            )
            self.shadow.start()

    def _close(self, old: Serving) -> None:
        closing = asyncio.create_task(_all_closed(old.classifier.aclose()))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _described(self) -> dict[str, Any]:
        serving = self.serving()
        ref = serving.classifier.contract.ref
        return {
            "backend": serving.settings.backend,
            "contract": ref._asdict(),
            "models": {name: model._asdict() for name, model in serving.by.models.items()},
        }

    def serving(self) -> Serving:
        """Say who answers now.

        Raises:
            ProblemError: the classifier is still loading, or could not be loaded.
        """
        if self._serving is not None:
            return self._serving
        if self.failure is not None:
            raise ProblemError(
                "unavailable", "the classifier could not be loaded", retry_after=FAILED_RETRY_S
            )
        raise ProblemError("loading", "ask again when /readyz answers 200", retry_after=LOADING_RETRY_S)

    def check_room(self) -> None:
        """Let a request pass if there is a classifier, and room for one more.

        Raises:
            ProblemError: there is not.
        """
        limit = self.serving().settings.most_in_flight
        if self.in_flight >= limit:
            raise ProblemError(
                "overloaded", f"{limit} requests are already under way", retry_after=OVERLOADED_RETRY_S
            )

    def is_busy(self) -> bool:
        """Say whether so many requests are under way that nothing else should be done."""
        return self.in_flight > self.serving().settings.most_in_flight // BUSY

    @contextmanager
    def admitted(self) -> Iterator[Serving]:
        """Count one request as under way, and give who answers it.

        Raises:
            ProblemError: as many as the settings allow already are, or nobody answers yet.
        """
        self.check_room()
        self.in_flight += 1
        try:
            with self.using() as serving:
                yield serving
        finally:
            self.in_flight -= 1

    @contextmanager
    def using(self) -> Iterator[Serving]:
        """Give who answers, who is not closed within.

        Raises:
            ProblemError: nobody answers yet.
        """
        serving = self.serving()
        serving.users += 1
        try:
            yield serving
        finally:
            serving.users -= 1
            if serving.is_retired and not serving.users:
                self._close(serving)

    async def aclose(self) -> None:
        """Close the classifier, if there is one, and write what was decided."""
        if self._reloading is not None:  # it may take as long as it likes: nobody needs it any more
            self._reloading.cancel()
            await asyncio.wait([self._reloading])
        closing = [] if self.shadow is None else [self.shadow.aclose()]
        closing += [] if self._serving is None else [self._serving.classifier.aclose()]
        try:
            await _all_closed(*closing, *self._closing)
        finally:
            await asyncio.to_thread(self.storing.close)


async def _all_closed(*closing: Awaitable[None]) -> None:
    """Wait until all are closed; what goes wrong with one is logged, nobody needs it any more."""
    for error in await asyncio.gather(*closing, return_exceptions=True):
        if error is not None:
            log.warning("something could not be closed: %s", error, exc_info=error)


def _first_line(error: PolarityError) -> str:
    return str(error).partition("\n")[0]
