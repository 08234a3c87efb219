"""polarity: one label for a text, from a fine-tuned BERT or a prompt-completion LLM, through one contract.

Names are imported when they are first used, so that `import polarity` costs next to nothing.

>>> import asyncio
>>> async def main():
...     async with build_classifier(load_settings()) as classifier:
...         (result,) = await classifier.classify(["I love it"])
...         return result.label
>>> from polarity import build_classifier, load_settings
>>> asyncio.run(main())
'POSITIVE'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polarity.classifier import Classifier, build_classifier
    from polarity.contract import Contract, load_contract
    from polarity.errors import PolarityError
    from polarity.settings import Settings, load_settings
    from polarity.types import Abstention, Completion, Decision, Failure, Scores, Undecided, Unmapped, Verdict

__all__ = [
    "Abstention",
    "Classifier",
    "Completion",
    "Contract",
    "Decision",
    "Failure",
    "PolarityError",
    "Scores",
    "Settings",
    "Undecided",
    "Unmapped",
    "Verdict",
    "build_classifier",
    "load_contract",
    "load_settings",
]

_HOMES = {
    "Classifier": "classifier",
    "Contract": "contract",
    "PolarityError": "errors",
    "Settings": "settings",
    "build_classifier": "classifier",
    "load_contract": "contract",
    "load_settings": "settings",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'polarity' has no attribute {name!r}")
    return getattr(import_module(f"polarity.{_HOMES.get(name, 'types')}"), name)
