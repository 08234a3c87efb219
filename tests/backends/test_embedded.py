"""The embedded server: what it needs, what it refuses, and that it is private."""

import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from polarity.backends.completer import Completer
from polarity.backends.embedded import FIRST_TEXT, HEAD, EmbeddedServer
from polarity.backends.prompt import head, messages
from polarity.contract import Contract
from polarity.errors import BackendRejected, BackendUnavailable
from polarity.weights import resolved

REFUSED = """
import sys
from polarity.backends.embedded import EmbeddedServer
from polarity.errors import BackendRejected
from polarity.weights import resolved
for path in sys.argv[1:]:
    try: EmbeddedServer(resolved(path), slots=1, threads=1)
    except BackendRejected as error: print(error)
"""


@pytest.mark.slow
def test_corrupt_weights_are_refused(tmp_path: Path) -> None:
    """With one line that holds the path, and without taking the process down: it is tried in another."""
    with resolved(None).path.open("rb") as whole:
        truncated = whole.read(3_000_000)
    paths = []
    for at, content in enumerate((b"not weights\n", b"", b"GGUF\x03\x00\x00\x00", truncated)):
        paths.append(tmp_path / f"corrupt{at}.gguf")
        paths[-1].write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, *paths], capture_output=True, text=True, timeout=60, check=False
    )
    assert 0 == done.returncode, done.stderr
    expected = [f"llama.cpp cannot serve {str(path)!r}" for path in paths]
    said = done.stdout.splitlines()
    assert len(expected) == len(said)
    assert all(problem in line for problem, line in zip(expected, said, strict=True))


def test_without_llama_cpp(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra."""
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(BackendUnavailable, match=r"polarity\[embedded\]"):
        EmbeddedServer(resolved(None), slots=1, threads=1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 on its loopback")
def test_the_server_listens_on_one_address_only(embedded_server: EmbeddedServer) -> None:
    """On 127.0.0.1: its neighbour address on the same machine is refused."""
    address = urlsplit(embedded_server.base_url)
    assert "127.0.0.1" == address.hostname
    socket.create_connection(("127.0.0.1", address.port or 0), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", address.port or 0), timeout=5)


def test_this_process_does_not_load_it(embedded_server: EmbeddedServer) -> None:
    """While the library reads weights it holds Python's lock: here nobody would be answered meanwhile."""
    assert embedded_server.base_url
    assert "xllamacpp" not in sys.modules


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["", "wrong"])
async def test_the_server_wants_its_key(key: str, embedded_server: EmbeddedServer) -> None:
    """Other programs on this machine cannot use it."""
    completer = Completer(embedded_server.base_url, SecretStr(key), "default")
    with pytest.raises(BackendRejected):
        await completer.ask("a", max_tokens=1)
    await completer.aclose()


def test_two_servers_in_one_process_and_closing_twice(embedded_server: EmbeddedServer) -> None:
    """A second one has its own port and key, and closing it leaves the first alone."""
    second = EmbeddedServer(resolved(None), slots=1, threads=1)
    assert second.base_url != embedded_server.base_url
    assert second.api_key != embedded_server.api_key
    assert 32 == len(second.api_key.get_secret_value())
    second.close()
    second.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", urlsplit(second.base_url).port or 0), timeout=5)
    socket.create_connection(("127.0.0.1", urlsplit(embedded_server.base_url).port or 0), timeout=5).close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It works.", 1024),
        ("word " * 400, 100),
        ("\u58ca\u308c\u305f\u3002" * 300, 64),
        ("\U0001f621" * 90, 31),
    ],
)
async def test_a_text_is_cut_by_the_models_own_tokens(
    text: str, tokens: int, embedded_server: EmbeddedServer
) -> None:
    """What is left is a beginning of the text without half a character, and cut again it stays."""
    left = await embedded_server.cut(text, tokens)
    assert text.startswith(left)
    assert left == await embedded_server.cut(left, tokens)
    assert (left == text) is (len(text) < 20)
    assert left


def test_what_is_read_ahead_begins_every_prompt(
    embedded_server: EmbeddedServer, short_contract: Contract
) -> None:
    """A completion's head; for chat what the model's own template puts before the text."""
    assert head(short_contract) == embedded_server.read_ahead(short_contract, "completions").head
    found = embedded_server.read_ahead(short_contract, "chat")
    said = messages(short_contract, FIRST_TEXT)
    before, _, _ = said[-1]["content"].partition(FIRST_TEXT)
    assert found.head.endswith(f"<|im_start|>user\n{before}")
    assert all(message["content"] in found.head for message in said[:-1])
    assert 0 < found.took_s


@pytest.mark.llm
@pytest.mark.anyio
async def test_what_was_read_ahead_is_kept_to_go_back_to(
    short_contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was asked in between; and the folder that holds it goes with the server."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    server = EmbeddedServer(resolved(None), slots=1, threads=1)
    common = server.read_ahead(short_contract, "completions").head
    assert 1 == len(list(tmp_path.glob(f"*/{HEAD}")))
    completer = Completer(server.base_url, server.api_key, "default")
    found = []
    for other in (f"{common} Fine.", f"{common} It broke twice.", "Something else"):
        await server.back_to_head()
        found.append(await completer.ask(f"{common} 5 stars", max_tokens=1, top_logprobs=5))
        await completer.ask(other, max_tokens=1, top_logprobs=5)
    await completer.aclose()
    server.close()
    assert [found[0]] * 3 == found
    assert [] == list(tmp_path.iterdir())
