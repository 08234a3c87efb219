"""A checkpoint made quicker on this machine: its network as a graph for other libraries, measured and kept.

`optimize` is all of it: `graph` draws a BERT with operators that do several steps at once, `int8` is how a
linear layer is multiplied in eight bits, `observing` sees what goes into each on calibration texts, and
`measuring` holds what comes out against torch in fp32.
"""

from polarity.optimizing.run import Tried, optimize

__all__ = ["Tried", "optimize"]
