"""Reload: another classifier takes over while callers go on asking, or nothing changes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from polarity.classifier import Classifier
from polarity.errors import CheckpointError, SettingsError
from polarity.service import create_app
from polarity.settings import Settings
from polarity.store import open_store
from tests.cautious import cautious_contract
from tests.store.helpers import wait_until

from .helpers import Scripted, bert, fails, says, scores, service
from .test_server import ROOT, _banner

KEY = {"Authorization": "Bearer k3y"}
CALLERS = 4
SWITCHES = 2  # there and back


class Switchboard:
    """A service whose settings are what `now` says, and every backend that it ever built."""

    def __init__(self, **first: object) -> None:
        self.now = self._settings(first)
        self.built: list[Scripted] = []

    def set(self, **values: object) -> None:
        """Let the settings be others from now on."""
        self.now = self._settings(values)

    @staticmethod
    def _settings(values: dict[str, object]) -> Settings:
        return Settings.model_validate({"service": {"api_keys": ["k3y"]}, **values})

    def factory(self, wanted: Settings) -> Classifier:
        """Build BERT, which says POSITIVE, or an LLM, which says NEGATIVE."""
        made = bert() if wanted.backend == "bert" else Scripted("llm", says("Negative."), model="small")
        self.built.append(made)
        return Classifier(cautious_contract(), [made])

    @contextmanager
    def running(self) -> Iterator[TestClient]:
        """Run it, once it has loaded."""
        app = create_app(self.now, classifier=self.factory, again=lambda: self.now)
        with TestClient(app, headers=KEY) as client:
            assert client.portal
            client.portal.call(app.state.runtime.settled.wait)
            yield client


def _label(client: TestClient) -> str:
    found: str = client.post("/polarity", json={"input": "Hm."}).json()["results"][0]["label"]
    return found


def test_the_settings_that_are_there_now_answer() -> None:
    """After a reload the other backend answers, the old one is closed, and the answer says who it is."""
    board = Switchboard(backend="bert")
    with board.running() as client:
        assert "POSITIVE" == _label(client)
        board.set(backend="llm")
        answer = client.post("/admin/reload")
        assert (200, "reloaded", "llm", []) == (
            answer.status_code,
            *(answer.json()[key] for key in ("status", "backend", "needs_restart")),
        )
        body = client.post("/polarity", json={"input": "Hm."}).json()
        assert ("llm", "NEGATIVE", {"llm": "small"}) == (
            body["backend"],
            body["results"][0]["label"],
            body["model"],
        )
        assert {"llm": "ready"} == client.get("/readyz").json()["backends"]
        assert [1, 0] == [made.closed for made in board.built]


def test_what_changed_is_named() -> None:
    """By its keys, without values, since one may be a secret: in the answer, and so in the store's event."""
    board = Switchboard(backend="bert")
    with board.running() as client:
        board.set(backend="llm", llm={"api_key": "s3cret"})
        answer = client.post("/admin/reload")
        assert ["backend", "llm.api_key"] == answer.json()["changed"]
        assert "s3cret" not in answer.text


def test_what_is_read_at_the_start_only_is_named() -> None:
    """A limit of the endpoint takes a restart, and so do the pages: the reload says so, and does the rest."""
    board = Switchboard(backend="bert")
    with board.running() as client:
        board.set(backend="llm", service={"api_keys": ["k3y"], "max_texts": 1})
        assert ["service"] == client.post("/admin/reload").json()["needs_restart"]
        board.set(backend="llm", review={"blind": True}, watch={"tolerance": 0.1})
        assert ["review", "watch"] == client.post("/admin/reload").json()["needs_restart"]


def test_a_candidate_counts_by_the_store_that_is_written(tmp_path: Path) -> None:
    """Another store in the settings takes a restart: until then the one of the start knows what was spent."""
    url, other = (f"sqlite:///{tmp_path / name}" for name in ("a.sqlite3", "b.sqlite3"))
    shadow = {"backend": "llm", "share": 1.0, "requests_per_day": 5}
    board = Switchboard(backend="bert", store={"enabled": True, "url": url}, shadow=shadow)
    with board.running() as client:
        board.set(backend="bert", store={"enabled": True, "url": other}, shadow=shadow)
        assert ["store"] == client.post("/admin/reload").json()["needs_restart"]
        runtime = client.app.state.runtime  # type: ignore[attr-defined]
        wait_until(lambda: runtime.shadow.counts.state == "ready")
    assert ["a.sqlite3"] == sorted(path.name for path in tmp_path.glob("*.sqlite3"))


@pytest.mark.parametrize("fault", ["settings", "build", "canary"])
def test_what_cannot_answer_does_not_take_over(fault: str) -> None:
    """Bad settings, weights that do not load, a backend that is silent: a 409, and the old one goes on."""
    board = Switchboard(backend="bert")
    silent = Scripted("llm", fails("timeout"))

    def factory(wanted: Settings) -> Classifier:
        if wanted.backend == "llm" and fault == "build":
            raise CheckpointError("no such folder: 'runs/new'")
        return Classifier(cautious_contract(), [silent if wanted.backend == "llm" else bert()])

    def again() -> Settings:
        if fault == "settings":
            raise SettingsError("llm.modle: no such setting")
        return board.now

    app = create_app(board.now, classifier=factory, again=again)
    with TestClient(app, headers=KEY) as client:
        assert client.portal
        client.portal.call(app.state.runtime.settled.wait)
        board.set(backend="llm")
        answer = client.post("/admin/reload")
        assert (409, "reload_refused") == (answer.status_code, answer.json()["code"])
        assert "nothing has changed" in answer.json()["detail"]
        assert "POSITIVE" == _label(client)
        assert int(fault == "canary") == silent.closed


class Stuck(Scripted):
    """A backend that cannot be closed."""

    async def aclose(self) -> None:
        """Fail, once it is counted."""
        await super().aclose()
        raise RuntimeError("it holds on")


def test_what_cannot_be_closed_stops_nothing(url: str) -> None:
    """Neither the reload, which is told and stored, nor the end, which stores what was decided."""
    board = Switchboard(backend="bert", store={"enabled": True, "url": url}, shadow={"backend": "llm"})

    def factory(wanted: Settings) -> Classifier:
        name = wanted.backend
        board.built.append(Stuck(name, says("Negative.") if name == "llm" else lambda _: scores(0.9)))
        return Classifier(cautious_contract(), [board.built[-1]])

    app = create_app(board.now, classifier=factory, again=lambda: board.now)
    with TestClient(app, headers=KEY) as client:
        assert client.portal
        client.portal.call(app.state.runtime.settled.wait)
        wait_until(lambda: app.state.runtime.shadow.counts.state == "ready")
        assert 200 == client.post("/admin/reload").status_code
        wait_until(lambda: app.state.runtime.shadow.counts.state == "ready")
        assert "POSITIVE" == _label(client)
    assert [1] * 4 == [made.closed for made in board.built]
    with open_store(url) as store:
        assert ["POSITIVE"] == [one.label for one in store.decisions(side="primary")]
        assert ["started", "reloaded"] == [event.kind for event in store.events()]


def test_who_is_being_tried_is_closed_at_the_end() -> None:
    """The service stops while a new classifier has its canary: it is closed like the other one."""
    board = Switchboard(backend="bert")
    slow = Scripted("llm", says("Negative."), delay_s=600)
    asking = []

    def factory(wanted: Settings) -> Classifier:
        return Classifier(cautious_contract(), [slow if wanted.backend == "llm" else bert()])

    app = create_app(board.now, classifier=factory, again=lambda: board.now)
    with TestClient(app, headers=KEY) as client:
        assert client.portal
        client.portal.call(app.state.runtime.settled.wait)
        board.set(backend="llm", llm={"deadline_ms": 60_000})
        asking.append(threading.Thread(target=lambda: client.post("/admin/reload"), daemon=True))
        asking[0].start()
        wait_until(lambda: slow.calls == 1)
    assert 1 == slow.closed


def test_a_reload_that_never_ends_keeps_nobody_waiting() -> None:
    """What is loaded hangs: callers are answered, a second reload is refused, the service stops."""
    board, may_load = Switchboard(backend="bert"), threading.Event()
    late = Scripted("llm", says("Negative."))

    def factory(wanted: Settings) -> Classifier:
        if wanted.backend == "llm":
            may_load.wait()
        return Classifier(cautious_contract(), [late if wanted.backend == "llm" else bert()])

    app = create_app(board.now, classifier=factory, again=lambda: board.now)
    with TestClient(app, headers=KEY) as client:
        assert client.portal
        client.portal.call(app.state.runtime.settled.wait)
        board.set(backend="llm")
        asking = client.portal.start_task_soon(app.state.runtime.reload)
        wait_until(lambda: app.state.runtime.is_reloading)
        assert "POSITIVE" == _label(client)
        assert "another reload" in client.post("/admin/reload").json()["detail"]
    assert asking.done()
    may_load.set()
    wait_until(lambda: late.closed == 1)


def test_nobody_reloads_without_a_key() -> None:
    """Without the key it is a 401; where no key is set at all there is nothing at this address."""
    board = Switchboard(backend="bert")
    with board.running() as client:
        refused = client.post("/admin/reload", headers={"Authorization": "Bearer other"})
        assert (401, "unauthorized") == (refused.status_code, refused.json()["code"])
    with service(bert()) as client:
        refused = client.post("/admin/reload", headers=KEY)
        assert (404, "not_found") == (refused.status_code, refused.json()["code"])
        assert "service.api_keys" in refused.json()["detail"]


def test_a_service_without_a_file_behind_it_is_not_reloaded() -> None:
    """An application that was made of settings in Python has nothing to read anew."""
    settings = Settings.model_validate({"service": {"api_keys": ["k3y"]}})
    with service(bert(), settings=settings) as client:
        assert 409 == client.post("/admin/reload", headers=KEY).status_code


@contextmanager
def _process(place: Path) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.service.reloading_server"]
    with subprocess.Popen(
        command,
        cwd=place.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class Callers:
    """Several callers who ask one question after another, and what they were told."""

    def __init__(self, url: str) -> None:
        self._url, self._ended = url, threading.Event()
        self.told: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        with httpx2.Client(base_url=self._url, headers=KEY, timeout=30) as client:
            while not self._ended.is_set():
                try:
                    answer = client.post("/polarity", json={"input": ["Hm.", "So."]})
                    said = " ".join(result["label"] for result in answer.json()["results"])
                except Exception as error:  # noqa: BLE001 - whatever it is, a caller was not answered
                    said = repr(error)
                with self._lock:
                    self.told[said] += 1

    def until_told(self, label: str, more: int) -> None:
        """Wait until `more` further answers have this label twice."""
        wanted = self.told[f"{label} {label}"] + more
        deadline = time.monotonic() + 60
        while self.told[f"{label} {label}"] < wanted:
            assert time.monotonic() < deadline, self.told
            time.sleep(0.01)

    def end(self) -> None:
        """Let them ask no more."""
        self._ended.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.slow
def test_no_request_is_lost_by_reloads_under_load(tmp_path: Path) -> None:
    """Several callers ask without a pause while the service is switched, well and badly.

    Every request is answered, all texts of one by one backend, and stored; each replaced backend is closed in
    the end, and so is each candidate that was asked behind it.
    """
    place, url_of_store = tmp_path / "polarity.toml", f"sqlite:///{tmp_path / 'store.sqlite3'}"
    service_part = (
        '\n[service]\nport = 0\napi_keys = ["k3y"]\n'
        f'[store]\nenabled = true\nurl = "{url_of_store}"\n[shadow]\nshare = 1.0\n'
    )
    behind_bert, behind_llm = (f'{service_part}backend = "{name}"\n' for name in ("llm", "bert"))
    place.write_text(f'backend = "bert"{behind_bert}')
    with _process(place) as process:
        url, _ = _banner(process)
        callers = Callers(url)
        try:
            callers.until_told("POSITIVE", 20)
            for _ in range(SWITCHES):
                place.write_text(f'backend = "llm"{behind_llm}')
                process.send_signal(signal.SIGHUP)
                callers.until_told("NEGATIVE", 20)
                for bad in ('contract = "absent.toml"', 'backend = "llm"\nllm.model = "mute"', "not TOML"):
                    place.write_text(f"{bad}{behind_llm}")
                    assert 409 == httpx2.post(f"{url}/admin/reload", headers=KEY, timeout=30).status_code
                place.unlink()
                assert 409 == httpx2.post(f"{url}/admin/reload", headers=KEY, timeout=30).status_code
                callers.until_told("NEGATIVE", 20)
                place.write_text(f'backend = "bert"{behind_bert}')
                assert 200 == httpx2.post(f"{url}/admin/reload", headers=KEY, timeout=30).status_code
                callers.until_told("POSITIVE", 20)
        finally:
            callers.end()
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    assert {"POSITIVE POSITIVE", "NEGATIVE NEGATIVE"} == set(callers.told)
    # each time a silent one, one of each that was replaced and one of each candidate; at the end the last
    closed = {"closed llm": 3 * SWITCHES + 1, "closed bert": 2 * SWITCHES + 1}
    said = filter(None, out.splitlines())  # two threads that print at once may leave an empty line
    assert {**closed, "returned": 1} == dict(Counter(said))
    assert 0 == process.returncode
    with open_store(url_of_store) as store:
        asked = [one.request_id for one in store.decisions(side="primary")]
        assert 2 * callers.told.total() == len(asked)
        assert {"bert", "llm"} == {one.side for one in store.decisions()} - {"primary"}
        assert {one.request_id for one in store.decisions()} == set(asked)
        assert ["started", *["reloaded"] * 2 * SWITCHES] == [event.kind for event in store.events()]
