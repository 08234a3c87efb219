"""Against gold: how often the labels are right, how sure that is known, and where they are wrong.

`evaluate` asks, and does all of the following: `measure` counts; `assess` adds intervals, calibration,
slices and the worst errors; `judge` holds an assessment against bounds; `write_assessment` puts it on a page.
"""

from polarity.evaluation.assessment import Assessment, Mistake, Slice, assess
from polarity.evaluation.gates import check_bounds, judge
from polarity.evaluation.measuring import Evaluation, LabelScores, measure
from polarity.evaluation.pages import About, write_assessment
from polarity.evaluation.running import evaluate

__all__ = [
    "About",
    "Assessment",
    "Evaluation",
    "LabelScores",
    "Mistake",
    "Slice",
    "assess",
    "check_bounds",
    "evaluate",
    "judge",
    "measure",
    "write_assessment",
]
