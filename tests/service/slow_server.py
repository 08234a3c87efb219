"""A service over a slow backend, to be run as a program: `python -m tests.service.slow_server DELAY`."""

import sys
from collections.abc import Sequence

from polarity.service import serve
from polarity.settings import ServiceSettings, Settings
from polarity.types import RawOutput

from .helpers import Scripted, classifier_of, scores


class Announced(Scripted):
    """Says when it is asked, and when it is closed."""

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Say so, then answer."""
        print("asked", flush=True)
        return await super().predict(texts)

    async def aclose(self) -> None:
        """Say so."""
        print("closed", flush=True)


def main(delay_s: float) -> None:
    """Serve on a free port."""
    backend = Announced("bert", lambda _: scores(0.9), delay_s=delay_s)
    settings = Settings(backend="bert", service=ServiceSettings(port=0))
    serve(settings, classifier=classifier_of(backend))
    print("returned", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
