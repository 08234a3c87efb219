"""The contract: which raw outputs mean which label."""

from polarity.contract.loading import Contract, load_contract

__all__ = ["Contract", "load_contract"]
