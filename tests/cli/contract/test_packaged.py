"""`polarity contract list`."""

import json

import pytest

from ..conftest import Run


def test_list_shows_the_packaged_contracts(run: Run) -> None:
    """Each with its id, version, labels and what it is about, on a terminal and for machines."""
    status, out, err = run("contract", "list", "--json")
    assert (0, "") == (status, err)
    found = json.loads(out)
    assert ["polarity", "spam", "stars"] == [each["id"] for each in found]
    assert ["HAM", "SPAM"] == found[1]["labels"]
    shown = run("contract", "list").out
    assert [] == [each["version"] for each in found if each["version"] not in shown]


def test_a_command_takes_a_contract_by_its_id(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the flag and by the setting."""
    by_flag = run("contract", "map", "--contract", "spam", stdin=b'{"text": "Spam."}')
    monkeypatch.setenv("POLARITY_CONTRACT", "spam")
    by_setting = run("contract", "map", stdin=b'{"text": "Spam."}')
    assert by_setting == by_flag
    assert "SPAM" == json.loads(by_flag.out)["label"]
