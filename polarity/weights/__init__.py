"""Weights of language models that have a name: fetched once, by hash, and used from the cache.

`llm.gguf` names them, or a file: `resolved` finds what is meant.
"""

from polarity.weights.catalogue import Entry, entries, megabytes, named
from polarity.weights.fetching import fetch
from polarity.weights.resolving import Weights, form_of, resolved
from polarity.weights.shelf import Spot, State, path_of, remove, state_of, weights_folder

__all__ = [
    "Entry",
    "Spot",
    "State",
    "Weights",
    "entries",
    "fetch",
    "form_of",
    "megabytes",
    "named",
    "path_of",
    "remove",
    "resolved",
    "state_of",
    "weights_folder",
]
