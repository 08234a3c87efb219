"""The service: `POST /polarity`, health, and two pages."""

from polarity.service.app import create_app
from polarity.service.server import serve

__all__ = ["create_app", "serve"]
