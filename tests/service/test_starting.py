"""From nothing to the service: the port first, and the classifier beside the framework."""

import re
import socket
import subprocess
import sys
import threading

import pytest

from polarity.classifier import Classifier
from polarity.contract import Contract
from polarity.errors import CheckpointError, ServiceError
from polarity.service.starting import begun, serve
from polarity.settings import ServiceSettings, Settings


def _never(_: Settings) -> Classifier:
    pytest.fail("the classifier was built although the address cannot be used")


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid", "192.0.2.1"])
def test_an_address_that_cannot_be_used_is_found_out_before_loading(host: str) -> None:
    """A taken port, an unknown name and a foreign address are errors that name them."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(service=ServiceSettings(host=host, port=port))
        with pytest.raises(ServiceError, match=re.escape(f"cannot listen on {host}:{port}: ")):
            serve(settings, classifier=_never)


class Closing(Classifier):
    """A classifier without backends, that notes that it was closed."""

    closed = 0

    async def aclose(self) -> None:
        """Note it."""
        self.closed += 1


def test_the_classifier_is_begun_before_it_is_asked_for(contract: Contract) -> None:
    """On a thread of its own; who takes it closes it. A further one is built where it is wanted."""
    classifier, threads = Closing(contract, []), []

    def build(_: Settings) -> Classifier:
        threads.append(threading.current_thread().name)
        return classifier

    with begun(Settings(), build) as building:
        assert classifier is building(Settings())
        assert classifier is building(Settings())
    assert ["building_0", "MainThread"] == threads
    assert 0 == classifier.closed


def test_what_nobody_has_taken_is_closed(contract: Contract) -> None:
    """Where the service fails before it asks; a classifier that failed itself is none to close."""

    def failing(_: Settings) -> Classifier:
        raise CheckpointError("corrupt")

    classifier = Closing(contract, [])
    for build in (lambda _: classifier, failing):
        with pytest.raises(ServiceError, match="no"), begun(Settings(), build):
            raise ServiceError("no")
    assert 1 == classifier.closed


@pytest.mark.slow
def test_what_is_imported_first_is_little() -> None:
    """Before the classifier is begun neither the framework nor what it waits for is imported."""
    program = (
        "import sys, polarity.cli.serve, polarity.service.starting;"
        "print(*{'fastapi', 'numpy', 'openai', 'torch', 'tokenizers'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "" == found.stdout.strip()
