"""The default contract with thresholds of the tests' own: a new fit must not change what they say."""

import re

from polarity.contract import Contract, load_contract


def cautious_contract() -> Contract:
    """Ask the LLM wherever BERT is less than 95 % sure, whoever the two are."""
    source = re.sub(r"skip_llm_above = [\d.]+", "skip_llm_above = 0.95", of_no_models())
    return Contract.parse(source.encode())


def of_no_models() -> str:
    """Write the default contract as if nobody had recorded which models its policy was fitted on."""
    return re.sub(
        r"\[policy\.fitted\.models\.\w+\].*?(?=\n\[|\Z)", "", load_contract().source, flags=re.DOTALL
    )


def fitted_on(bert: str, llm: str) -> Contract:
    """Give it with a policy that was fitted on models of these names, of unknown weights."""
    models = f'[policy.fitted.models]\nbert.name = "{bert}"\nllm.name = "{llm}"\n'
    return Contract.parse(f"{cautious_contract().source}\n{models}".encode())
