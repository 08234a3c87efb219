"""What can be set, and where each value is taken from: the sources in their order, the checks of each key."""

import os
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX = "POLARITY_"
DEFAULT_FILE = Path("polarity.toml")
FILE_VARIABLE = "POLARITY_CONFIG"
MOST_MEASURED_S = 30.0  # no caller waits longer for an embedded server that turns out to be slow
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")
SAID_ELSEWHERE = {
    "model": "llm.model",
    "temperature": "llm.temperature",
    "logprobs": "llm.strategy",
    "top_logprobs": "llm.top_logprobs",
    "stop": "prompt.stop of the contract",
    "max_tokens": "prompt.max_tokens of the contract",
    "messages": "made from the contract's prompt",
    "prompt": "made from the contract's prompt",
    "n": "always 1",
    "stream": "always false",
}  # a key of a request -> the setting that it has


def _named(value: Any) -> Any:
    """Refuse a blank where a file is named: as a path it would be the current folder."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("is blank: leave it out for the default")
    return value


def _no_blanks(key: SecretStr) -> SecretStr:
    """Refuse a key of blanks only; an empty one is none."""
    if key.get_secret_value().isspace():
        raise ValueError("is blank")
    return key


def _sendable(headers: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    """Refuse what no HTTP header can hold, without showing it."""
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an HTTP header")
        if not HEADER_VALUE.fullmatch(value.get_secret_value()):
            raise ValueError(f"the value of {name!r} holds characters that no HTTP header can carry")
    return headers


def _not_ours(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse what is said elsewhere: two places would contradict each other."""
    for name, where in SAID_ELSEWHERE.items():
        if name in body:
            raise ValueError(f"{name!r} is {where}")
    return body


FilePath = Annotated[Path, BeforeValidator(_named)]
Headers = Annotated[Mapping[str, SecretStr], AfterValidator(_sendable)]
ExtraBody = Annotated[Mapping[str, Any], AfterValidator(_not_ours)]
Key = Annotated[SecretStr, AfterValidator(_no_blanks)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth(cls, value: Any) -> Any:
        """Refuse true and false, which pydantic takes for 1 and 0: no setting here is either."""
        if isinstance(value, bool):
            raise ValueError("is neither true nor false")  # noqa: TRY004 - pydantic lists ValueErrors
        return value


class BertSettings(_Part):
    """The classifier."""

    checkpoint: Annotated[str, BeforeValidator(_named)] | None = Field(
        None, description="A folder or hub id; default: the checkpoint inside the package."
    )
    precision: Literal["fp32", "bf16"] = Field(
        "fp32", description="bf16: quicker where the processor has it, but scores depend on the batch."
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
    batch_tokens: int = Field(4096, ge=16, description="Padded tokens in one forward pass.")
    threads: int | None = Field(None, ge=1, description="torch threads; default: torch's choice.")

    @property
    def source(self) -> str:
        """The folder or hub id that is loaded."""
        return self.checkpoint or str(files("polarity").joinpath("checkpoint"))

    @property
    def model(self) -> str:
        """What the checkpoint is called to those who need not know where on this machine it lies."""
        if self.checkpoint is None:
            return "packaged checkpoint"
        folder = Path(self.checkpoint)
        return folder.resolve().name if folder.is_dir() else self.checkpoint


class LlmSettings(_Part):
    """The language model and the server it stands on."""

    server: Literal["embedded", "remote"] = Field(
        "embedded", description="llama.cpp in this process, or base_url."
    )
    base_url: HttpUrl | None = Field(None, description="An OpenAI-compatible server, with its /v1.")
    api_key: Key = Field(SecretStr(""), description="The server's key.")
    model: str = Field("default", description="The model's name on the server.")
    extra_body: ExtraBody = Field(
        {}, description="What else every request holds: `seed`, a server's own keys."
    )
    extra_headers: Headers = Field({}, description="Headers that go with every request; never shown.")
    gguf: Annotated[str, BeforeValidator(_named)] | None = Field(
        None,
        description=(
            "Weights of the embedded server: a name that `polarity weights list` shows, or a GGUF file; "
            "default: smollm2."
        ),
    )
    api: Literal["completions", "chat"] | None = Field(
        None, description="Which endpoint is asked; default: what the weights are made for, else completions."
    )
    strategy: Literal["score", "free", "constrained", "auto"] = Field(
        "score",
        description=(
            "Log-probabilities of label words; text; text that the server holds to one label's word; or of "
            "these what the server is found to do."
        ),
    )
    temperature: float = Field(0.0, ge=0.0, le=2.0, description="0: the likeliest token.")
    top_logprobs: int = Field(20, ge=2, le=1000, description="Candidates asked for at the answer position.")
    threads: int | None = Field(None, ge=1, description="The embedded server's threads; default: every core.")
    concurrency: int = Field(
        4,
        ge=1,
        le=1024,
        description=(
            "Requests under way at once at a remote server, fewer while it is overloaded; the embedded one "
            "answers one by one."
        ),
    )
    prompt_price: float | None = Field(
        None, ge=0.0, description="What a million prompt tokens cost; reports then say what the LLM cost."
    )
    completion_price: float | None = Field(
        None, ge=0.0, description="What a million tokens of answers cost, in the same money."
    )
    max_spend: float | None = Field(
        None,
        gt=0.0,
        description=(
            "What the LLM may cost in one run over files, however often it is resumed, or while a service "
            "lives; needs both prices."
        ),
    )
    requests_per_minute: int | None = Field(
        None, ge=1, description="Requests that a remote server is sent in any minute; default: no limit."
    )
    tokens_per_minute: int | None = Field(
        None, ge=1, description="The same of tokens, estimated before they are known."
    )
    cache: Literal["off", "on"] | FilePath = Field(
        "off",
        description=(
            "Keep answers on disk and ask nothing twice: in the user's cache folder (on), or in a folder."
        ),
    )
    cache_mb: int = Field(
        256, ge=1, description="Megabytes that are kept; the answers that were used least recently go."
    )
    retries: int = Field(
        1, ge=0, le=10, description="Further attempts after a passing fault, within the deadline."
    )
    deadline_ms: int | None = Field(
        None,
        ge=1,
        description=(
            "For one text, all attempts; default: 2,000 where BERT can answer instead; for the embedded "
            "server by what a first text takes; 10,000 under llm alone, 120,000 for files."
        ),
    )

    @model_validator(mode="after")
    def _server_is_named(self) -> Self:
        if self.base_url and (self.base_url.username or self.base_url.password):
            raise ValueError("base_url holds credentials: set api_key")
        if self.server == "remote" and self.base_url is None:
            raise ValueError("server = 'remote' needs base_url")
        if self.server == "embedded" and self.base_url is not None:
            raise ValueError("base_url is set but server = 'embedded': set server = 'remote'")
        return self

    @model_validator(mode="after")
    def _budgets_can_be_kept(self) -> Self:
        if self.max_spend is not None and (self.prompt_price is None or self.completion_price is None):
            raise ValueError("max_spend needs prompt_price and completion_price")
        for name in ("max_spend", "requests_per_minute", "tokens_per_minute"):
            if self.server == "embedded" and getattr(self, name) is not None:
                raise ValueError(f"{name} is set but server = 'embedded': only a remote server has budgets")
        return self


class ServiceSettings(_Part):
    """The endpoint and its limits."""

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port; 0 takes a free one.")
    api_keys: tuple[Annotated[Key, Field(min_length=1)], ...] = Field(
        (), description="Bearer keys; none: open to all who reach it."
    )
    max_body_bytes: int = Field(1_000_000, ge=100, description="Bytes in one request.")
    max_texts: int = Field(256, ge=1, description="Texts in one request.")
    max_chars: int = Field(20_000, ge=1, description="Characters in one text.")
    max_in_flight: int = Field(32, ge=1, description="Requests under way; the next one is a 429.")


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
        None, description="A contract file; default: the packaged polarity contract."
    )
    on_unmapped: Literal["error", "bert"] = Field(
        "error",
        description="Under llm: a text that the LLM gives no verdict for is an error, or gets BERT's label.",
    )
    bert: BertSettings = BertSettings()
    llm: LlmSettings = LlmSettings()
    service: ServiceSettings = ServiceSettings()

    @property
    def asked(self) -> tuple[str, ...]:
        """Who is asked: under llm BERT too, where it stands in for an answer that has no label."""
        if self.backend == "both" or (self.backend == "llm" and self.on_unmapped == "bert"):
            return ("bert", "llm")
        return (self.backend,)

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
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def config_file() -> Path:
    """Name the settings file: `POLARITY_CONFIG`, else `polarity.toml` in the current folder."""
    return Path(os.environ.get(FILE_VARIABLE, DEFAULT_FILE))
