"""The port, taken before anything is loaded."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from polarity.errors import ServiceError
from polarity.settings import ServiceSettings

BACKLOG: Final = 2048  # connections that wait to be accepted


@contextmanager
def listening(settings: ServiceSettings) -> Iterator[socket.socket]:
    """Take the port before the models are loaded, so that a taken one is found out at once.

    Raises:
        ServiceError: naming host and port.
    """
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
        # What is accepted has it from here: asyncio sets it only where the socket was made with a protocol.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ServiceError(f"cannot listen on {host}:{port}: {reason}") from None
    with listener:
        yield listener
