"""What the settings say once they are read: who is asked, how long a text may take."""

from typing import Any

import pytest

from polarity.settings import load_settings


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"backend": "bert"}, ("bert",)),
        ({"backend": "bert", "on_unmapped": "bert"}, ("bert",)),
        ({"backend": "llm"}, ("llm",)),
        ({"backend": "llm", "on_unmapped": "bert"}, ("bert", "llm")),
        ({"backend": "both"}, ("bert", "llm")),
    ],
)
def test_who_is_asked(flags: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Both under `both`; under `llm` BERT too, where it stands in for an answer without a label."""
    assert expected == load_settings(flags).asked


@pytest.mark.parametrize(
    ("flags", "patient", "expected"),
    [
        ({"backend": "both"}, False, None),
        ({"backend": "both", "llm": {"server": "remote", "base_url": "http://a/v1"}}, False, 2.0),
        ({"backend": "llm"}, False, 10.0),
        ({"backend": "llm", "on_unmapped": "bert"}, False, None),
        ({"backend": "llm", "on_unmapped": "bert"}, True, 120.0),
        ({"backend": "both"}, True, 120.0),
        ({"backend": "llm"}, True, 120.0),
        ({"backend": "both", "llm": {"deadline_ms": 350}}, False, 0.35),
        ({"backend": "llm", "llm": {"deadline_ms": 350}}, True, 0.35),
    ],
)
def test_deadline(flags: dict[str, Any], patient: bool, expected: float | None) -> None:
    """The LLM's budget is short where BERT can answer in its place, long for files, and can be set.

    None: the embedded server's is measured where it starts.
    """
    assert expected == load_settings(flags).deadline_s(patient=patient)


def test_settings_are_frozen() -> None:
    """Settings do not change under way."""
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.backend = "llm"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        settings.bert.threads = 2  # type: ignore[misc]
