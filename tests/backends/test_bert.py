"""The BERT backend: loading, tokens and truncation, batches, failures, its thread."""

import asyncio
import json
import logging
import math
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, BertTokenizer, RobertaConfig, RobertaForSequenceClassification

from polarity.backends import loaded
from polarity.backends.admission import Limits
from polarity.backends.bert import BertBackend, mean_at_temperature
from polarity.backends.by_transformers import check_tokenizer, network_of, tokens_of
from polarity.backends.facts import Wanted
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.plain.tokenizer import read_tokenizer
from polarity.backends.runtimes.torch import TorchRuntime
from polarity.backends.temperature import weights_hash
from polarity.contract import Contract, load_contract, mapper
from polarity.errors import BackendUnavailable, CheckpointError, TooManyTokens
from polarity.settings import BertSettings
from polarity.statistics.calibration import with_temperature
from polarity.types import Failure, RawOutput, Scores, Verdict

LONGEST = 64  # the tiny BERT's positions
TEXTS = ["good", "the " * 20, "love the app", "the " * 200, "", "support was great and quick " * 3]


def _load(checkpoint: Path | str, contract: Contract, **settings: Any) -> BertBackend:
    chosen = {"precision": "fp32", "overflow": "right", **settings}
    return BertBackend.load(BertSettings.model_validate({"checkpoint": str(checkpoint), **chosen}), contract)


@pytest.fixture
def bert(tiny_checkpoint: Path, contract: Contract) -> Iterator[BertBackend]:
    """The tiny BERT with small batches: one short text, or a few, or a long one."""
    backend = _load(tiny_checkpoint, contract, batch_tokens=40)
    yield backend
    asyncio.run(backend.aclose())


def _loaded(backend: BertBackend) -> LoadedClassifier:
    classifier = backend._classifier
    assert isinstance(classifier, LoadedClassifier)
    return classifier


def _runtime(backend: BertBackend) -> TorchRuntime:
    runtime = _loaded(backend).runtime
    assert isinstance(runtime, TorchRuntime)
    return runtime


def _before(backend: BertBackend, hook: Callable[[torch.Tensor], object]) -> None:
    """Call `hook` with the ids before each forward pass."""
    runtime = _runtime(backend)
    logits = runtime.network.logits

    def hooked(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hook(ids)
        return logits(ids, mask)

    runtime.network = replace(runtime.network, logits=hooked)


def _scores(raw: RawOutput) -> Scores:
    assert isinstance(raw, Scores), raw
    return raw


# Loading


def _pickle_only(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _truncate(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def _garble(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"not weights\n" * 99)


def _behead(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if not name.startswith("classifier")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def _configure(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")

    return change


def _point(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 90888945\n"
        (folder / name).write_text(pointer, "utf-8")

    return change


def _no_tokenizer(folder: Path) -> None:
    for path in folder.iterdir():
        if "token" in path.name or "vocab" in path.name:
            path.unlink()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_pickle_only, r"no file named model\.safetensors"),
        (_truncate, "SafetensorError"),
        (_garble, "SafetensorError"),
        (_behead, r"no trained classifier: it has no weights for classifier\.bias, classifier\.weight"),
        (
            _configure(id2label={"0": "a", "1": "b"}),
            r"its classifier\.\w+ is of shape \(3,.*, where config\.json, with 2 labels, wants \(2,",
        ),
        (
            _configure(id2label=["negative", "neutral", "positive"]),
            r'config\.json lists its labels .*: id2label should be {"0": "negative", "1": "neutral", ',
        ),
        (
            _point("model.safetensors"),
            r"model\.safetensors is a pointer of Git LFS, not the file: `git lfs pull`",
        ),
        (_point("tokenizer.json"), r"tokenizer\.json is a pointer of Git LFS, not the file: `git lfs pull`"),
        (_configure(id2label={"1": "negative", "2": "neutral", "3": "positive"}), "number its labels from 0"),
        (_configure(problem_type="multi_label_classification"), "multi-label"),
        (_configure(model_type="unheard-of"), "unheard-of"),
        (_no_tokenizer, "tokenizer without any word"),
        (_empty, "cannot be loaded"),
        (lambda folder: (folder / "config.json").write_text("{", "utf-8"), "cannot be loaded"),
        (lambda folder: (folder / "config.json").unlink(), r"holds no config\.json, so it is no check"),
    ],
)
def test_spoilt_checkpoints_are_refused(
    spoil: Callable[[Path], Any], message: str, tiny_checkpoint: Path, contract: Contract, tmp_path: Path
) -> None:
    """With one short line that names the checkpoint and what is wrong with it."""
    folder = tmp_path / "spoilt"
    shutil.copytree(tiny_checkpoint, folder)
    spoil(folder)
    with pytest.raises(CheckpointError, match=message) as caught:
        _load(folder, contract)
    assert str(caught.value).startswith(repr(str(folder)))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("source", ["/no/such/folder", "./none", "../a/b", "a/b/c", "none/", "C:\\none"])
def test_a_missing_folder_is_named_at_once(source: str, contract: Contract) -> None:
    """What cannot be a hub id is a folder that is missing; nobody is asked for it."""
    with pytest.raises(CheckpointError) as caught:
        _load(source, contract)
    assert f"{source!r}: no such folder" == str(caught.value)


def test_a_hub_id_without_network(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is looked for in the cache only, without waiting to try again."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with pytest.raises(CheckpointError, match=r"'someone/some-model': no such folder; the hub cannot"):
        _load("someone/some-model", contract)
    assert [] == waited


def test_labels_that_the_contract_does_not_bind(
    make_checkpoint: Callable[..., Path], contract: Contract
) -> None:
    """A head nobody named is refused at load: LABEL_0 could mean anything. What to say is said."""
    with pytest.raises(CheckpointError, match=r"LABEL_0.*\nPOLARITY_BERT__LABELS="):
        _load(make_checkpoint("LABEL_0", "LABEL_1", "LABEL_2"), contract)


STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
FIVE = dict(zip(STARS, ("NEGATIVE", "NEGATIVE", "NEUTRAL", "POSITIVE", "POSITIVE"), strict=True))


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["good", "support was great and quick " * 30])
async def test_names_of_one_label_add_up(
    text: str, make_checkpoint: Callable[..., Path], tmp_path: Path, contract: Contract
) -> None:
    """Five stars are three labels where that is declared, also of a text in windows; sums are tempered."""
    checkpoint = make_checkpoint(*STARS)
    plain = LoadedClassifier.load(Wanted(str(checkpoint)))
    (read,) = plain.read([text])
    logits = torch.tensor(plain.score(list(read.readings)), dtype=torch.float64)
    one, two, three, four, five = logits.softmax(-1).mean(0).tolist()
    expected = [one + two, three, four + five]
    found = []
    folder = _calibrated(checkpoint, tmp_path / "calibrated", temperature=0.5, labels=FIVE)
    for source, calibration in ((checkpoint, "none"), (folder, "checkpoint")):
        backend = _load(source, contract, labels=FIVE, calibration=calibration, overflow="window")
        (raw,) = await backend.predict([text])
        await backend.aclose()
        found.append(_scores(raw).probabilities)
    assert ["negative", "neutral", "positive"] == list(found[0])
    assert pytest.approx(expected, abs=1e-6) == list(found[0].values())
    assert pytest.approx(with_temperature([expected], 0.5)[0].tolist(), abs=1e-6) == list(found[1].values())


@pytest.mark.anyio
async def test_a_label_that_is_left_out_has_no_share(
    make_checkpoint: Callable[..., Path], contract: Contract
) -> None:
    """Two classes under three labels, where that is declared: a verdict, and never the third label."""
    two = {"pos": "POSITIVE", "neg": "NEGATIVE"}
    backend = _load(make_checkpoint(*two), contract, labels=two)
    (raw,) = await backend.predict(["good"])
    await backend.aclose()
    verdict = mapper.map(raw, contract)
    assert isinstance(verdict, Verdict)
    assert verdict.scores
    assert 0.0 == verdict.scores["NEUTRAL"]
    assert pytest.approx(1.0) == sum(verdict.scores.values())


@pytest.mark.anyio
async def test_a_calibration_of_two_classes_is_good_under_three_labels(
    make_checkpoint: Callable[..., Path], tmp_path: Path, contract: Contract
) -> None:
    """It was made by a contract of the labels that the checkpoint has; here, too, nothing adds up."""
    two = {"pos": "POSITIVE", "neg": "NEGATIVE"}
    folder = _calibrated(make_checkpoint(*two), tmp_path / "calibrated", temperature=0.5)
    shares = {}
    for calibration in ("none", "checkpoint"):
        backend = _load(folder, contract, labels=two, calibration=calibration)
        (raw,) = await backend.predict(["good"])
        await backend.aclose()
        shares[calibration] = _scores(raw).probabilities
    negative, _, positive = shares["none"].values()
    tempered = with_temperature([[negative, positive]], 0.5)[0].tolist()
    expected = dict(zip(("negative", "positive"), tempered, strict=True)) | {"neutral": 0.0}
    assert expected == pytest.approx(dict(shares["checkpoint"]), abs=1e-6)


def test_a_calibration_is_for_its_sums(
    make_checkpoint: Callable[..., Path], tmp_path: Path, contract: Contract
) -> None:
    """A temperature that was fitted to other sums of the same names is refused."""
    folder = _calibrated(make_checkpoint(*STARS), tmp_path / "calibrated", labels=FIVE)
    with pytest.raises(CheckpointError, match="was made for other labels of the checkpoint's names"):
        _load(folder, contract, labels={**FIVE, "2 stars": "NEUTRAL"})


@pytest.mark.anyio
async def test_a_kept_result_is_of_one_binding(
    make_checkpoint: Callable[..., Path], contract: Contract
) -> None:
    """The keys of what is kept hold the binding too: the same text under another one is another answer."""
    checkpoint = make_checkpoint("a", "b", "c")
    tables = [dict(zip("abc", labels, strict=True)) for labels in (contract.labels, contract.labels[::-1])]
    owners = []
    for table in tables:
        backend = _load(checkpoint, contract, labels=table, result_cache=1)
        assert backend.results
        owners.append(backend.results._key("good"))
        await backend.aclose()
    assert owners[0] != owners[1]


def test_a_process_is_not_left_behind_where_the_engine_cannot_be_closed(
    tiny_checkpoint: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong there is raised once the process has ended."""
    closed: list[bool] = []
    backend = _load(tiny_checkpoint, contract)

    def broken() -> None:
        raise MemoryError("none left")

    close = backend._engine.close
    monkeypatch.setattr(backend._engine, "close", broken)
    monkeypatch.setattr(backend._classifier, "close", lambda: closed.append(True))
    with pytest.raises(MemoryError):
        asyncio.run(backend.aclose())
    close()
    assert [True] == closed


def test_a_process_is_not_left_behind_where_labels_do_not_fit(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was started before its labels were known: it is closed, and the error is the contract's."""
    closed: list[bool] = []
    loaded = LoadedClassifier.load(Wanted(str(tiny_checkpoint)))
    monkeypatch.setattr(loaded, "close", lambda: closed.append(True))
    with pytest.raises(CheckpointError, match="positive"):
        BertBackend.load(
            BertSettings(checkpoint=str(tiny_checkpoint)), load_contract(Path("spam")), apart=loaded
        )
    assert [True] == closed


@pytest.mark.anyio
async def test_labels_in_another_order(make_checkpoint: Callable[..., Path], contract: Contract) -> None:
    """Probabilities stand by name, so that the checkpoint's order and its letters' case do not matter."""
    found = []
    for names in (("positive", "negative", "neutral"), ("POSITIVE", "Negative", " neutral")):
        backend = _load(make_checkpoint(*names), contract)
        (raw,) = await backend.predict(["good"])
        await backend.aclose()
        found.append(_scores(raw).probabilities)
    plain = LoadedClassifier.load(Wanted(str(make_checkpoint("positive", "negative", "neutral"))))
    (logits,) = plain.score(list(plain.read(["good"])[0].readings))
    positive, negative, neutral = torch.tensor(logits).softmax(-1).tolist()
    expected = {"positive": positive, "negative": negative, "neutral": neutral}
    assert pytest.approx(expected, abs=1e-6) == found[0] == found[1]


def test_a_tokenizer_that_cannot_pad(tiny_checkpoint: Path) -> None:
    """Is refused: rows of one batch could not be of one length."""
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_checkpoint)
    tokenizer.pad_token = None
    with pytest.raises(CheckpointError, match="padding token"):
        check_tokenizer(tokenizer, "x")


@pytest.mark.parametrize("is_saved_plain", [True, False])
def test_a_tokenizer_of_another_network(
    *, is_saved_plain: bool, tiny_checkpoint: Path, contract: Contract, tmp_path: Path
) -> None:
    """One that knows tokens that the network does not is refused, whoever reads it."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "spoilt")
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_checkpoint)
    if is_saved_plain:
        tokenizer = BertTokenizer(vocab={**tokenizer.get_vocab(), "unheardof": len(tokenizer)})
    else:
        tokenizer.add_tokens(["unheardof"])
    tokenizer.save_pretrained(folder)
    assert is_saved_plain == (read_tokenizer(folder) is not None)
    with pytest.raises(CheckpointError, match="more tokens"):
        _load(folder, contract)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, torch.float32), ({"precision": "fp32"}, torch.float32), ({"precision": "bf16"}, torch.bfloat16)],
)
def test_precision(
    settings: dict[str, Any], expected: torch.dtype, tiny_checkpoint: Path, contract: Contract
) -> None:
    """What is named; by default fp32, whatever the processor can do."""
    chosen = BertSettings.model_validate({"checkpoint": str(tiny_checkpoint), **settings})
    backend = BertBackend.load(chosen, contract)
    ids = torch.tensor([[2, 3]])
    assert expected == _runtime(backend).network.logits(ids, torch.ones_like(ids)).dtype
    asyncio.run(backend.aclose())


# Answers


@pytest.mark.anyio
async def test_a_distribution_a_text(bert: BertBackend) -> None:
    """Over the checkpoint's names, summing to one."""
    for raw in await bert.predict(TEXTS):
        scores = _scores(raw)
        assert {"negative", "neutral", "positive"} == set(scores.probabilities)
        assert pytest.approx(1.0) == math.fsum(scores.probabilities.values())
        assert "softmax" == scores.source


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("words", "tokens", "truncated"),
    [(0, 2, False), (1, 3, False), (61, 63, False), (62, 64, False), (63, 64, True), (5000, 64, True)],
)
async def test_tokens_and_truncation(words: int, tokens: int, *, truncated: bool, bert: BertBackend) -> None:
    """What was read is counted, with the two tokens of the tokenizer; what was not is reported."""
    (raw,) = await bert.predict(["the " * words])
    assert (tokens, truncated) == (_scores(raw).tokens, _scores(raw).truncated)


def test_truncation_keeps_the_last_special_token(bert: BertBackend) -> None:
    """A cut text still begins with [CLS] and ends with [SEP], as the network was trained."""
    first, last = 2, 3  # of the tiny vocabulary
    ((cut,),) = [text.readings for text in _loaded(bert).read(["the " * 300])]
    assert LONGEST == len(cut)
    assert (first, last) == (cut[0], cut[-1])
    assert last not in cut[:-1]


@pytest.mark.anyio
async def test_max_length_is_the_settings(tiny_checkpoint: Path, contract: Contract) -> None:
    """Below the network's own limit."""
    backend = _load(tiny_checkpoint, contract, max_length=8)
    (raw,) = await backend.predict(["the " * 20])
    await backend.aclose()
    assert (8, True) == (_scores(raw).tokens, _scores(raw).truncated)


@pytest.mark.anyio
async def test_roberta_has_fewer_positions_than_it_declares(tiny_checkpoint: Path) -> None:
    """A long text is truncated to what it really has, instead of breaking its batch."""
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_checkpoint)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    sizes |= {"num_labels": 3, "vocab_size": len(tokenizer), "max_position_embeddings": 34}
    config = RobertaConfig(**sizes, pad_token_id=1)
    network = network_of(RobertaForSequenceClassification(config).eval())
    tokens = tokens_of(tokenizer)
    classifier = LoadedClassifier(TorchRuntime(network, tokens), tokens, Wanted("x", overflow="right"))
    backend = BertBackend(classifier, BertSettings(overflow="right"))
    (raw,) = await backend.predict(["the " * 100])
    await backend.aclose()
    assert 32 == network.shape.positions
    assert (32, True) == (_scores(raw).tokens, _scores(raw).truncated)


@pytest.mark.anyio
async def test_alone_and_in_company(bert: BertBackend) -> None:
    """Padding and neighbours do not change an answer, and every answer is in its text's place."""
    together = await bert.predict(TEXTS)
    for text, raw in zip(TEXTS, together, strict=True):
        (alone,) = await bert.predict([text])
        assert pytest.approx(_scores(alone).probabilities, abs=1e-4) == _scores(raw).probabilities
        assert _scores(alone).tokens == _scores(raw).tokens


LONG = "love the app " * 30 + "the support was great " * 10  # 132 tokens, where 64 are read


@pytest.mark.anyio
@pytest.mark.parametrize(("overflow", "tokens"), [("right", 64), ("head_tail", 64), ("window", 192)])
async def test_what_is_read_of_a_long_text(
    overflow: str, tokens: int, tiny_checkpoint: Path, contract: Contract
) -> None:
    """One reading of the start, or of start and end; or three windows, which leave nothing out."""
    backend = _load(tiny_checkpoint, contract, overflow=overflow)
    (raw,) = await backend.predict([LONG])
    await backend.aclose()

    assert (tokens, overflow != "window") == (_scores(raw).tokens, _scores(raw).truncated)


@pytest.mark.anyio
async def test_windows_are_averaged(tiny_checkpoint: Path, contract: Contract) -> None:
    """A text of two windows that fit it exactly has the mean of their scores."""
    first, second = "love the app " * 20 + "the app ", "the support was great " * 15 + "great great"
    backend = _load(tiny_checkpoint, contract, overflow="window")
    (whole,) = await backend.predict([f"{first} {second}"])
    halves = [_scores(raw).probabilities for raw in await backend.predict([first, second])]
    await backend.aclose()

    expected = {name: (halves[0][name] + halves[1][name]) / 2 for name in halves[0]}
    assert pytest.approx(expected, abs=1e-6) == _scores(whole).probabilities


@pytest.mark.anyio
async def test_a_long_text_may_be_refused(tiny_checkpoint: Path, contract: Contract) -> None:
    """Under "error" it is a failure that says how long it is; its neighbours are answered."""
    backend = _load(tiny_checkpoint, contract, overflow="error")
    refused, answered = await backend.predict([LONG, "good"])
    await backend.aclose()

    detail = "132 tokens, and 64 are read: see bert.overflow"
    assert Failure(reason="text_too_long", detail=detail) == refused
    assert isinstance(answered, Scores)


# Calibration


def _calibrated(checkpoint: Path, folder: Path, **changes: Any) -> Path:
    """Copy a checkpoint and give it a temperature of 2."""
    shutil.copytree(checkpoint, folder)
    values = {
        "temperature": 2.0,
        "weights_sha256": weights_hash(folder),
        "fold_temperatures": [],
        "before": {},
        "after": {},
    }
    (folder / "calibration.json").write_text(json.dumps({**values, **changes}), "utf-8")
    return folder


@pytest.mark.anyio
async def test_the_temperature_of_the_checkpoint_is_applied(
    tiny_checkpoint: Path, tmp_path: Path, contract: Contract
) -> None:
    """The logits are divided by it; a person can turn that off."""
    folder = _calibrated(tiny_checkpoint, tmp_path / "calibrated")
    found = {}
    for setting in ("checkpoint", "none"):
        backend = _load(folder, contract, calibration=setting)
        (raw,) = await backend.predict(["love the app"])
        found[setting] = _scores(raw).probabilities
        await backend.aclose()

    plain = [list(found["none"].values())]
    assert pytest.approx(with_temperature(plain, 2.0)[0].tolist()) == list(found["checkpoint"].values())


@pytest.mark.anyio
@pytest.mark.parametrize("text", [LONG, "love the app"])
async def test_the_temperature_is_applied_to_what_it_was_fitted_on(
    text: str, tiny_checkpoint: Path, tmp_path: Path, contract: Contract
) -> None:
    """That is the distribution of the whole text, also where it is the mean of three windows."""
    folder = _calibrated(tiny_checkpoint, tmp_path / "calibrated", temperature=0.2)
    found = {}
    for setting in ("checkpoint", "none"):
        backend = _load(folder, contract, calibration=setting, overflow="window")
        (raw,) = await backend.predict([text])
        found[setting] = list(_scores(raw).probabilities.values())
        await backend.aclose()

    expected = with_temperature([found["none"]], 0.2)[0].tolist()
    assert pytest.approx(expected, abs=1e-12) == found["checkpoint"]


def test_one_window_is_the_plain_softmax() -> None:
    """Of logits over the temperature, to 1e-12, also where a share is too small to be told from 0."""
    for logits in ([2.0, -1.0, 0.5], [60.0, -20.0, 0.0]):
        plain = torch.tensor(logits, dtype=torch.float64)
        expected = (plain / 1.7).softmax(-1).tolist()
        assert pytest.approx(expected, rel=1e-12) == mean_at_temperature([logits], 1.7, [(0,), (1,), (2,)])


def test_a_calibration_of_other_weights_is_refused(
    tiny_checkpoint: Path, tmp_path: Path, contract: Contract
) -> None:
    """New weights under an old temperature would be wrong in silence."""
    folder = _calibrated(tiny_checkpoint, tmp_path / "stale", weights_sha256="0" * 64)

    with pytest.raises(CheckpointError, match=r"calibration\.json: was made for other weights"):
        _load(folder, contract)


# Failures


def _poison(bert: BertBackend, spoil: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Spoil the logits of the batches that hold the word "poison", which is unknown."""
    unknown, runtime = 1, _runtime(bert)  # of the tiny vocabulary
    logits = runtime.network.logits

    def spoilt(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        found = logits(ids, mask)
        marked = (ids == unknown).any(-1)
        if marked.any():
            found[marked] = spoil(found[marked])
        return found

    runtime.network = replace(runtime.network, logits=spoilt)


def _raise(_: torch.Tensor) -> torch.Tensor:
    raise RuntimeError("secret inside")


@pytest.mark.anyio
async def test_a_batch_that_breaks_fails_alone(bert: BertBackend, caplog: pytest.LogCaptureFixture) -> None:
    """Its texts are failures, the other batches are answered, and the log has the traceback."""
    _poison(bert, _raise)
    caplog.set_level(logging.ERROR)
    raws = await bert.predict(["good", "☃ " * 30, "good", "☃ " * 31])
    assert [Scores, Failure, Scores, Failure] == [type(raw) for raw in raws]
    assert Failure(reason="internal", detail="RuntimeError in the classifier") == raws[1]
    assert "secret inside" in caplog.text
    assert "☃" not in caplog.text
    assert isinstance((await bert.predict(["good"]))[0], Scores)


@pytest.mark.anyio
@pytest.mark.parametrize("value", [math.nan, math.inf])
async def test_logits_that_are_no_numbers_fail_their_text(value: float, bert: BertBackend) -> None:
    """Also in one batch with a sound one, which is answered."""
    _poison(bert, lambda logits: logits.fill_(value))
    sound, spoilt = await bert.predict(["good", "☃"])
    assert isinstance(sound, Scores)
    assert isinstance(spoilt, Failure)
    assert "not finite" in spoilt.detail


def _unreadable(_: Sequence[str]) -> list[list[int]]:
    raise RuntimeError("secret inside")


@pytest.mark.anyio
async def test_a_tokenizer_that_breaks_fails_its_texts(
    bert: BertBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never an exception for the caller: the next call may be fine."""
    with monkeypatch.context() as patch:
        loaded = _loaded(bert)
        patch.setattr(loaded, "tokens", replace(loaded.tokens, encode=_unreadable))
        assert [Failure] * 2 == [type(raw) for raw in await bert.predict(["a", "b"])]
    assert isinstance((await bert.predict(["good"]))[0], Scores)


# The thread


def test_as_many_batches_are_scored_at_once_as_the_classifier_can(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine has a thread for each; a network of transformers' is asked by one."""
    monkeypatch.setattr(loaded, "usable_processors", lambda: 3)
    for name, expected in (("plain", 3), ("relu", 1)):
        folder = shutil.copytree(tiny_checkpoint, tmp_path / name)
        config = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(
            json.dumps(config | ({"hidden_act": "relu"} if name == "relu" else {})), "utf-8"
        )
        bert = BertBackend.load(BertSettings(checkpoint=str(folder), threads=4), load_contract())
        scoring = [thread for thread in bert._engine._threads if "reader" not in thread.name]
        assert expected == len(scoring)
        bert._engine.close()


@pytest.mark.anyio
async def test_work_is_on_threads_of_its_own(bert: BertBackend) -> None:
    """The event loop goes on while the classifier works."""
    threads: list[str] = []

    def hook(_: torch.Tensor) -> None:
        threads.append(threading.current_thread().name)
        time.sleep(0.05)

    _before(bert, hook)
    calls = asyncio.gather(bert.predict(["good"]), bert.predict(["good"]))
    turns = 0
    while not calls.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert 2 == len(await calls)
    assert 2 == len(threads)
    assert set(threads) <= {f"polarity-bert-{number}" for number in range(bert._facts.at_once)}
    assert 4 < turns


@pytest.mark.anyio
async def test_a_cancelled_call_that_waits_is_never_worked_on(bert: BertBackend) -> None:
    """It costs the next caller nothing."""
    sizes: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def hook(ids: torch.Tensor) -> None:
        sizes.append(ids.shape[1])
        begun.set()
        assert go_on.wait(10)

    _before(bert, hook)
    first = asyncio.create_task(bert.predict(["the"]))
    await asyncio.to_thread(begun.wait, 10)
    waiting = asyncio.create_task(bert.predict(["the " * 10]))
    await asyncio.sleep(0)
    waiting.cancel()
    while not bert.numbers.left:  # noqa: ASYNC110 - the engine hears of it by a callback
        await asyncio.sleep(0)
    go_on.set()
    await first
    await bert.predict(["the " * 2])
    assert [3, 4] == sizes
    assert (3, 1) == (bert.numbers.calls, bert.numbers.left)


@pytest.mark.anyio
async def test_a_call_that_takes_too_long_is_late(tiny_checkpoint: Path, contract: Contract) -> None:
    """Each of its texts is a failure that names the setting, and what was not begun never is."""
    limits = Limits(deadline_s=0.05)
    backend = BertBackend.load(BertSettings(checkpoint=str(tiny_checkpoint)), contract, limits=limits)
    go_on = threading.Event()
    _before(backend, lambda _: go_on.wait(10))
    raws = await backend.predict(["good", "the " * 30])
    go_on.set()
    await backend.aclose()
    late = Failure(reason="timeout", detail="no answer within 0.05 s: see bert.deadline_ms")
    assert [late, late] == raws
    assert 0 == backend.numbers.waiting_tokens


@pytest.mark.anyio
async def test_a_call_may_have_too_many_tokens(tiny_checkpoint: Path, contract: Contract) -> None:
    """It is refused by what its texts really have, in tokens: not by how many letters these have."""
    limits = Limits(call_tokens=40)
    backend = BertBackend.load(BertSettings(checkpoint=str(tiny_checkpoint)), contract, limits=limits)
    with pytest.raises(TooManyTokens, match="at least 62 tokens; at most 40"):
        await backend.predict(["the " * 60])
    assert [Scores] == [type(raw) for raw in await backend.predict(["the " * 30])]
    await backend.aclose()


@pytest.mark.anyio
async def test_closing_under_way_lets_the_work_finish(bert: BertBackend) -> None:
    """Who asked before gets the answers; who asks after is told; the thread is gone."""
    _before(bert, lambda _: time.sleep(0.1))
    call = asyncio.create_task(bert.predict(["good"]))
    await asyncio.sleep(0.02)
    await asyncio.gather(bert.aclose(), bert.aclose())
    assert isinstance((await call)[0], Scores)
    with pytest.raises(BackendUnavailable, match="closed"):
        await bert.predict(["good"])
    assert not [thread for thread in bert._engine._threads if thread.is_alive()]
