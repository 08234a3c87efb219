"""`polarity doctor`."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from polarity.backends.identity import llm_model
from polarity.cli.doctor import _tried
from polarity.contract import load_contract
from polarity.contract.review.amending import with_calibration
from polarity.settings import LlmSettings, Settings
from tests.calibrations import calibration
from tests.cautious import of_no_models
from tests.misbehaving import Reply, Request, error, misbehaving, said

from .conftest import Run

UNKNOWN = "(weights unknown)"


def _findings(out: str) -> dict[str, dict[str, Any]]:
    return {finding["what"]: finding for finding in json.loads(out)}


def test_all_is_well(run: Run, telling_checkpoint: Path) -> None:
    """Installed packages are told, contract and backend tried; exit status 0."""
    status, out, err = run("doctor", "--backend", "bert", "--checkpoint", telling_checkpoint, "--json")
    assert (0, "") == (status, err)
    found = _findings(out)
    assert [True, True, True] == [found[what]["ok"] for what in ("contract", "bert loaded", "bert answers")]
    assert found["contract"]["detail"].startswith(f"polarity {load_contract().ref.version} ")
    assert telling_checkpoint.name in found["bert loaded"]["detail"]
    assert "as Scores" in found["bert answers"]["detail"]
    assert None is found["torch"]["ok"]
    assert not any(what.startswith("llm ") for what in found)


def test_a_person_reads_a_line_a_finding(run: Run, telling_checkpoint: Path) -> None:
    """`ok` or `BAD`, what was looked at, and the detail."""
    status, out, _ = run("doctor", "--backend", "bert", "--checkpoint", telling_checkpoint)
    assert 0 == status
    assert ["ok", "bert", "tells", "apart"] == out.splitlines()[-1].split()[:4]
    assert "BAD" not in out
    status, out, _ = run("doctor", "--backend", "bert", "--checkpoint", "/nowhere")
    assert 1 == status
    assert ["BAD", "bert", "loaded"] == out.splitlines()[-1].split()[:3]


def test_by_default_both_are_tried(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken backend does not hide the other: each has its own finding; exit status 1."""
    monkeypatch.setenv("POLARITY_LLM__GGUF", "/nowhere.gguf")
    status, out, err = run("doctor", "--checkpoint", "/nowhere", "--json")
    assert (1, "") == (status, err)
    found = _findings(out)
    assert [False, False] == [found[f"{name} loaded"]["ok"] for name in ("bert", "llm")]
    assert "'/nowhere'" in found["bert loaded"]["detail"]
    assert "llm.gguf: no such file" in found["llm loaded"]["detail"]


def test_a_server_that_is_not_there_is_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A remote server is tried with a real request."""
    monkeypatch.setenv("POLARITY_LLM__SERVER", "remote")
    monkeypatch.setenv("POLARITY_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("POLARITY_LLM__RETRIES", "0")
    status, out, _ = run("doctor", "--backend", "llm", "--json")
    assert 1 == status
    assert False is _findings(out)["llm answers"]["ok"]


def test_an_invalid_contract_is_a_finding(run: Run, tmp_path: Path) -> None:
    """Nothing can be tried without a contract: that is all that is said."""
    path = tmp_path / "bad.toml"
    path.write_text("id = ", "utf-8")
    status, out, _ = run("doctor", "--contract", path, "--json")
    assert 1 == status
    found = _findings(out)
    assert False is found["contract"]["ok"]
    assert {"contract"} == {what for what, finding in found.items() if finding["ok"] is not None}


def test_the_weights_that_have_a_name_are_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where they lie, or how to get them; those that nobody uses may be absent."""
    monkeypatch.setenv("POLARITY_CACHE", str(tmp_path))
    status, out, _ = run("doctor", "--backend", "bert", "--checkpoint", "/nowhere", "--json")
    assert 1 == status
    found = _findings(out)
    assert "weights: qwen2.5-1.5b is not fetched: polarity weights fetch " in found["qwen2.5-1.5b"]["detail"]
    assert found["smollm2"]["detail"].endswith(".gguf")
    assert [None, None] == [found[name]["ok"] for name in ("qwen2.5-0.5b", "smollm2")]


def test_a_package_that_cannot_be_imported_is_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doctor is for broken installations: it must not break on one."""
    monkeypatch.setitem(sys.modules, "polarity.backends.bert", None)
    status, out, err = run("doctor", "--backend", "bert", "--json")
    assert (1, "") == (status, err)
    assert False is _findings(out)["bert loaded"]["ok"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("models", "told"),
    [
        ("", "fitted; on which pair of models is not recorded"),
        ('bert.name = "/nowhere"\nllm.name = "large"\n', "fitted on this pair of models"),
        (
            'bert.name = "/nowhere"\nllm.name = "small"\n',
            f"warning: the policy was fitted on llm 'small' {UNKNOWN}, and 'large' {UNKNOWN} answers",
        ),
    ],
)
def test_whose_numbers_the_policy_has_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, models: str, told: str
) -> None:
    """Under both, where a policy decides: other models are a warning, and no fault."""
    path = tmp_path / "fitted.toml"
    path.write_text(f"{of_no_models()}\n{models and '[policy.fitted.models]'}\n{models}", "utf-8")
    for name, value in {"SERVER": "remote", "BASE_URL": "http://127.0.0.1:9/v1", "MODEL": "large"}.items():
        monkeypatch.setenv(f"POLARITY_LLM__{name}", value)
    monkeypatch.setenv("POLARITY_LLM__RETRIES", "0")
    options = ("--checkpoint", "/nowhere", "--contract", path, "--json")
    found = _findings(run("doctor", *options).out)
    assert told == found["policy"]["detail"].partition(": fit it again")[0]
    assert False is not found["policy"]["ok"]
    assert "policy" not in _findings(run("doctor", "--backend", "bert", *options).out)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("large", "scores are read by large/completions"),
        ("small", "warning: the contract calibrates llm 'large' (weights unknown)"),
    ],
)
def test_whose_scores_are_calibrated_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, told: str
) -> None:
    """Where the contract holds a calibration, and the LLM is asked: another model is a warning."""
    contract, url = load_contract(), "http://127.0.0.1:9/v1"
    asked = llm_model(LlmSettings(server="remote", base_url=url), contract)
    own = calibration(dict.fromkeys(contract.labels, 0.0), name="large", prompt=str(asked.prompt))
    (tmp_path / "own.toml").write_text(with_calibration(contract, own, "9.0.0"), "utf-8")
    for name, value in {"SERVER": "remote", "BASE_URL": url, "MODEL": model, "RETRIES": "0"}.items():
        monkeypatch.setenv(f"POLARITY_LLM__{name}", value)
    found = _findings(run("doctor", "--backend", "llm", "--contract", tmp_path / "own.toml", "--json").out)
    assert told == found["calibration"]["detail"].partition(", and")[0]
    assert False is not found["calibration"]["ok"]


@pytest.mark.anyio
async def test_what_a_server_refuses_is_told() -> None:
    """What polarity does without, and why a base URL is wrong: a line each."""

    def script(request: Request) -> Reply:
        if not request.path.startswith("/v1/"):
            return error(404, "Not Found")
        return error(400, "no 'temperature'") if "temperature" in request.body else said("positive")

    async with misbehaving(script) as server:
        llm = {"server": "remote", "api": "chat", "strategy": "free", "base_url": server.base_url}
        found = await _tried(Settings.model_validate({"backend": "llm", "llm": llm}))
        llm["base_url"] = server.base_url.removesuffix("/v1")
        wrong = await _tried(Settings.model_validate({"backend": "llm", "llm": llm}))
    assert ("llm server", None, "temperature is left out") in found
    answers = next(finding for finding in wrong if finding.what == "llm answers")
    assert f"try llm.base_url = '{server.base_url}'" in answers.detail
    assert answers.ok is False
    stop = next(finding for finding in found if finding.what == "llm stop")
    assert (None, "not found out: the model says too little") == (stop.ok, stop.detail)


@pytest.mark.slow
def test_one_label_for_everything_is_found(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The contract's examples are plainly of different labels: whoever gives them all one is broken."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "one")
    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"] = torch.tensor([0.0, 0.0, 100.0])
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    status, out, _ = run("doctor", "--backend", "bert", "--checkpoint", folder, "--json")
    assert 1 == status
    found = _findings(out)["bert tells apart"]
    assert False is found["ok"]
    assert "the contract's 9 examples have 3 labels, and are given 1: positive" == found["detail"]
