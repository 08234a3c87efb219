"""What a checkpoint's network is given of a text, and what of it is known."""

from pathlib import Path

import pytest

from polarity.backends.input_form import AS_IT_IS, InputForm, learnt_form, read_input_form, written
from polarity.errors import CheckpointError
from polarity.types import Known

ENGLISH = InputForm(emoji=1, scripts=("Latin",), languages=("en",))


@pytest.mark.parametrize(
    ("text", "tokens", "expected", "share"),
    [
        ("The parcel came far too late", 1.0, Known(1.0, 1.0, None), 1.0),
        ("The parcel came far too late", 0.25, Known(0.25, 1.0, None), 0.25),
        ("good хорошо", 1.0, Known(1.0, 0.4, None), 0.4),
        ("Das Paket kam leider viel zu spät", 1.0, Known(1.0, 1.0, "other"), 0.0),
        ("ok", 1.0, Known(1.0, 1.0, None), 1.0),
    ],
)
def test_what_is_known(text: str, tokens: float, expected: Known, share: float) -> None:
    """The smaller share counts, and of another language nothing is known."""
    known = ENGLISH.known(text, tokens)
    assert known == expected
    assert known.share == share


def test_a_checkpoint_without_the_file(tmp_path: Path) -> None:
    """It reads as before there was one: no names for emoji, and of scripts and languages nothing is said."""
    form = read_input_form(tmp_path)
    assert form == AS_IT_IS
    assert form.given("😡") == "😡"
    assert form.known("Очень плохо, всё сломано", 1.0) == Known(1.0, None, None)


def test_a_form_that_was_written(tmp_path: Path) -> None:
    """What is written is what is read."""
    (tmp_path / "input.json").write_text(written(ENGLISH), "utf-8")
    assert read_input_form(tmp_path) == ENGLISH


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{", r"input\.json: is no JSON"),
        ("[]", r"input\.json: is no object: \[\]"),
        ('{"emoji": 2}', r"input\.json: emoji: this version knows 1 and null: 2"),
        ('{"scripts": "Latin"}', r"input\.json: scripts: is no list of names: 'Latin'"),
        ('{"scripts": ["Klingon"]}', r"input\.json: scripts: no script of Unicode's.*'Klingon'"),
        ('{"languages": ["English"]}', r"input\.json: languages: is no code of a language: 'English'"),
        ('{"emojis": 1}', r"input\.json: has an unknown key: 'emojis'; there are emoji, scripts, languages"),
    ],
)
def test_a_broken_file(tmp_path: Path, written: str, message: str) -> None:
    """It is refused with the file, the key and the value."""
    (tmp_path / "input.json").write_text(written, "utf-8")
    with pytest.raises(CheckpointError, match=message):
        read_input_form(tmp_path)


def test_what_is_learnt_from_texts() -> None:
    """A script and a language count where they have their share, however they are mixed."""
    english, russian = "The parcel came far too late", "Посылка пришла слишком поздно"
    assert learnt_form([[english] * 9 + [russian]], emoji=None) == InputForm(
        scripts=("Latin", "Cyrillic"), languages=("en", "ru")
    )
    assert learnt_form([[english] * 200 + [russian]], emoji=1) == ENGLISH


def test_a_file_of_its_own_is_learnt_however_much_lies_beside_it() -> None:
    """A small file in another language is there to be learnt from; the language of most texts is first."""
    english, russian = "The parcel came far too late", "Посылка пришла слишком поздно"
    assert learnt_form([[russian], [english] * 200], emoji=1) == InputForm(
        emoji=1, scripts=("Cyrillic", "Latin"), languages=("en", "ru")
    )
