"""Suite files: what is read, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from polarity.checklist import check_labels, load_suite, parse_suite
from polarity.errors import SuiteError

from .helpers import DIR, HEAD, INV, MFT, SMALL, suite


def test_the_packaged_suite_is_known_by_name_and_others_by_file(tmp_path: Path) -> None:
    """The hash is the bytes': a file of the same content is the same suite."""
    (tmp_path / "mine.toml").write_text(HEAD + MFT, "utf-8")

    assert "checklist" == load_suite("checklist").file.id
    assert suite(MFT).sha256 == load_suite("mine.toml").sha256


@pytest.mark.parametrize("name", ["none.toml", "checklst", "a\0b"])
def test_a_missing_suite_names_those_there_are(name: str) -> None:
    """A typing error is told what there is."""
    with pytest.raises(SuiteError, match=r"cannot be read: .*; give a TOML file, or one of: checklist"):
        load_suite(name)


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        (
            MFT.replace("{thing} broke.", "{thng} broke."),
            "test 'broken': templates: no slot 'thng' in 'The",
        ),
        (MFT.replace("{thing} broke.", "{thing broke."), "test 'broken': templates: expected '}' before end"),
        (MFT.replace("{thing} broke.", "{thing!r} broke."), "'thing' is no slot: it takes a name in braces"),
        (MFT.replace("{thing} broke.", "{0} broke."), "'0' is no slot: it takes a name in braces"),
        (MFT.replace("expect", "expects"), "test 'broken': expects: there is no such key"),
        (MFT.replace('"MFT"', '"MTF"'), "test 'broken': Input tag 'MTF' found"),
        (MFT.replace("broken", "It broke"), "test 'It broke': name: String should match"),
        (MFT.replace('name = "broken"\n', ""), "test 1: name: is missing"),
        (MFT + MFT, "test 'broken': name: there are two tests of this name"),
        (MFT.replace("broken", "vocabulary"), "test 'vocabulary': name: a capability has this name"),
        (MFT.replace("broken", "all"), "test 'all': 'all' names the whole suite"),
        (MFT + "slots = { thing = [] }\n", "test 'broken': templates: slot 'thing' has no value in"),
        (MFT + "cases = 0\n", "test 'broken': cases: should be greater than or equal to 1"),
        (INV + 'typos = ["doubled"]\n', "templates need one of perturbed, swap and typos; pairs need none"),
        (INV.replace('swap = "name"\n', ""), "test 'another-name': templates need one of perturbed, swap"),
        (INV + 'pairs = [["a", "b"]]\n', "test 'another-name': give either pairs or templates"),
        (INV.replace('"name"\n', '"thing"\n'), "swap: no {thing} in '{name} was great.'"),
        (INV + 'slots = { name = ["Wei"] }\n', "test 'another-name': swap: slot 'name' has no two values"),
        (INV.replace('swap = "name"', 'perturbed = ["Hi!"]'), "perturbed: no {original} in 'Hi!'"),
        (
            DIR.replace("0.1", "1.5"),
            "test 'denied': expect.tolerance: should be less than or",
        ),
        (
            DIR.replace('"rises"', '"sinks"'),
            "test 'denied': expect.never: should be 'falls'",
        ),
    ],
)
def test_what_is_wrong_is_named(tests: str, problem: str) -> None:
    """File, test and key."""
    with pytest.raises(SuiteError) as raised:
        suite(tests)

    assert str(raised.value).startswith("small.toml: ")
    assert problem in str(raised.value)


def test_every_problem_is_named() -> None:
    """A person mends the file once."""
    with pytest.raises(SuiteError) as raised:
        suite(MFT.replace("{thing} broke.", "{thng} broke."), INV.replace("{name} was", "{nme} was"))

    assert 3 == len(raised.value.problems)  # the third: what should be swapped is not there


@pytest.mark.parametrize("content", [b"\xff", b"id = ", b"a = " + b"[" * 5000])
def test_what_is_no_toml_is_said(content: bytes) -> None:
    """Whatever is wrong with its bytes."""
    with pytest.raises(SuiteError, match="not TOML"):
        parse_suite(content, "mine.toml")


def test_labels_must_be_the_contracts() -> None:
    """The test, the label and those there are; INV names none."""
    check_labels(SMALL, ["NEGATIVE", "POSITIVE"])
    with pytest.raises(SuiteError) as raised:
        check_labels(SMALL, ["HAM", "SPAM"])

    assert (
        "test 'broken': expect: 'NEGATIVE' is not one of the contract's labels: HAM, SPAM",
        "test 'denied': expect: 'POSITIVE' is not one of the contract's labels: HAM, SPAM",
    ) == raised.value.problems
