"""Real parts, made once: a tiny BERT with random weights, the default contract, a llama.cpp server."""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from string import ascii_lowercase, digits, punctuation
from typing import TYPE_CHECKING

import pytest
import typer.main
from _pytest.logging import LogCaptureHandler, caplog_handler_key, catching_logs
from hypothesis import settings

from polarity.contract import Contract, load_contract

if TYPE_CHECKING:
    from polarity.store import Store

pytest_plugins = ["tests.browsing", "tests.dealing", "tests.postgres", "tests.raying"]

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may reach a hub
settings.register_profile("polarity", deadline=None, database=None)  # no test judges the clock
settings.register_profile("quick", settings.get_profile("polarity"), max_examples=20)
settings.load_profile("polarity")

FIXTURES = Path(__file__).parent.parent / "fixtures"
CONTRACTS = Path(__file__).parent.parent / "contracts"


@dataclass(frozen=True)
class _Source:
    """What a contract is read of: its bytes, wherever they lie."""

    content: bytes
    path: Path | None = field(compare=False)


def _kept_contracts() -> Callable[..., Contract]:
    """Take a contract that was read of the same bytes again, with the patterns that it has compiled.

    It cannot be changed, and reading the default one is most of what a service or a command costs here.
    """
    parse = Contract.parse

    @lru_cache(maxsize=64)
    def read(source: _Source) -> Contract:
        return parse(source.content, source.path)

    return lambda content, path=None: read(_Source(content, path))


for owner, name, kept in (
    (Contract, "parse", _kept_contracts()),
    (typer.main, "get_command", cache(typer.main.get_command)),  # the commands do not change while tests run
):
    pytest.MonkeyPatch().setattr(owner, name, kept)

gc.disable()  # what is collected are tests and the libraries they import: nothing of it is garbage


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and not in what is there already: torch alone is a million objects."""
    gc.freeze()
    gc.enable()


# A fixture -> what a test that uses it needs: `make quick` runs the tests that need none of it.
NEEDS = {
    "browser": "browser",
    "embedded_server": "llm",
    "learned": "training",
    "reported": "llm",
    "teacher": "training",
    "tuned": "training",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the fixtures that it uses."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            if name in NEEDS:
                item.add_marker(NEEDS[name])


@pytest.fixture(autouse=True)
def _nothing_large_unless_marked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that is not marked `llm` has no llama.cpp, one that is not marked `training` trains nothing."""
    if not request.node.get_closest_marker("llm"):
        monkeypatch.setitem(sys.modules, "xllamacpp", None)
    trainer = sys.modules.get("polarity.training.trainer")
    if trainer and not request.node.get_closest_marker("training"):
        monkeypatch.setattr(trainer.Trainer, "run_epoch", _unmarked)


def _unmarked(*_: object) -> None:
    pytest.fail("a test that trains is marked: pytest.mark.training")


@pytest.fixture(scope="session")
def _nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder for all tests that write nothing: one for each of thousands takes longer than they."""
    return tmp_path_factory.mktemp("nowhere")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _nowhere: Path
) -> Iterator[None]:
    """Start every test in an empty folder, `tmp_path` if it has one, without POLARITY_* variables."""
    for name in [name for name in os.environ if name.startswith("POLARITY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else _nowhere)
    yield
    assert [] == list(_nowhere.iterdir()), "a test that writes into its folder takes `tmp_path`"


@pytest.fixture
def caplog(request: pytest.FixtureRequest) -> Iterator[pytest.LogCaptureFixture]:
    """Pytest's own, where it is used: its plugin, which is off, has each test look at every logger."""
    handler = request.node.stash[caplog_handler_key] = LogCaptureHandler()
    found = pytest.LogCaptureFixture(request.node, _ispytest=True)
    with catching_logs(handler):
        yield found
    found._finalize()


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The default contract."""
    return load_contract()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a store that is not made yet, in SQLite."""
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url_of_each_kind(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store that is not made yet, in SQLite and in a real PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    address: str = request.getfixturevalue("postgres").new_url()
    return address


@pytest.fixture
def store(url: str) -> Iterator["Store"]:
    """An empty store, at `url`."""
    from polarity.store import open_store

    with open_store(url) as opened:
        yield opened


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the service does."""
    return "asyncio"


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a real, tiny checkpoint with random weights and the given label names."""

    def make(*names: str) -> Path:
        import torch
        from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

        folder = tmp_path_factory.mktemp("checkpoint")
        words = {
            word for line in _texts() for word in line.lower().replace(".", " ").split() if word.isalpha()
        }
        letters = [form for letter in ascii_lowercase + digits for form in (letter, f"##{letter}")]
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        vocabulary = [
            *special,
            *sorted(words),
            *(form for form in letters if form not in words),
            *punctuation,
        ]
        (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
        torch.manual_seed(0)
        sizes = json.loads((FIXTURES / "tiny_bert.json").read_text("utf-8"))
        sizes |= {"vocab_size": len(special) + len(words), "num_labels": len(names)}
        config = BertConfig(
            **sizes,
            id2label=dict(enumerate(names)),
            label2id={name: index for index, name in enumerate(names)},
        )
        model = BertForSequenceClassification(config)
        model.resize_token_embeddings(len(vocabulary), mean_resizing=False)  # letters change no other weight
        model.save_pretrained(folder)
        BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
        return folder

    return make


def _texts() -> Iterator[str]:
    for line in (FIXTURES / "reviews.jsonl").read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)["text"]


@pytest.fixture(scope="session")
def tiny_checkpoint(make_checkpoint: Callable[..., Path]) -> Path:
    """A tiny checkpoint for the default contract's labels."""
    return make_checkpoint("negative", "neutral", "positive")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder: nothing that was optimized on this machine is in it."""
    monkeypatch.setenv("POLARITY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
