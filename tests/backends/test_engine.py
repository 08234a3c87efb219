"""The engine with real threads: what happens is steered by events, and counted; no clock is judged."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import suppress

import pytest

from polarity.backends.admission import Limits
from polarity.backends.calls import SLICE_CHARS, Asked, Said, Text
from polarity.backends.engine import Engine
from polarity.backends.isolation import Interrupted
from polarity.backends.turns import ALONE
from polarity.errors import BackendUnavailable, Overloaded, TooManyTokens

WAIT_S = 10.0


class Network:
    """A stand-in: a letter is a token, a text's logit is how many it has. It works when it is let.

    A text with "?" cannot be read, one with "!" cannot be scored, and one with "#" has no readings. `rows`
    holds the lengths of each batch, and `lone` whether it has the network for itself.
    """

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.lone: list[bool] = []
        self.begun, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.free = True
        self.killing: BaseException | None = None

    def read(self, texts: Sequence[str]) -> list[Text]:
        """Make a reading of ten letters at most."""
        if any("?" in text for text in texts):
            raise ValueError("cannot read")
        return [
            Text(
                len(text),
                [[*map(ord, text[at : at + 10])] for at in range(0, len(text), 10) if "#" not in text],
            )
            for text in texts
        ]

    def score(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Say how long each is."""
        self.rows.append([len(row) for row in rows])
        self.lone += [is_lone]
        self.begun.release()
        if not self.free:
            assert self.go_on.acquire(timeout=WAIT_S)
        if self.killing:
            killing, self.killing = self.killing, None
            raise killing
        if any(ord("!") in row for row in rows):
            raise ValueError("cannot score")
        return [[float(len(row))] for row in rows]

    def hold(self) -> None:
        """Work no more until `step`."""
        self.free = False

    def step(self, count: int = 1) -> None:
        """Let some batches through."""
        self.go_on.release(count)

    def wait_begun(self) -> None:
        """Wait until a batch is in the network."""
        assert self.begun.acquire(timeout=WAIT_S)


@pytest.fixture
def network() -> Network:
    """A network that works at once."""
    return Network()


@pytest.fixture
def engine(network: Network) -> Iterator[Engine]:
    """An engine over it, whose batches have 40 tokens."""
    engine = Engine(network.read, network.score, budget=40, limits=Limits(queue_tokens=1000, call_tokens=200))
    yield engine
    network.free = True
    network.step(1000)
    engine.close()


def _ask(engine: Engine, *texts: str) -> Future[list[Said]]:
    return engine.ask(texts, sum(map(len, texts)))


def _lengths(future: Future[list[Said]]) -> list[list[float | str]]:
    """Give what was said of each text: its logits, or the exception's words."""
    return [
        [str(part) if isinstance(part, Exception) else part.logits[0] for part in said.parts]
        for said in future.result(WAIT_S)
    ]


def _held(network: Network, engine: Engine) -> Future[list[Said]]:
    """Put a text into the network that stays there until the next step."""
    network.hold()
    first = _ask(engine, "a")
    network.wait_begun()
    return first


def _until_read(engine: Engine, rows: int) -> None:
    with engine._changed:
        assert engine._changed.wait_for(lambda: len(engine._turns) == rows, WAIT_S)


def test_a_lone_text_leaves_at_once(network: Network, engine: Engine) -> None:
    """Nothing is waited for: it is a batch of its own."""
    assert [[3.0]] == _lengths(_ask(engine, "one"))
    assert [[3]] == network.rows


def test_what_gathers_while_the_network_works_is_one_batch(network: Network, engine: Engine) -> None:
    """Of whatever callers it is."""
    first = _held(network, engine)
    others = [_ask(engine, text) for text in ("bb", "ccc", "dddd")]
    _until_read(engine, 3)
    network.step(2)
    assert [[[1.0]], [[2.0]], [[3.0]], [[4.0]]] == [_lengths(future) for future in (first, *others)]
    assert [[1], [2, 3, 4]] == network.rows


def test_order_is_kept_under_a_thousand_callers_at_once(engine: Engine) -> None:
    """Each gets its own answers, in its own order."""
    lists = [["x" * (1 + (7 * at + 3 * place) % 25) for place in range(1 + at % 3)] for at in range(1000)]
    unlimited = Engine(engine._read, engine._score, budget=40, limits=Limits())
    with ThreadPoolExecutor(16) as pool:
        futures = list(pool.map(lambda texts: _ask(unlimited, *texts), lists))
    wait(futures, WAIT_S)
    found = [[said.tokens for said in future.result(0)] for future in futures]
    numbers = unlimited.numbers
    unlimited.close()
    assert [[len(text) for text in texts] for texts in lists] == found
    assert (1000, 0) == (numbers.calls, numbers.waiting_tokens)
    assert sum(len(text) for texts in lists for text in texts) == numbers.tokens
    assert numbers.batches < numbers.rows
    assert [] == unlimited._scoring


def test_a_text_that_breaks_its_batch_fails_alone(
    network: Network, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """In the tokenizer or in the network; its neighbours are answered, of its own call and of others'."""
    first = _held(network, engine)
    futures = [_ask(engine, "bb", "c!", "w?"), _ask(engine, "ddd")]
    _until_read(engine, 3)
    network.step(100)
    assert [[[1.0]], [[2.0], ["cannot score"], ["cannot read"]], [[3.0]]] == [
        _lengths(future) for future in (first, *futures)
    ]
    assert (1, 0) == (engine.numbers.failed, engine.numbers.waiting_tokens)
    assert ["1 text failed in the tokenizer", "1 text failed in the classifier"] == [
        record.message for record in caplog.records
    ]


@pytest.mark.parametrize("error", [SystemExit("killed"), MemoryError("none left")])
def test_a_thread_that_dies_is_alive_again(
    error: BaseException, network: Network, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Who was in its hands fails or is tried again; who comes then is answered."""
    network.killing = error
    found = _ask(engine, "aaa")
    assert isinstance(found.exception(WAIT_S) or next(iter(found.result(0)[0].parts)), type(error))
    assert [[2.0]] == _lengths(_ask(engine, "bb"))
    assert 0 == engine.numbers.waiting_tokens
    assert caplog.records


def test_who_leaves_costs_nothing(network: Network, engine: Engine) -> None:
    """What is taken back before its turn is never scored, nor counted as waiting."""
    first = _held(network, engine)
    leaving, staying = _ask(engine, "bb", "ccc"), _ask(engine, "dddd")
    _until_read(engine, 3)
    assert leaving.cancel()
    network.step(2)
    assert [[[1.0]], [[4.0]]] == [_lengths(first), _lengths(staying)]
    assert [[1], [4]] == network.rows
    with pytest.raises(CancelledError):
        leaving.result(0)
    numbers = engine.numbers
    assert (3, 1, 0) == (numbers.calls, numbers.left, numbers.waiting_tokens)


def test_who_leaves_before_being_read_is_never_read(network: Network, engine: Engine) -> None:
    """Not even tokenizing is done for nobody."""
    first = _held(network, engine)
    with engine._changed:  # the reader cannot take it
        leaving = _ask(engine, "bb")
        assert leaving.cancel()
    network.step()
    assert [[1.0]] == _lengths(first)
    assert [[1]] == network.rows


def test_a_short_text_passes_a_list(network: Network, engine: Engine) -> None:
    """Between two batches of a list of long texts."""
    first = _held(network, engine)
    texts = _ask(engine, *["x" * 10] * 16)
    _until_read(engine, 16)
    network.step()
    network.wait_begun()
    single = _ask(engine, "yy")
    _until_read(engine, 13)
    network.step(10)
    assert [[2.0]] == _lengths(single)
    assert [[10.0]] * 16 == _lengths(texts)
    assert [[1]] == _lengths(first)
    assert [[1], [10] * 4, [2, 10, 10, 10], [10] * 4, [10] * 4, [10]] == network.rows


def test_a_long_list_is_read_in_slices(network: Network) -> None:
    """Between two of them the texts of other callers are read."""
    slices: list[int] = []

    def read(texts: Sequence[str]) -> list[Text]:
        slices.append(sum(map(len, texts)))
        return [Text(1, [[1]]) for _ in texts]

    engine = Engine(read, network.score, budget=40, limits=Limits())
    with engine._changed:
        futures = [engine.ask(["x" * (SLICE_CHARS // 2)] * 5, 5), engine.ask(["short"], 1)]
    assert [5, 1] == [len(future.result(WAIT_S)) for future in futures]
    engine.close()
    assert [SLICE_CHARS, 5, SLICE_CHARS, SLICE_CHARS // 2] == slices


def test_a_slice_that_is_lined_up_while_another_is_finished_is_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A call is answered once all of it is scored, however the threads' steps lie between each other."""
    is_scored, is_lining_up = threading.Event(), threading.Event()

    class Late(Text):
        @property
        def known(self) -> None:
            """Take a while, after the call knows of its last text, and before of the last rows."""
            is_lining_up.set()
            time.sleep(0.1)

    def read(texts: Sequence[str]) -> list[Text]:
        if len(texts) == 1:
            return [Text(1, [[1]])]
        assert is_scored.wait(WAIT_S)
        return [Text(1, [[1]]), Late(1, [[1]])]

    engine = Engine(read, Network().score, budget=40, limits=Limits())
    finish = engine._finish

    def finish_later(calls: Iterable[Asked]) -> None:
        if threading.current_thread().name != "polarity-bert-reader":
            is_scored.set()
            assert is_lining_up.wait(WAIT_S)
        finish(calls)

    with engine._changed:  # nobody may take it before the steps are held up
        engine._finish = finish_later  # type: ignore[method-assign]
        asked = engine.ask(["x" * SLICE_CHARS, "y", "z"], 100)
    assert [[1.0]] * 3 == _lengths(asked)
    engine.close()
    assert [] == caplog.records


def test_a_caller_who_is_alone_is_read_as_a_whole(network: Network) -> None:
    """Which rows share a batch is then no question of how quickly they are read."""
    slices: list[int] = []

    def read(texts: Sequence[str]) -> list[Text]:
        slices.append(len(texts))
        return [Text(1, [[1]]) for _ in texts]

    engine = Engine(read, network.score, budget=40, limits=Limits(is_alone=True))
    assert 5 == len(engine.ask(["x" * SLICE_CHARS] * 5, 5).result(WAIT_S))
    engine.close()
    assert [5] == slices


def test_calls_that_fit_a_slice_are_read_together(network: Network) -> None:
    """One that has too many tokens, or cannot be read, fails alone; a long one comes later."""
    slices: list[int] = []

    def read(texts: Sequence[str]) -> list[Text]:
        slices.append(len(texts))
        return network.read(texts)

    engine = Engine(read, network.score, budget=40, limits=Limits(call_tokens=20))
    with engine._changed:  # the reader cannot take them before all are there
        asked = [_ask(engine, *texts) for texts in (["bb"], ["c" * 21], ["w?", "dd"], ["e" * SLICE_CHARS])]
    assert [[[2.0]], [["cannot read"], [2.0]]] == [_lengths(asked[0]), _lengths(asked[2])]
    for large, tokens in ((asked[1], 21), (asked[3], SLICE_CHARS)):
        with pytest.raises(TooManyTokens, match=f"at least {tokens} tokens"):
            large.result(WAIT_S)
    engine.close()
    assert [4, 2, 2, 1, 1, 1] == slices  # four are halved to find what cannot be read; the long one is apart
    assert 0 == engine.numbers.waiting_tokens


def test_over_the_queue_is_refused(network: Network, engine: Engine) -> None:
    """By the tokens that wait; once they are done there is room."""
    first = _held(network, engine)
    waiting = [_ask(engine, "x" * 180) for _ in range(4)]
    with pytest.raises(Overloaded, match="721 tokens are waiting: there is no room for 180"):
        _ask(engine, "y" * 180)
    network.step(100)
    assert [[1.0]] == _lengths(first)
    wait(waiting, WAIT_S)
    network.free = True
    assert [[10.0] * 18] == _lengths(_ask(engine, "y" * 180))
    assert (6, 1) == (engine.numbers.calls, engine.numbers.refused)


def test_what_is_not_read_yet_is_waited_for_too(network: Network) -> None:
    """A queue by its deadline is no longer while the reader is busy; a shorter text still passes."""
    is_let = threading.Event()
    is_reading = threading.Event()

    def read(texts: Sequence[str]) -> list[Text]:
        is_reading.set()
        assert is_let.wait(WAIT_S)
        return network.read(texts)

    engine = Engine(read, network.score, budget=40, limits=Limits(deadline_s=1.0))
    engine._admission.worked(tokens=624, seconds=1.0)  # 436 tokens are done in time
    futures = [_ask(engine, "x" * 10)]
    assert is_reading.wait(WAIT_S)
    for _ in range(500):
        with suppress(Overloaded):
            futures.append(_ask(engine, "x" * 10))
    futures += [_ask(engine, "y")]
    is_let.set()
    assert [[[10.0]]] * 43 + [[[1.0]]] == [_lengths(future) for future in futures]
    assert (44, 458, 0) == (engine.numbers.calls, engine.numbers.refused, engine.numbers.waiting_tokens)
    engine.close()


def test_an_estimate_is_corrected_once_a_text_is_read(network: Network, engine: Engine) -> None:
    """What waits is then what is true; a text of fewer tokens than letters leaves room."""
    first = _held(network, engine)
    wide = engine.ask(["bb"], 400)
    assert 401 == engine.numbers.waiting_tokens
    _until_read(engine, 1)
    assert 3 == engine.numbers.waiting_tokens
    network.step(2)
    assert [[[1.0]], [[2.0]]] == [_lengths(first), _lengths(wide)]
    assert 0 == engine.numbers.waiting_tokens


def test_a_call_with_too_many_tokens_is_refused_before_it_costs_anything(
    network: Network, engine: Engine
) -> None:
    """Its own future says so, and none of its rows is scored."""
    first = _held(network, engine)
    large = engine.ask(["x" * 150, "y" * 51], 100)
    with pytest.raises(TooManyTokens, match="at least 201 tokens; at most 200"):
        large.result(WAIT_S)
    network.step()
    assert [[1.0]] == _lengths(first)
    assert ([[1]], 0) == (network.rows, engine.numbers.waiting_tokens)


def _meanwhile(
    monkeypatch: pytest.MonkeyPatch, future: Future[list[Said]], between: Callable[[], None]
) -> None:
    """Have something happen after the engine has given a call up, before its future says so."""
    fail = future.set_exception

    def failing(error: BaseException | None) -> None:
        between()
        fail(error)

    monkeypatch.setattr(future, "set_exception", failing)


def test_a_batch_that_ends_while_its_call_fails_holds_nothing(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows that the call has lost are not waited for again."""

    def read(texts: Sequence[str]) -> list[Text]:
        if texts[0].startswith("y"):  # the second slice, which is too much for a call
            network.wait_begun()
        return [Text(40, [[1] * 40]) for _ in texts]

    network.hold()
    engine = Engine(read, network.score, budget=40, limits=Limits(call_tokens=50))

    def end_batch() -> None:
        network.step()
        until_s = time.monotonic() + WAIT_S
        while engine.numbers.batches == 0 and time.monotonic() < until_s:  # nobody is told of it
            time.sleep(0.001)

    with engine._changed:  # the reader cannot take it
        future = engine.ask(["x" * SLICE_CHARS, "y"], 80)
        _meanwhile(monkeypatch, future, end_batch)
    with pytest.raises(TooManyTokens):
        future.result(WAIT_S)
    assert (0, 40) == (engine.numbers.waiting_tokens, engine.numbers.tokens)
    engine.close()


def test_what_is_read_while_its_call_fails_is_not_lined_up(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is scored for nobody, nor counted as waiting."""
    is_let = threading.Event()

    def read(texts: Sequence[str]) -> list[Text]:
        if texts[0].startswith("y"):  # the second slice
            assert is_let.wait(WAIT_S)
        return [Text(40, [[1] * 40]) for _ in texts]

    network.killing = SystemExit("killed")
    engine = Engine(read, network.score, budget=40, limits=Limits())

    def end_reading() -> None:
        is_let.set()
        with engine._changed:
            assert engine._changed.wait_for(lambda: not engine._reading, WAIT_S)

    with engine._changed:  # the reader cannot take it
        future = engine.ask(["x" * SLICE_CHARS, "y"], 80)
        _meanwhile(monkeypatch, future, end_reading)
    assert isinstance(future.exception(WAIT_S), SystemExit)
    engine.close()
    assert ([[40]], 0) == (network.rows, engine.numbers.waiting_tokens)


@pytest.fixture
def pair(network: Network) -> Iterator[Engine]:
    """An engine that has two batches scored at once."""
    engine = Engine(network.read, network.score, budget=40, limits=Limits(), at_once=2)
    yield engine
    network.free = True
    network.step(1000)
    engine.close()


def test_several_batches_are_scored_at_once(network: Network, pair: Engine) -> None:
    """Whoever comes while one works has the other, and a third waits."""
    first = _held(network, pair)
    second = _ask(pair, "bb")
    network.wait_begun()
    third = _ask(pair, "ccc")
    _until_read(pair, 1)
    assert 2 == pair.numbers.in_network
    network.step(3)
    assert [[[1.0]], [[2.0]], [[3.0]]] == [_lengths(future) for future in (first, second, third)]
    assert [[1], [2], [3]] == network.rows


def test_a_list_is_shared(network: Network, pair: Engine) -> None:
    """Each has a half of what waits, and in the end there is little to wait for."""
    assert [[5.0]] * 8 == _lengths(_ask(pair, *["x" * 5] * 8))
    assert [[5], [5], [5, 5], [5, 5, 5, 5]] == sorted(network.rows)


def test_a_lone_text_has_the_network_for_itself(network: Network, pair: Engine) -> None:
    """And none that comes while another is there."""
    first = _held(network, pair)
    second = _ask(pair, "bb")
    network.wait_begun()
    network.step(2)
    assert [[[1.0]], [[2.0]]] == [_lengths(first), _lengths(second)]
    assert [True, False] == network.lone


@pytest.mark.parametrize("texts", [["x" * 5, "y" * 6], ["z" * 12], ["one?", "two"]])
def test_no_part_of_more_has_it(texts: list[str], network: Network, pair: Engine) -> None:
    """Not even the last one: which that is would be a question of which thread was quicker."""
    _ask(pair, *texts).result(WAIT_S)
    assert {False} == {*network.lone}


@pytest.mark.parametrize("poison", ["b!", "b?"])
def test_what_is_cut_off_by_another_is_answered(network: Network, poison: str) -> None:
    """A process that a text kills, read or scored, takes with it what is scored beside: it alone fails."""
    deaths: list[str] = []

    def read(texts: Sequence[str]) -> list[Text]:
        if any("?" in text for text in texts):
            deaths.append("of reading")
            raise Interrupted("while reading")
        return network.read(texts)

    def score(rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        before = len(deaths)
        if any(ord("!") in row for row in rows):
            deaths.append("of scoring")
            raise Interrupted("while scoring")
        found = network.score(rows, is_lone=is_lone)
        if len(deaths) > before:
            raise Interrupted("by another")
        return found

    engine = Engine(read, score, budget=40, limits=Limits(), at_once=2)
    network.hold()
    beside = _ask(engine, "a")
    network.wait_begun()
    killing = _ask(engine, poison)
    while not deaths:
        time.sleep(0.001)
    network.step(100)
    what = "reading" if "?" in poison else "scoring"
    assert [[[1.0]], [[f"while {what}"]]] == [_lengths(beside), _lengths(killing)]
    engine.close()


def test_what_nobody_expected_fails_its_calls_and_leaves_the_network(network: Network, pair: Engine) -> None:
    """All that were read together; who comes then has the network for itself again."""
    network.killing = SystemExit("killed")
    assert isinstance(_ask(pair, "aaa").exception(WAIT_S), SystemExit)
    assert 0 == pair.numbers.in_network
    assert [[2.0]] == _lengths(_ask(pair, "bb"))
    assert [True, True] == network.lone


def test_a_reader_that_breaks_fails_all_that_it_reads(network: Network) -> None:
    """Nobody waits for ever."""

    def read(texts: Sequence[str]) -> list[Text]:
        raise SystemExit(f"killed over {len(texts)} texts")

    engine = Engine(read, network.score, budget=40, limits=Limits())
    with engine._changed:  # the reader cannot take them before both are there
        futures = [_ask(engine, text) for text in ("a", "bb")]
    assert ["killed over 2 texts"] * 2 == [str(future.exception(WAIT_S)) for future in futures]
    engine.close()


def test_two_texts_that_come_together_share_the_network(network: Network, pair: Engine) -> None:
    """Neither is lone: the other one waits when the first is taken."""
    with pair._changed:  # the reader cannot take them before both are there
        futures = [_ask(pair, text) for text in ("a" * 4, "b" * 5)]
    assert [[[4.0]], [[5.0]]] == [_lengths(future) for future in futures]
    assert False is network.lone[0]


def test_closing_finishes_what_is_there(network: Network, engine: Engine) -> None:
    """Who asks then is told; nobody waits for an answer that never comes."""
    first = _held(network, engine)
    second = _ask(engine, "bb" * 30)
    closing = threading.Thread(target=engine.close)
    closing.start()
    with engine._changed:
        assert engine._changed.wait_for(lambda: engine._is_closed, WAIT_S)
    with pytest.raises(BackendUnavailable, match="closed"):
        _ask(engine, "c")
    network.step(100)
    closing.join(WAIT_S)
    assert [[[1.0]], [[10.0] * 6]] == [_lengths(first), _lengths(second)]
    assert not any(thread.is_alive() for thread in engine._threads)


def test_what_is_being_read_when_the_time_is_up_fails() -> None:
    """Nobody waits for ever for an engine that was closed."""
    reading, go_on = threading.Event(), threading.Event()

    def read(texts: Sequence[str]) -> list[Text]:
        reading.set()
        assert go_on.wait(WAIT_S)
        return Network().read(texts)

    engine = Engine(read, Network().score, budget=40, limits=Limits())
    asked = _ask(engine, "a")
    assert reading.wait(WAIT_S)
    engine.close(within_s=0.0)
    with pytest.raises(BackendUnavailable, match="closed"):
        asked.result(WAIT_S)
    go_on.set()


def test_what_is_being_read_at_closing_is_answered(network: Network) -> None:
    """The network's threads wait for it."""
    reading, go_on = threading.Event(), threading.Event()

    def read(texts: Sequence[str]) -> list[Text]:
        reading.set()
        assert go_on.wait(WAIT_S)
        return network.read(texts)

    engine = Engine(read, network.score, budget=40, limits=Limits())
    asked = _ask(engine, "aa")
    assert reading.wait(WAIT_S)
    closing = threading.Thread(target=engine.close)
    closing.start()
    with engine._changed:
        assert engine._changed.wait_for(lambda: engine._is_closed, WAIT_S)
    go_on.set()
    assert [[2.0]] == _lengths(asked)
    closing.join(WAIT_S)


def test_what_waits_when_the_time_is_up_fails(network: Network, engine: Engine) -> None:
    """What is in the network, what waits for it, and what is not read."""
    first = _held(network, engine)
    second = _ask(engine, "bb")
    _until_read(engine, 1)
    reading, go_on = threading.Event(), threading.Event()

    def read(_: Sequence[str]) -> list[Text]:
        reading.set()
        assert go_on.wait(WAIT_S)
        return []

    engine._read = read
    third = _ask(engine, "ccc")
    assert reading.wait(WAIT_S)
    asked = [first, second, third, _ask(engine, "dddd")]
    engine.close(within_s=0.0)
    assert [BackendUnavailable] * 4 == [type(one.exception(WAIT_S)) for one in asked]
    go_on.set()


def test_what_fails_is_not_answered_meanwhile(
    network: Network, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch may end between the decision that its call fails, and its being told."""
    first = _held(network, engine)

    def end_batch() -> None:
        network.step()
        while not engine.numbers.batches:
            time.sleep(0.001)
        for thread in engine._threads:  # closed, they end after it
            thread.join(WAIT_S)

    _meanwhile(monkeypatch, first, end_batch)
    engine.close(within_s=0.0)
    assert isinstance(first.exception(WAIT_S), BackendUnavailable)


def test_what_nobody_expected_after_the_network_fails_its_calls(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever, and who comes then is answered."""

    def broken(*_: object) -> None:
        raise KeyError("odd")

    with monkeypatch.context() as patched:
        patched.setattr(engine, "_note_scored", broken)
        assert isinstance(_ask(engine, "a").exception(WAIT_S), KeyError)
    assert [[2.0]] == _lengths(_ask(engine, "bb"))
    assert (0, []) == (engine.numbers.in_network, engine._scoring)


def test_numbers_tell_what_was_done(network: Network) -> None:
    """By a clock that is moved: waiting, work, and how quickly tokens get done."""
    now = [0.0]

    def score(rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        found = network.score(rows, is_lone=is_lone)
        now[0] += 2.0
        return found

    engine = Engine(network.read, score, budget=40, limits=Limits(), clock=lambda: now[0])
    first = _held(network, engine)
    others = _ask(engine, "bb", "cccc")
    _until_read(engine, 2)
    network.step(2)
    wait([first, others], WAIT_S)
    engine.close()
    numbers = engine.numbers
    assert (2, 2, 3, 7, 9) == (
        numbers.calls,
        numbers.batches,
        numbers.rows,
        numbers.tokens,
        numbers.padded_tokens,
    )
    assert (2.0, 4.0) == (numbers.waited_s, numbers.worked_s)
    first_speed, second_speed = (1 + ALONE) / 2, (6 + ALONE) / 2  # a batch costs something of itself
    assert pytest.approx(first_speed + 0.2 * (second_speed - first_speed)) == numbers.tokens_per_s


def test_speed_is_that_of_all_threads() -> None:
    """A batch on one of two tells half of it, and counts half where the other rests; a lone text has both."""
    now = [0.0]
    begun, gates = threading.Semaphore(0), {1: threading.Event(), 2: threading.Event()}

    def score(rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        begun.release()
        assert gates[len(rows[0])].wait(WAIT_S)
        return [[float(is_lone)] for _ in rows]

    engine = Engine(Network().read, score, budget=40, limits=Limits(), at_once=2, clock=lambda: now[0])
    for now[0], text in [(0.0, "a"), (1.0, "bb")]:
        _ask(engine, text)
        assert begun.acquire(timeout=WAIT_S)
    now[0] = 3.0
    measured = []
    for rows, gate in enumerate(gates.values(), start=1):
        gate.set()
        while engine.numbers.rows < rows:
            time.sleep(0.001)
        measured.append(engine.numbers.tokens_per_s)
    engine.close()
    alone, beside = (1 + ALONE) / 3, 2 * (2 + ALONE) / 2
    assert pytest.approx([alone, alone + 0.5 * 0.2 * (beside - alone)]) == measured


def test_a_batch_that_was_cut_off_says_nothing_of_speed() -> None:
    """Waiting for another start of the process is not work."""
    now, killing = [0.0], [0]

    def score(rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        now[0] += 1.0
        if killing[0]:
            killing[0] -= 1
            now[0] += 100.0
            raise Interrupted
        now[0] += 2.0 * (now[0] > 100)  # a further try is slower
        return [[float(is_lone)] for _ in rows]

    engine = Engine(Network().read, score, budget=40, limits=Limits(), clock=lambda: now[0])
    for killing[0], said in [(0, 1.0), (1, 1.0), (2, "")]:
        assert [[said]] == _lengths(_ask(engine, "a"))
    engine.close()
    assert (1 + ALONE) / 1.0 == engine.numbers.tokens_per_s


@pytest.mark.parametrize("texts", [["?"], ["?", "aaaa"], ["#"], ["#", "aaaa"]])
def test_what_is_not_read_says_nothing_of_how_much_texts_have(texts: list[str], engine: Engine) -> None:
    """Else the next calls would be let in as less than they are. A text too long may have no readings."""
    _lengths(engine.ask(texts, 400))
    assert 100 == engine._admission.estimate(100)


def test_what_nobody_waits_for_is_not_tried_again(
    network: Network, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Each further try may cost a start of the process. Nothing is said of it, either."""
    first = _held(network, engine)
    others = _ask(engine, "b!", "c!", "d!", "e!")
    _until_read(engine, 4)
    network.step()
    first.result(WAIT_S)
    network.wait_begun()
    assert others.cancel()
    network.step(100)
    engine.close()
    assert [[1], [2] * 4] == network.rows
    assert (0, []) == (engine.numbers.failed, caplog.records)


@pytest.mark.parametrize("step", ["read", "score"])
def test_who_kills_and_leaves_kills_once(
    step: str, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    """Those who were beside it, and still wait, are answered."""
    deaths: list[bool] = []
    has_left = threading.Event()

    def kill_by(texts: Sequence[object]) -> None:
        if step and any("k" in str(text) or text == [ord("k")] for text in texts):
            deaths.append(True)
            assert has_left.wait(WAIT_S)
            raise Interrupted

    def read(texts: Sequence[str]) -> list[Text]:
        kill_by(texts if step == "read" else [])
        return network.read(texts)

    def score(rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        kill_by(rows if step == "score" else [])
        return network.score(rows, is_lone=is_lone)

    engine = Engine(read, score, budget=40, limits=Limits())
    with engine._changed:  # nobody may take them before all are there
        killer, *others = [_ask(engine, text) for text in ("k", "a", "b", "c", "d")]
    while not deaths:
        time.sleep(0.001)
    assert killer.cancel()
    has_left.set()
    assert [[[1.0]]] * 4 == [_lengths(other) for other in others]
    engine.close()
    assert ([True], []) == (deaths, caplog.records)


def test_what_is_no_number_is_tried_alone() -> None:
    """A neighbour may have spoilt it."""

    def score(rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        return [[math.nan if len(rows) > 1 else float(is_lone)] for _ in rows]

    engine = Engine(Network().read, score, budget=40, limits=Limits())
    assert [[0.0], [0.0]] == _lengths(_ask(engine, "a", "b"))
    engine.close()
