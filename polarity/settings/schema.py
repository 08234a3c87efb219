"""What can be set, and where each value is taken from: the sources in their order. See `llm` and `values`."""

import os
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, HttpUrl
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from polarity.settings.llm import LlmSettings
from polarity.settings.review import ReviewSettings
from polarity.settings.shadow import CandidateSettings, PromotionSettings, ShadowSettings
from polarity.settings.store import StoreSettings
from polarity.settings.values import FilePath, Key, Part, named
from polarity.settings.watch import WatchSettings

PREFIX = "POLARITY_"
DEFAULT_FILE = Path("polarity.toml")
FILE_VARIABLE = "POLARITY_CONFIG"
PACKAGED = "packaged"  # the name of the checkpoint inside the package
BERT_DEADLINE_S = 10.0
MOST_OF_BERT, MOST_OF_LLM = 1024, 32  # requests under way
MOST_MEASURED_S = 30.0  # no caller waits longer for an embedded server that turns out to be slow


def checkpoint_source(name: str | None) -> str:
    """Find the checkpoint of a name: a folder or hub id is itself, "packaged" or None the one in the package.

    A folder of that very name comes first.

    >>> checkpoint_source("runs/mine"), checkpoint_source("packaged") == checkpoint_source(None)
    ('runs/mine', True)
    """
    if name is None or (name == PACKAGED and not Path(PACKAGED).is_dir()):
        return str(files("polarity").joinpath("checkpoint"))
    return name


class BertSettings(Part):
    """The classifier."""

    checkpoint: Annotated[str, BeforeValidator(named)] | None = Field(
        None, description='A folder or hub id; default: the one inside the package, which is "packaged", too.'
    )
    labels: Mapping[str, str] = Field(
        {},
        description="What the checkpoint's own label names are here; default: what the contract binds.",
    )
    runtime: Literal["auto", "torch", "onnxruntime", "openvino"] = Field(
        "auto",
        description="auto: the quickest that the checkpoint is optimized for and that answers as torch does.",
    )
    precision: Literal["auto", "fp32", "bf16", "int8"] = Field(
        "auto",
        description="auto: fp32, or int8 where it answers alike. bf16, by torch: scores depend on the batch.",
    )
    calibration: Literal["checkpoint", "none"] = Field(
        "checkpoint",
        description="Divide the logits by the temperature that the checkpoint's folder holds, or not.",
    )
    max_length: int = Field(512, ge=8, description="Tokens in one reading of the network.")
    overflow: Literal["error", "right", "head_tail", "window"] = Field(
        "window",
        description="Of a longer text: refuse it, read its start, or its start and end, or all in windows.",
    )
    batch_tokens: int = Field(
        1024,
        ge=16,
        description="Padded tokens in one forward pass, which is what a short text may have to wait for.",
    )
    deadline_ms: int | None = Field(
        None, ge=1, description="For one call; default: 10,000 at the endpoint, none for files."
    )
    threads: int | None = Field(
        None, ge=1, description="Of the network; default: the processors that this process may use."
    )
    result_cache: int = Field(
        0,
        ge=0,
        le=10_000_000,
        description="Texts whose answers are kept in memory, for when the very same text comes; 0: none.",
    )

    @property
    def source(self) -> str:
        """The folder or hub id that is loaded."""
        return checkpoint_source(self.checkpoint)

    @property
    def model(self) -> str:
        """What the checkpoint is called to those who need not know where on this machine it lies."""
        if self.checkpoint is None or self.source != self.checkpoint:
            return "packaged checkpoint"
        folder = Path(self.checkpoint)
        return folder.resolve().name if folder.is_dir() else self.checkpoint

    @property
    def labels_said(self) -> str:
        """What was said of the checkpoint's labels, in one line; empty where nothing was."""
        return ", ".join(f"{name} = {label}" for name, label in self.labels.items())


class ServiceSettings(Part):
    """The endpoint and its limits."""

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port; 0 takes a free one.")
    api_keys: tuple[Annotated[Key, Field(min_length=1)], ...] = Field(
        (), description="Bearer keys; none: open to all who reach it."
    )
    max_body_bytes: int = Field(1_000_000, ge=100, description="Bytes in one request.")
    max_texts: int = Field(256, ge=1, description="Texts in one request.")
    max_chars: int = Field(20_000, ge=1, description="Characters in one text.")
    max_tokens: int = Field(16_384, ge=1, description="Tokens that BERT reads of one request.")
    queue_tokens: int | None = Field(
        None,
        ge=1,
        description="Tokens that may wait for BERT, more is a 429; default: what takes 0.7 of its deadline.",
    )
    max_in_flight: int | None = Field(
        None,
        ge=1,
        description="Requests under way, the next one is a 429; default: 1,024, or 32 where an LLM is asked.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How the log is written: for people, or an object a line. No text is ever in it."
    )
    log_level: Literal["warning", "info"] = Field(
        "warning", description="warning: what goes wrong; info: a line for each request, too."
    )
    spans_url: HttpUrl | None = Field(
        None,
        description="Where OpenTelemetry spans go: a collector's OTLP over HTTP, with its /v1/traces; none: "
        "nowhere.",
    )


class _TomlFile(TomlConfigSettingsSource):
    """A file of settings, with or without a byte-order mark, which some editors write."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return tomllib.loads(file_path.read_bytes().decode("utf-8-sig"))


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    backend: Literal["bert", "llm", "both"] = Field("bert", description="Who answers.")
    contract: FilePath | None = Field(
        None, description="A contract file, or a packaged one's id; default: polarity."
    )
    on_unmapped: Literal["error", "bert"] = Field(
        "error",
        description="Under llm: a text that the LLM gives no verdict for is an error, or gets BERT's label.",
    )
    bert: BertSettings = BertSettings()
    llm: LlmSettings = LlmSettings()
    service: ServiceSettings = ServiceSettings()
    store: StoreSettings = StoreSettings()
    review: ReviewSettings = ReviewSettings()
    watch: WatchSettings = WatchSettings()
    shadow: ShadowSettings = ShadowSettings()
    promotion: PromotionSettings = PromotionSettings()
    candidates: Mapping[str, CandidateSettings] = Field(
        {}, description="Other ways to answer, by name: `[candidates.NAME]`."
    )

    @property
    def asked(self) -> tuple[str, ...]:
        """Who is asked: under llm BERT too, where it stands in for an answer that has no label."""
        if self.backend == "both" or (self.backend == "llm" and self.on_unmapped == "bert"):
            return ("bert", "llm")
        return (self.backend,)

    @property
    def most_in_flight(self) -> int:
        """How many requests may be under way: many under BERT alone, whose tokens are counted as well."""
        return self.service.max_in_flight or (MOST_OF_BERT if self.asked == ("bert",) else MOST_OF_LLM)

    def bert_deadline_s(self, *, patient: bool) -> float | None:
        """Give BERT's time for one call, in seconds; None: no limit. `patient`: it is made for a file."""
        if self.bert.deadline_ms:
            return self.bert.deadline_ms / 1000
        return None if patient else BERT_DEADLINE_S

    def deadline_s(self, *, patient: bool) -> float | None:
        """Give the LLM's budget for one text, in seconds; None: what the embedded server turns out to need.

        `patient`: nobody waits for this call, it is made for a file. Where BERT can answer in
        the LLM's place, under `both` or with `on_unmapped = "bert"`, a caller waits for little;
        under `llm` alone nothing else can.
        """
        if self.llm.deadline_ms:
            return self.llm.deadline_ms / 1000
        if patient:
            return 120.0
        if self.backend == "both" or self.on_unmapped == "bert":
            return 2.0 if self.llm.server == "remote" else None
        return 10.0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources, first wins."""
        return init_settings, env_settings, _TomlFile(settings_cls, config_file())


def config_file() -> Path:
    """Name the settings file: `POLARITY_CONFIG`, else `polarity.toml` in the current folder."""
    return Path(os.environ.get(FILE_VARIABLE, DEFAULT_FILE))
