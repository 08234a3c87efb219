"""Small backends, and a service over them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fastapi.testclient import TestClient

from polarity.classifier import Classifier
from polarity.errors import BackendRejected, BackendUnavailable
from polarity.service import create_app
from polarity.service.serving import ClassifierFactory
from polarity.settings import Settings
from polarity.types import Completion, Failure, FailureReason, RawOutput, Scores, Usage
from tests.cautious import cautious_contract

Say = Callable[[str], RawOutput]


class Scripted:
    """A backend that says what a function says, after a delay."""

    def __init__(self, name: str, say: Say, *, delay_s: float = 0.0, model: str | None = None) -> None:
        self.name, self.model = name, model
        self.calls = 0
        self.closed = 0
        self.is_up = True
        self._say, self._delay_s = say, delay_s

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Say it of each text."""
        self.calls += 1
        await asyncio.sleep(self._delay_s)
        return [self._say(text) for text in texts]

    async def aclose(self) -> None:
        """Count the closings."""
        self.closed += 1


class Broken(Scripted):
    """A backend that as a whole cannot answer."""

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Raise, naming an address that no caller should see."""
        raise BackendUnavailable(f"connection refused: http://10.0.0.7/v1 for {len(texts)} texts")


class Refusing(Scripted):
    """A backend whose server refuses the key."""

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Raise, naming an address that no caller should see."""
        raise BackendRejected(f"401 at http://10.0.0.7/v1 for {len(texts)} texts", reason="unauthorized")


def scores(positive: float, *, tokens: int = 5, truncated: bool = False) -> Scores:
    """Give BERT's raw output; what is not positive is negative."""
    probabilities = {"negative": 1 - positive, "neutral": 0.0, "positive": positive}
    return Scores(
        probabilities=probabilities, source="softmax", tokens=tokens, truncated=truncated, usage=Usage(tokens)
    )


def says(text: str) -> Say:
    """Give a language model that always says the same."""
    return lambda _: Completion(text=text, usage=Usage(prompt_tokens=20, completion_tokens=2))


def fails(reason: FailureReason) -> Say:
    """Give a language model that never answers."""
    return lambda _: Failure(reason=reason, detail="http://10.0.0.7/v1")


def bert(positive: float = 0.9) -> Scripted:
    """Give a BERT that is always as sure."""
    return Scripted("bert", lambda _: scores(positive), model="tiny")


def classifier_of(*backends: Scripted) -> ClassifierFactory:
    """Give a factory of a classifier over these backends."""
    return lambda _: Classifier(cautious_contract(), backends)


def settings_of(*backends: Scripted, **service: object) -> Settings:
    """Give settings that name these backends."""
    backend = "both" if len(backends) > 1 else backends[0].name
    return Settings.model_validate({"backend": backend, "service": service})


@contextmanager
def service(
    *backends: Scripted,
    factory: ClassifierFactory | None = None,
    settings: Settings | None = None,
    **limits: object,
) -> Iterator[TestClient]:
    """Run the service over backends, once it has loaded."""
    app = create_app(
        settings or settings_of(*backends, **limits), classifier=factory or classifier_of(*backends)
    )
    with TestClient(app) as client:
        assert client.portal, "the client's loop runs"
        client.portal.call(app.state.runtime.settled.wait)
        yield client
