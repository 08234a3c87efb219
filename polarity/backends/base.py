"""What every backend is: texts in, raw outputs out, in order, one each."""

from collections.abc import Sequence
from typing import Protocol

from polarity.types import RawOutput


class PolarityBackend(Protocol):
    """A machine that says something about texts.

    `predict` returns as many raw outputs as texts, in their order. One text that cannot be
    answered is one `Failure` in its place; a `BackendError` means that the backend as a whole is
    unusable. What the raw outputs mean is the contract's business, not the backend's.
    """

    @property
    def name(self) -> str:
        """A stable name, "bert" or "llm", under which answers are kept."""
        ...

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Answer each text.

        Raises:
            BackendError: the backend cannot answer any text.
        """
        ...

    async def aclose(self) -> None:
        """Let go of threads, servers and connections. May be called twice."""
        ...


def well_formed(text: str) -> str:
    r"""Replace what no model can be given: halves of characters, as cut JSON escapes leave them behind.

    Neither a tokenizer nor a request body can hold one, and it would take its whole batch with it.

    >>> well_formed("Fine \ud83d")
    'Fine \ufffd'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
