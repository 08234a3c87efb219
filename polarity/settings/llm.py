"""The section `[llm]`: the language model, the server it stands on, and what it may cost."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, HttpUrl, SecretStr, model_validator

from polarity.settings.values import ExtraBody, FilePath, Headers, Key, Part, named


class LlmSettings(Part):
    """The language model and the server it stands on."""

    server: Literal["embedded", "remote"] = Field(
        "embedded", description="llama.cpp, started by polarity, or base_url."
    )
    base_url: HttpUrl | None = Field(None, description="An OpenAI-compatible server, with its /v1.")
    api_key: Key = Field(SecretStr(""), description="The server's key.")
    model: str = Field("default", description="The model's name on the server.")
    extra_body: ExtraBody = Field(
        {}, description="What else every request holds: `seed`, a server's own keys."
    )
    extra_headers: Headers = Field({}, description="Headers that go with every request; never shown.")
    gguf: Annotated[str, BeforeValidator(named)] | None = Field(
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

    @property
    def has_budgets(self) -> bool:
        """Whether it is limited what a server may be asked, or may cost."""
        return any((self.max_spend, self.requests_per_minute, self.tokens_per_minute))

    @model_validator(mode="after")
    def _server_isnamed(self) -> Self:
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
