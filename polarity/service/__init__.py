"""The service: `POST /polarity`, health, and two pages.

Names are imported when they are first used: the classifier begins to load before the framework does.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polarity.service.app import create_app
    from polarity.service.starting import serve

__all__ = ["create_app", "serve"]

_HOMES = {"create_app": "app", "serve": "starting"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'polarity.service' has no attribute {name!r}")
    return getattr(import_module(f"polarity.service.{_HOMES[name]}"), name)
