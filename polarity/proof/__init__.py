"""A proof of value from labelled rows: what a classifier, a language model and both are worth on them.

`prove` trains, asks, fits and measures, and says on one page under which conditions to switch.
"""

from polarity.proof.running import Proof, ProofPlan, prove

__all__ = ["Proof", "ProofPlan", "prove"]
