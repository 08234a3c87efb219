"""What a checkpoint's network is given of a text, and what it can read: `input.json` beside the weights.

A checkpoint without the file is given texts as they are, and nothing is said of scripts and languages:
it reads as it did before there was one.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from polarity.errors import CheckpointError
from polarity.texts import guessed, known_characters, scripts_of, with_emoji_named
from polarity.types import Known

FILE: Final = "input.json"
OTHER: Final = "other"
ALIKE: Final = ("sco",)  # Scots is what CLD2 calls much English that is spoken
SHARE_OF_SCRIPT: Final = 0.01  # of the letters that were trained on
SHARE_OF_LANGUAGE: Final = 0.05  # of the texts whose language shows


def _script(name: str) -> str:
    known_characters("a", [name])
    return name


class InputForm(BaseModel):
    """How texts are put before the tokenizer, and which of them the checkpoint was trained to read.

    `emoji` is the version of `texts.emoji` by whose names it reads them; None: they stay what they are.
    `scripts` are Unicode's names. `languages` are ISO 639-1 codes; none: no language is guessed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    emoji: Literal[1] | None = None
    scripts: tuple[Annotated[str, AfterValidator(_script)], ...] = ()
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}(-[A-Za-z]+)?$")], ...] = ()

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


def learnt_form(texts: Sequence[str], *, emoji: Literal[1] | None) -> InputForm:
    """Say what somebody can read who learnt it from these texts: what has its share in them.

    >>> learnt_form(["The parcel came two weeks late and it was broken"], emoji=1)
    InputForm(emoji=1, scripts=('Latin',), languages=('en',))
    """
    guesses = Counter(guess.code for text in texts if (guess := guessed(text)))
    languages = (code for code, n in guesses.items() if n >= SHARE_OF_LANGUAGE * guesses.total())
    return InputForm(
        emoji=emoji, scripts=scripts_of(texts, SHARE_OF_SCRIPT), languages=tuple(sorted(languages))
    )


def read_input_form(checkpoint: Path) -> InputForm:
    """Read the input form of a checkpoint's folder.

    Raises:
        CheckpointError: the file is broken, or asks for what this version cannot do.
    """
    path = checkpoint / FILE
    try:
        return InputForm.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return AS_IT_IS
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(map(str, problem["loc"]))
        raise CheckpointError(
            f"{path}: {key or 'the file'}: {problem['msg']}: {problem['input']!r}"
        ) from None
