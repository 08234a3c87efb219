"""A service over a slow backend, as a program: `python -m tests.service.slow_server DELAY [DEADLINE_MS]`."""

import sys
from collections.abc import Sequence

from polarity.service import serve
from polarity.settings import BertSettings, ServiceSettings, Settings
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


def main(delay_s: float, deadline_ms: int) -> None:
    """Serve on a free port, with a deadline that bounds only how long stopping takes."""
    backend = Announced("bert", lambda _: scores(0.9), delay_s=delay_s)
    settings = Settings(
        backend="bert", bert=BertSettings(deadline_ms=deadline_ms), service=ServiceSettings(port=0)
    )
    serve(settings, classifier=classifier_of(backend))
    print("returned", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
