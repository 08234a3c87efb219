"""From shadow pairs to a switch: are they enough to let a candidate take over?

`promote` judges a candidate by its pairs in the store, as often as one likes; `promote_checkpoint` judges one
checkpoint after another over files. `switching` writes the settings file, and puts it back.
"""

from polarity.promotion.checkpoints import JudgedCheckpoint, promote_checkpoint
from polarity.promotion.pages import Promotion
from polarity.promotion.running import promote

__all__ = ["JudgedCheckpoint", "Promotion", "promote", "promote_checkpoint"]
