"""Servers that others wrote: started where the program is installed, and skipped with a reason where not."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from polarity.backends.embedded import EmbeddedServer
from polarity.backends.llm import LlmBackend
from polarity.backends.proofs import Proof, prove
from polarity.contract import Contract
from polarity.settings import LlmSettings
from polarity.types import Completion, RawOutput, Scores
from polarity.weights import resolved

pytestmark = [pytest.mark.servers, pytest.mark.slow]
STARTS_WITHIN_S = 500.0  # of a busy machine
KEY = "sk-of-the-proxy"
TEXT = "I love it, wonderful!"
CHAT = "{% for message in messages %}<{{ message.role }}>{{ message.content }}\n{% endfor %}<assistant>"
PROXY = """
model_list:
  - model_name: small
    litellm_params: {{model: openai/small, api_base: "{base_url}", api_key: "{api_key}"}}
general_settings: {{master_key: "{master_key}"}}
"""


@contextmanager
def _running(command: Sequence[str | Path], url: str, log: Path) -> Iterator[None]:
    """Start a program, wait until it answers at an address, and end it with all that it started."""
    with log.open("wb") as out:
        program = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        until = time.monotonic() + STARTS_WITHIN_S
        while not _answers(url):
            if program.poll() is not None or time.monotonic() > until:
                pytest.fail(f"{command[0]} does not start: {log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.5)
        yield
    finally:
        os.killpg(program.pid, signal.SIGTERM)
        program.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - http on this machine
            return True
    except (URLError, OSError):
        return False


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is neither beside this Python nor on PATH")
    return found


def _port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _proven(settings: LlmSettings, contract: Contract) -> tuple[RawOutput, dict[str, Proof]]:
    async def ask() -> tuple[RawOutput, dict[str, Proof]]:
        backend = LlmBackend.start(settings, contract, deadline_s=120.0)
        try:
            (raw,) = await backend.predict([TEXT])
            return raw, {proof.what: proof for proof in await prove(backend, contract)}
        finally:
            await backend.aclose()

    return asyncio.run(ask())


def _settings(base_url: str, model: str, api_key: str = "") -> LlmSettings:
    return LlmSettings.model_validate(
        {
            "server": "remote",
            "base_url": base_url,
            "model": model,
            "api": "chat",
            "strategy": "auto",
            "api_key": api_key,
        }
    )


@pytest.mark.llm
def test_the_proxy_of_litellm(contract: Contract, tmp_path: Path) -> None:
    """In front of llama.cpp it passes on candidates, grammar and schema: `auto` asks for scores."""
    program = _program("litellm")
    behind = EmbeddedServer(resolved(None), slots=1, threads=1)
    port, config = _port(), tmp_path / "config.yaml"
    config.write_text(
        PROXY.format(base_url=behind.base_url, api_key=behind.api_key.get_secret_value(), master_key=KEY),
        "utf-8",
    )
    command: list[str | Path] = [program, "--config", config, "--host", "127.0.0.1", "--port", str(port)]
    try:
        with _running(command, f"http://127.0.0.1:{port}/health/liveliness", tmp_path / "log"):
            raw, rows = _proven(_settings(f"http://127.0.0.1:{port}/v1", "small", KEY), contract)
    finally:
        behind.close()
    assert isinstance(raw, Scores)
    proven = {what for what, proof in rows.items() if proof.ok}
    assert {"completions", "chat", "models", "candidates", "grammar", "json_schema", "stop"} <= proven
    assert rows["bad key"].ok


def test_the_server_of_transformers(contract: Contract, tmp_path: Path) -> None:
    """It gives no candidates and enforces nothing: `auto` reads its text."""
    program, port, model = _program("transformers"), _port(), _tiny(tmp_path / "model")
    command: list[str | Path] = [
        program,
        "serve",
        model,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    with _running(command, f"http://127.0.0.1:{port}/health", tmp_path / "log"):
        raw, rows = _proven(_settings(f"http://127.0.0.1:{port}/v1", str(model)), contract)
    assert isinstance(raw, Completion)
    assert {"completions", "chat"} <= {what for what, proof in rows.items() if proof.ok}
    told = {what: rows[what].detail.partition(",")[0] for what in ("grammar", "choice", "json_schema")}
    assert {"grammar": "refused", "choice": "refused", "json_schema": "ignored"} == told
    assert (None, "no log-probabilities") == rows["candidates"][1:]


def _tiny(folder: Path) -> Path:
    """Make a model of two layers with random weights, and a tokenizer with a chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=letters, special_tokens=["<end>"])
    tokenizer.train_from_iterator(["positive negative neutral"], trainer)
    whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>")
    whole.chat_template = CHAT
    whole.save_pretrained(folder)
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    end = whole.eos_token_id
    config = LlamaConfig(vocab_size=len(whole), eos_token_id=end, pad_token_id=end, **sizes)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
