"""A run's fingerprint tells what its answers depend on, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from polarity.asking.fingerprint import fingerprint, fingerprint_hash, models_of
from polarity.contract import Contract, load_contract
from polarity.differences import differences
from polarity.errors import WeightsError
from polarity.places import file_hash
from polarity.settings import load_settings
from polarity.types import Model

BOTH = ("bert", "llm")
REMOTE = {"server": "remote", "base_url": "http://127.0.0.1:9/v1"}


def taken(contract: Contract, flags: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """The fingerprint under some settings."""
    return fingerprint(load_settings(flags), contract, BOTH, options)


def changed(contract: Contract, flags: dict[str, Any], **options: Any) -> list[str]:
    """The keys that differ from the default settings."""
    return [found.key for found in differences(taken(contract), taken(contract, flags, **options))]


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("flags", "keys"),
    [
        ({"bert": {"precision": "bf16"}}, ["bert.precision"]),
        ({"bert": {"max_length": 64, "overflow": "right"}}, ["bert.max_length", "bert.overflow"]),
        ({"llm": {"temperature": 0.7}}, ["llm.temperature"]),
        ({"llm": {"strategy": "free"}}, ["llm.strategy"]),
        ({"llm": {"model": "large", "top_logprobs": 5}}, ["llm.model", "llm.top_logprobs"]),
        ({"bert": {"calibration": "none"}}, ["bert.calibration"]),
        ({"bert": {"labels": {"LABEL_0": "NEGATIVE"}}}, ["bert.labels"]),
        ({"llm": {"api": "chat"}}, ["llm.prompt", "llm.api"]),
        ({"llm": REMOTE}, ["llm.weights", "llm.server", "llm.base_url"]),
        ({"llm": {"threads": 1, "concurrency": 9, "retries": 3, "deadline_ms": 5}}, []),
        ({"llm": {"api_key": "secret"}, "bert": {"batch_tokens": 99, "threads": 1}}, []),
    ],
)
def test_settings_that_answers_depend_on(contract: Contract, flags: dict[str, Any], keys: list[str]) -> None:
    """Each of them changes its own key; how fast it goes, and keys, change none."""
    assert keys == changed(contract, flags)


def test_a_fingerprint_in_one_word(contract: Contract) -> None:
    """It is the same for the same answers, and another one for any others."""
    settings = [load_settings({"llm": flags}) for flags in ({}, {"retries": 3}, {"temperature": 0.7})]
    plain, other_pace, warmer = (fingerprint_hash(each, contract, ["llm"]) for each in settings)
    assert plain == other_pace
    assert plain != warmer


def test_another_contract_is_another_run(contract: Contract) -> None:
    """Its version, its bytes and the prompt it declares are told apart."""
    source = contract.source.replace("Review: {text}", "Message: {text}")
    other = Contract.parse(source.encode())
    found = [one.key for one in differences(taken(contract), taken(other))]
    assert ["contract.sha256", "llm.prompt"] == found


def test_a_checkpoint_is_its_files(contract: Contract, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Where it lies does not matter; what stands in its weights does, and is named by the file."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in tiny_checkpoint.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    here = taken(contract, {"bert": {"checkpoint": str(tiny_checkpoint)}})
    assert here == taken(contract, {"bert": {"checkpoint": str(copy)}})
    with (copy / "model.safetensors").open("ab") as weights:
        weights.write(b" ")
    there = taken(contract, {"bert": {"checkpoint": str(copy)}})
    assert ["bert.checkpoint.model.safetensors"] == [found.key for found in differences(here, there)]


def test_only_who_is_asked_counts(contract: Contract) -> None:
    """A backend that is not asked, and its settings, are no part of the run; the options are."""
    found = fingerprint(load_settings(), contract, ["llm"], {"limit": 3})
    assert {"limit", "contract", "llm"} == set(found)


def test_missing_weights_are_named(contract: Contract, tmp_path: Path) -> None:
    """A file that is not there is an error with its name."""
    with pytest.raises(WeightsError, match=r"no such file: .*none\.gguf"):
        taken(contract, {"llm": {"gguf": str(tmp_path / "none.gguf")}})


def test_the_models_are_named_and_hashed(tiny_checkpoint: Path) -> None:
    """BERT by its weights' file; a remote LLM by its name and how it is asked, since it shows no weights."""
    settings = load_settings(
        {
            "bert": {"checkpoint": str(tiny_checkpoint)},
            "llm": {**REMOTE, "model": "large"},
        }
    )
    contract = load_contract()
    found = models_of(settings, contract, ("bert", "llm"))
    weights = file_hash(tiny_checkpoint / "model.safetensors")
    assert Model(tiny_checkpoint.resolve().name, weights) == found["bert"]
    prompt = fingerprint(settings, contract, ["llm"], {})["llm"]["prompt"]
    assert Model("large", None, prompt, "score") == found["llm"]
    hub = settings.model_copy(update={"bert": settings.bert.model_copy(update={"checkpoint": "org/tiny"})})
    assert {"bert": Model("org/tiny")} == models_of(hub, contract, ["bert"])
