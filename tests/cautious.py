"""The default contract with thresholds of the tests' own: a new fit must not change what they say."""

import re
from functools import cache

from polarity.contract import Contract
from polarity.contract.packaged import contract_file


@cache
def cautious_contract() -> Contract:
    """Ask the LLM wherever BERT is less than 95 % sure, whoever the two are."""
    source = re.sub(r"skip_llm_above = [\d.]+", "skip_llm_above = 0.95", of_no_models())
    return Contract.parse(source.encode())


def of_no_models() -> str:
    """Write the default contract as if nobody had recorded which models its policy was fitted on."""
    source = contract_file(None).read_text("utf-8")  # unread: what is read is what is made of it, once
    return re.sub(r"\[policy\.fitted\.models\.\w+\].*?(?=\n\[|\Z)", "", source, flags=re.DOTALL)


def fitted_on(bert: str, llm: str) -> Contract:
    """Give it with a policy that was fitted on models of these names, of unknown weights."""
    models = f'[policy.fitted.models]\nbert.name = "{bert}"\nllm.name = "{llm}"\n'
    return Contract.parse(f"{cautious_contract().source}\n{models}".encode())
