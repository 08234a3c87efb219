"""polarity: one label for a text, from a fine-tuned BERT or a prompt-completion LLM, through one contract.

Names are imported when they are first used, so that `import polarity` costs next to nothing.

>>> import polarity
>>> polarity.classify("I love it").label
'POSITIVE'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polarity.asking.classify import classify
    from polarity.classifier import Classifier, build_classifier
    from polarity.contract import Contract, load_contract
    from polarity.errors import PolarityError
    from polarity.evaluation.running import evaluate
    from polarity.report.running import compare
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
    "classify",
    "compare",
    "evaluate",
    "load_contract",
    "load_settings",
]

_HOMES = {
    "Classifier": "classifier",
    "Contract": "contract",
    "PolarityError": "errors",
    "Settings": "settings",
    "build_classifier": "classifier",
    "classify": "asking.classify",
    "compare": "report.running",
    "evaluate": "evaluation.running",
    "load_contract": "contract",
    "load_settings": "settings",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'polarity' has no attribute {name!r}")
    return getattr(import_module(f"polarity.{_HOMES.get(name, 'types')}"), name)
