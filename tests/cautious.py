"""The default contract with thresholds of the tests' own: a new fit must not change what they say."""

import re

from polarity.contract import Contract, load_contract


def cautious_contract() -> Contract:
    """Ask the LLM wherever BERT is less than 95 % sure."""
    source = re.sub(r"skip_llm_above = [\d.]+", "skip_llm_above = 0.95", load_contract().source)
    return Contract.parse(source.encode())


def fitted_on(bert: str, llm: str) -> Contract:
    """Give it with a policy that was fitted on models of these names, of unknown weights."""
    models = f'[policy.fitted.models]\nbert.name = "{bert}"\nllm.name = "{llm}"\n'
    return Contract.parse(f"{cautious_contract().source}\n{models}".encode())
