"""A service that reloads, as a program: `python -m tests.service.reloading_server`, over `polarity.toml`.

Its BERT says POSITIVE and its LLM NEGATIVE; no contract can be loaded, and an LLM "mute" is silent.
"""

from polarity.classifier import Classifier
from polarity.errors import ContractError
from polarity.service import serve
from polarity.settings import Settings, load_settings
from tests.cautious import cautious_contract

from .helpers import Scripted, fails, says, scores


class Announced(Scripted):
    """Says when it is closed."""

    async def aclose(self) -> None:
        """Say so."""
        print(f"closed {self.name}\n", end="", flush=True)  # in one piece: another thread may print, too


def factory(settings: Settings) -> Classifier:
    """Give a classifier over the backend that the settings name; each answer takes a moment."""
    if settings.contract is not None:
        raise ContractError(["cannot be read"], path=settings.contract)
    backend = (
        Announced("bert", lambda _: scores(0.9), delay_s=0.02)
        if settings.backend == "bert"
        else Announced(
            "llm", fails("timeout") if settings.llm.model == "mute" else says("Negative."), delay_s=0.02
        )
    )
    return Classifier(cautious_contract(), [backend])


if __name__ == "__main__":
    serve(load_settings(), classifier=factory)
    print("returned", flush=True)
