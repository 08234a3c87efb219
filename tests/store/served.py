"""A service over a scripted BERT, in a process that will be killed: its store's address is given."""

import sys

from polarity.classifier import Classifier
from polarity.service.starting import serve
from polarity.settings import Settings
from tests.cautious import cautious_contract
from tests.service.helpers import bert


def main(url: str) -> None:
    """Serve, storing at an address."""
    store = {"enabled": True, "url": url, "queue": 500}
    settings = Settings.model_validate({"service": {"port": 0}, "store": store})
    serve(settings, classifier=lambda _: Classifier(cautious_contract(), [bert()]))


if __name__ == "__main__":
    main(sys.argv[1])
