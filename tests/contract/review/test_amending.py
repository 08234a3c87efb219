"""Writing another policy into a contract's text."""

import difflib

import pytest

from polarity.contract import Contract, load_contract
from polarity.contract.provenance import Fitted, FittedFile
from polarity.contract.review.amending import (
    Line,
    next_minor,
    tried,
    with_calibration,
    with_lines,
    with_policy,
    with_reversed_examples,
    without_calibrations,
)
from polarity.errors import ContractError
from tests.calibrations import calibration
from tests.synthetic import CONTRACT, SOURCE

FITTED = Fitted(
    command="polarity contract fit-policy a.json b.json",
    polarity="0.1.0",
    contract_version="1.2.3",
    contract_sha256="0" * 64,
    n=300,
    seed=0,
    folds=5,
    llm_cost=0.01,
    kept=("bert_trust",),
    accuracy=0.75,
    accuracy_interval=(0.7, 0.8),
    llm_calls_saved=0.5,
    data=(
        FittedFile(name="a.json", sha256="1" * 64, n=200),
        FittedFile(name="b.json", sha256="2" * 64, n=100),
    ),
)
OFFSETS = {"NEGATIVE": -0.5, "NEUTRAL": 1.0, "POSITIVE": -0.5}
POLICY = CONTRACT.policy.model_copy(update={"skip_llm_above": 0.75, "offsets": OFFSETS, "fitted": FITTED})


def amended(contract: Contract = CONTRACT) -> Contract:
    """Write the policy, and read the text back."""
    return Contract.parse(with_policy(contract, POLICY, "1.3.0").encode())


def test_only_the_version_and_the_policy_change() -> None:
    """Every line but those of a changed number stands as it stood, comments included; new ones are added."""
    changes = list(difflib.ndiff(SOURCE.splitlines(), amended().source.splitlines()))
    assert ['version = "1.2.3" # counted up by hand', "skip_llm_above = 0.95 # of BERT"] == [
        line[2:] for line in changes if line.startswith("- ")
    ]
    added = [line[2:] for line in changes if line.startswith("+ ")]
    assert ['version = "1.3.0" # counted up by hand', "skip_llm_above = 0.75 # of BERT"] == added[:2]
    assert {"[policy.offsets]", "[policy.fitted]", "[[policy.fitted.data]]"} < set(added)


def test_what_is_read_back_is_what_was_written() -> None:
    """The new text is the old contract with the new version and policy, and says so by its sha256."""
    found = amended()
    assert CONTRACT.file.model_copy(update={"version": "1.3.0", "policy": POLICY}) == found.file
    assert CONTRACT.ref.sha256 != found.ref.sha256


def test_a_fitted_policy_is_fitted_again() -> None:
    """The numbers and the provenance of an earlier fit are replaced, none is left over."""
    fitted = FITTED.model_copy(update={"n": 200, "data": FITTED.data[:1]})
    policy = POLICY.model_copy(update={"offsets": OFFSETS | {"NEUTRAL": 2.0}, "fitted": fitted})
    again = Contract.parse(with_policy(amended(), policy, "1.4.0").encode())
    assert (policy, "1.4.0") == (again.policy, again.ref.version)
    assert "b.json" not in again.source.replace(FITTED.command, "")


def test_line_ends_are_kept() -> None:
    """The lines of a file written on Windows stay as they are."""
    windows = Contract.parse(SOURCE.replace("\n", "\r\n").encode())
    assert 'abstain = ["mixed"] # declines\r\n' in amended(windows).source


@pytest.mark.parametrize("inline", [True, False])
def test_a_policy_without_a_table_of_its_own(inline: bool) -> None:
    """Where the policy stands on one line, or key by key, nothing is guessed: it is an error."""
    head, rest = SOURCE.split("[policy] # how sure is sure\n")
    block, tail = rest.split("\n[prompt]")
    lines = [line.split("#")[0].strip() for line in block.splitlines() if not line.startswith("#")]
    before, binding = head.split("[binding]")
    policy = f"policy = {{{', '.join(lines)}}}" if inline else "\n".join(f"policy.{line}" for line in lines)
    contract = Contract.parse(f"{before}{policy}\n\n[binding]{binding}\n[prompt]{tail}".encode())
    assert CONTRACT.policy == contract.policy
    with pytest.raises(ContractError, match=r"must be a table of its own: \[policy\]"):
        with_policy(contract, POLICY, "1.3.0")


def test_the_version_must_be_one() -> None:
    """What would not load is not given out."""
    with pytest.raises(ContractError, match="version"):
        with_policy(CONTRACT, POLICY, "next")


def test_next_minor() -> None:
    """Texts map as before and are decided otherwise: the minor number counts up, the patch starts anew."""
    assert "1.10.0" == next_minor("1.9.3")


@pytest.mark.slow
def test_examples_are_turned_round_in_every_form() -> None:
    """Those of the prompt and of its chat form; where there are none, nothing is another."""
    contract = load_contract()
    turned = with_reversed_examples(contract)
    chat, back = contract.prompt.as_chat.examples, turned.prompt.as_chat.examples
    assert chat is not None
    assert chat[::-1] == back
    assert contract.prompt.examples[::-1] == turned.prompt.examples
    assert contract.ref.sha256 != turned.ref.sha256
    assert contract.file == with_reversed_examples(turned).file
    assert CONTRACT.file == with_reversed_examples(CONTRACT).file


OWN = calibration(OFFSETS, 1.25)
OTHER = calibration(OFFSETS, name="other", weights="c" * 64)


def test_a_calibration_is_added_and_replaced() -> None:
    """It stands below the prompt; the one for the same model goes, all else stays as it stood."""
    first = Contract.parse(with_calibration(CONTRACT, OTHER, "2.0.0").encode())
    second = Contract.parse(with_calibration(first, OWN, "3.0.0").encode())
    third = Contract.parse(
        with_calibration(second, calibration(OFFSETS, 2.0, name="other"), "4.0.0").encode()
    )
    assert [(OTHER,), (OTHER, OWN)] == [found.prompt.calibration for found in (first, second)]
    assert [OWN.name, OTHER.name] == [one.name for one in third.prompt.calibration]
    assert CONTRACT.file == without_calibrations(third).file.model_copy(update={"version": "1.2.3"})
    changes = list(difflib.ndiff(SOURCE.splitlines(), second.source.splitlines()))
    assert ['version = "1.2.3" # counted up by hand'] == [line[2:] for line in changes if line[0] == "-"]


@pytest.mark.slow
def test_the_default_contract_takes_one() -> None:
    """Though its prompt has a form for chat below it, and whatever it holds already."""
    contract = load_contract()
    written = Contract.parse(with_calibration(contract, OWN, "99.0.0").encode())
    assert contract.prompt.chat == written.prompt.chat
    assert OWN in written.prompt.calibration
    with pytest.raises(ContractError, match="version"):
        with_calibration(contract, OWN, "next")


def test_a_prompt_without_a_table_of_its_own() -> None:
    """Nothing is guessed: it is an error."""
    prompt = 'prompt = { template = "Review: {text}", cue = "Sentiment:" }'
    head, _, rest = SOURCE.partition("[prompt]")
    before, binding = head.split("[binding]")
    source = f"{before}{prompt}\n\n[binding]{binding}{rest[rest.index('[rules]') :]}"
    with pytest.raises(ContractError, match=r"must be a table of its own: \[prompt\]"):
        with_calibration(Contract.parse(source.encode()), OWN, "2.0.0")


LINES = (
    Line("rules.frames", "the memo is {label}"),
    Line("rules.tails", "throughout"),
    Line("rules.aliases.NEGATIVE", 'a "no"'),
    Line("rules.tails", "about"),
)


def test_lines_are_added_and_nothing_else_differs() -> None:
    """Comments and layout stay; an item has its own line where each has one; what is there stays once."""
    old = load_contract()
    text = with_lines(old, LINES, "9.0.0")
    lines = difflib.unified_diff(old.source.splitlines(), text.splitlines(), lineterm="", n=0)
    added = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    assert [
        'version = "9.0.0"',
        '    "the memo is {label}",',
        '    "toward", "towards", "which", "with", "over", "throughout",',
        'NEGATIVE = ["negative", "negatively", "a \\"no\\""]',
    ] == added


def test_lines_begin_a_list_that_is_not_there() -> None:
    """A contract may have no tails, and no phrases for a label."""
    lines = [Line("rules.end_tokens", "</s>"), Line("rules.phrases.NEUTRAL", "so so")]
    rules = Contract.parse(with_lines(CONTRACT, lines, "9.0.0").encode()).rules
    assert (("</s>",), "so so") == (rules.end_tokens, rules.phrases["NEUTRAL"][-1])


def test_tried_lines_are_the_same_rules() -> None:
    """What is tried reads as the file would that holds the lines."""
    old = load_contract()
    assert Contract.parse(with_lines(old, LINES, "9.0.0").encode()).rules == tried(old, LINES).rules


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [Line("rules.frames", "the memo"), Line("rules.phrases.NEGATIVE", "positive"), Line("rules.no", "a")],
)
def test_lines_that_are_not_valid_are_refused(line: Line) -> None:
    """An item that may not stand in its list, that means two things, or of a list that no contract has."""
    old = load_contract()
    with pytest.raises(ContractError, match=line.key.replace(".", r"\.")):
        tried(old, [line])
    with pytest.raises(ContractError, match=line.key.replace(".", r"\.")):
        with_lines(old, [line], "9.0.0")
