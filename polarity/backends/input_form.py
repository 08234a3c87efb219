"""What a checkpoint's network is given of a text, and what it can read: `input.json` beside the weights.

A checkpoint without the file is given texts as they are, and nothing is said of scripts and languages:
it reads as it did before there was one. Read by hand: the process that serves a network loads no pydantic.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from polarity.errors import CheckpointError
from polarity.texts import guessed, known_characters, scripts_of, with_emoji_named
from polarity.texts.emoji import VERSION
from polarity.types import Known

FILE: Final = "input.json"
OTHER: Final = "other"
ALIKE: Final = ("sco",)  # Scots is what CLD2 calls much English that is spoken
SHARE_OF_SCRIPT: Final = 0.01  # of the letters that were trained on
SHARE_OF_LANGUAGE: Final = 0.05  # of the texts whose language shows
CODE: Final = re.compile("[a-z]{2,3}(-[A-Za-z]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputForm:
    """How texts are put before the tokenizer, and which of them the checkpoint was trained to read.

    `emoji` is the version of `texts.emoji` by whose names it reads them; None: they stay what they are.
    `scripts` are Unicode's names. `languages` are CLD2's codes, the first the expected one; none: no
    language is guessed.
    """

    emoji: int | None = None
    scripts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def given(self, text: str) -> str:
        """Put a text as the tokenizer is given it.

        >>> InputForm(emoji=1).given("late 😡"), AS_IT_IS.given("late 😡")
        ('late enraged face', 'late 😡')
        """
        return with_emoji_named(text) if self.emoji else text

    def known(self, text: str, tokens: float) -> Known:
        """Say how much of a text is known, of which this share of tokens is.

        >>> InputForm(scripts=("Latin",), languages=("en",)).known("Das war leider gar nicht gut so", 1.0)
        Known(tokens=1.0, characters=1.0, language='other')
        """
        characters = round(known_characters(text, self.scripts), 4) if self.scripts else None
        guess = guessed(text, self.languages[0]) if self.languages else None
        is_other = guess is not None and guess.code not in (*self.languages, *ALIKE)
        return Known(round(tokens, 4), characters, OTHER if is_other else None)


AS_IT_IS: Final = InputForm()


def learnt_form(files: Sequence[Sequence[str]], *, emoji: int | None) -> InputForm:
    """Say what somebody can read who learnt it from these files: what has its share in one of them.

    In one, not in all together: a file in German is there so that German is learned, however much English
    lies beside it. Of several languages the one with the most texts is first.

    >>> learnt_form([["The parcel came two weeks late and it was broken"]], emoji=1)
    InputForm(emoji=1, scripts=('Latin',), languages=('en',))
    """
    scripts = [script for texts in files for script in scripts_of(texts, SHARE_OF_SCRIPT)]
    counts = [Counter(guess.code for text in texts if (guess := guessed(text))) for texts in files]
    learnt = {code for found in counts for code, n in found.items() if n >= SHARE_OF_LANGUAGE * found.total()}
    languages = (code for code, _ in sum(counts, Counter[str]()).most_common() if code in learnt)
    return InputForm(emoji=emoji, scripts=tuple(dict.fromkeys(scripts)), languages=tuple(languages))


def written(form: InputForm) -> str:
    r"""Spell a form as `input.json`.

    >>> written(AS_IT_IS)
    '{"emoji": null, "scripts": [], "languages": []}\n'
    """
    return json.dumps(asdict(form)) + "\n"


def read_input_form(checkpoint: Path) -> InputForm:
    """Read the input form of a checkpoint's folder.

    Raises:
        CheckpointError: the file is broken, or asks for what this version cannot do.
    """
    path = checkpoint / FILE
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return AS_IT_IS
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise CheckpointError(f"{path}: is no JSON: {error}") from None
    if problem := _problem(found):
        raise CheckpointError(f"{path}: {problem}")
    lists = {key: tuple(found.get(key, ())) for key in ("scripts", "languages")}
    return InputForm(emoji=found.get("emoji"), **lists)


def _problem(found: Any) -> str | None:
    """Say what is wrong with what the file holds, or None."""
    names = [field.name for field in fields(InputForm)]
    if not isinstance(found, dict):
        return f"is no object: {found!r}"
    if unknown := found.keys() - set(names):
        return f"has an unknown key: {min(unknown)!r}; there are {', '.join(names)}"
    if found.get("emoji") not in (None, VERSION) or isinstance(found.get("emoji"), bool):
        return f"emoji: this version knows {VERSION} and null: {found['emoji']!r}"
    return _problem_of_lists(found)


def _problem_of_lists(found: Mapping[str, Any]) -> str | None:
    for key in ("scripts", "languages"):
        value = found.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return f"{key}: is no list of names: {value!r}"
    if wrong := [code for code in found.get("languages", []) if not CODE.fullmatch(code)]:
        return f"languages: is no code of a language: {wrong[0]!r}"
    try:
        known_characters("a", found.get("scripts", []))
    except ValueError as error:
        return f"scripts: {error}: {found['scripts']!r}"
    return None
