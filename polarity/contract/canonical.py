"""Raw text -> canonical text: the one spelling that rules are compared with.

Repairs what is only dress (width, case, white space, quotes, Markdown, HTML that only formats) and
refuses what could disguise one word as another.
"""

import re
import unicodedata

import regex

from polarity.types import UnmappedReason

INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Co}]|(?![\n\t\r\f\v])\p{Cc}")
INVISIBLE_ASCII = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
EMOJI_PARTS = regex.compile(
    r"(?<=\p{Extended_Pictographic})[\ufe0f\u200d]+"
)  # invisible, but part of a picture
WORD = regex.compile(r"[\p{L}\p{M}]+")
MARKS = regex.compile(r"\p{M}{31}")  # no writing system needs more on one letter (UAX #15, Stream-Safe)
NOT_LATIN = regex.compile(r"[^\p{Latin}\p{Common}\p{Inherited}]")
LATIN = regex.compile(r"\p{Latin}")
EMPHASIS = re.compile(r"(?<![*_`])[*_`]++")  # not "~": struck through is taken back
TAGS = re.compile(  # not <s> or <del>: struck through is taken back
    r"</?(?:(?P<block>br|div|h[1-6]|li|p|ul)|answer|b|code|em|i|label|output|result|sentiment|small|span|strong|u)"
    r" ?/?>",  # an attribute holds words: a tag with one is part of the answer
    flags=re.IGNORECASE,
)
PLAIN = re.compile(r"[^\n<*_`\x80-\U0010ffff]*")  # nothing but white space and edges to be taken off
NO_TAGS = str.maketrans({"<": " ", ">": " "})
SEPARATORS = re.compile(r"\s?([:=])\s?")
UNEVEN = re.compile(r"\s[:=]|[:=](?! )")  # most answers have their separators as they should be
LIST_MARKS = "#-•>"
LIST_MARK = re.compile(r"(?:#{1,6}|[-•>]) ")
BRACKETS = (("(", ")"), ("[", "]"))
QUOTES = "\"'«»„“”‘’‚‹›"
START = " \n" + QUOTES  # not "!": in code, "!positive" denies
END = START + "!"
ODD_SPELLING = re.compile("[’‘ʼ“”„«»]")
SPELLINGS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


class Refused(Exception):
    """The text has no canonical form; `reason` says why."""

    def __init__(self, reason: UnmappedReason) -> None:
        self.reason = reason
        super().__init__(reason)


def canonical(text: str) -> str:
    r"""Spell a text the one way that rules are compared with.

    NFKC, case folded, white space collapsed to single blanks and line feeds, ":" and "=" followed
    by one blank; a list or heading mark, one pair of brackets, quotes, Markdown emphasis and HTML
    that only formats, a full stop and exclamation marks stripped from the edges. An ellipsis stays:
    it leaves something unsaid. Canonical text is its own canonical text.

    >>> canonical(' **PositIVE**.\n')
    'positive'
    >>> canonical("“Ｎｏｔ   great!”")
    'not great'
    >>> canonical("<b>Sentiment:</b>\n\n- Positive")
    'sentiment: - positive'
    """
    text = text.strip()
    if PLAIN.fullmatch(text):
        return without_edges(_separated(" ".join(text.lower().split())))
    previous = ""
    while text != previous:
        previous = text
        text = without_edges(spelled(text))
        if PLAIN.fullmatch(text) and text == text.lower():  # NFKC may have made a capital
            break
    return text


def canonical_answer(text: str) -> str:
    """Spell a text as `canonical` does, without what is invisible in its pictures."""
    return str(EMOJI_PARTS.sub("", canonical(text))) if not text.isascii() else canonical(text)


def spelled(text: str) -> str:
    """Spell a text as `canonical` does, once and with its edges: also a part of one.

    >>> spelled("Label:{label} ")
    'label: {label}'
    """
    return _undressed(_folded(text))


def _folded(text: str) -> str:
    """Fold width and case. "İ" would become two characters, with a mark, and stays as it is."""
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    if len(folded) != len(text):
        folded = "".join(map(_folded_character, text))
    normal = unicodedata.normalize("NFKC", folded)
    return normal.translate(SPELLINGS) if ODD_SPELLING.search(normal) else normal


def _folded_character(character: str) -> str:
    folded = character.casefold()
    return folded if len(folded) == 1 else character


def _undressed(text: str) -> str:
    """Take off formatting marks and spare white space, wherever they stand."""
    if "<" in text:
        text = TAGS.sub(lambda tag: "\n" if tag["block"] else "", text)
        if TAGS.search(text):  # tags made of tags format nothing
            text = text.translate(NO_TAGS)
    if "*" in text or "_" in text or "`" in text:
        text = EMPHASIS.sub(_unless_inside_a_word, text)
    if "\n" in text:
        text = "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))
    else:
        text = " ".join(text.split())
    return _separated(text)


def _separated(text: str) -> str:
    """Put one blank behind each ":" and "=", and none before it."""
    has_any = ":" in text or "=" in text
    return SEPARATORS.sub(r"\1 ", text) if has_any and UNEVEN.search(text) else text


def _unless_inside_a_word(mark: re.Match[str]) -> str:
    before, after = (
        mark.string[max(0, mark.start() - 1) : mark.start()],
        mark.string[mark.end() : mark.end() + 1],
    )
    return str(mark.group()) if before.isalnum() and after.isalnum() else ""


def without_edges(text: str) -> str:
    """Strip from both ends what is only dress: quotes, brackets, a list mark, a full stop.

    >>> without_edges('"positive".')
    'positive'
    """
    previous = ""
    while text != previous and not (text[:1].isalnum() and text[-1:].isalnum()):
        previous = text
        text = text.lstrip(START).rstrip(END)
        if text.endswith(".") and not text.endswith(".."):
            text = text[:-1]
        if text[:1] in LIST_MARKS and (mark := LIST_MARK.match(text)):
            text = text[mark.end() :]
        if (text[:1], text[-1:]) in BRACKETS:
            text = text[1:-1]
    return text


def refuse_disguise(text: str) -> None:
    """Hold up a text in which one word may look like another.

    Raises:
        Refused: `invisible` characters, or a word of mixed scripts (`confusable`).
    """
    if text.isascii():
        if INVISIBLE_ASCII.search(text):
            raise Refused("invisible")
        return
    if MARKS.search(text):
        raise Refused("confusable")
    if INVISIBLE.search(EMOJI_PARTS.sub("", text)):
        raise Refused("invisible")
    normal = unicodedata.normalize("NFKC", text)
    if NOT_LATIN.search(normal) and any(_mixes_scripts(word.group()) for word in WORD.finditer(normal)):
        raise Refused("confusable")


def _mixes_scripts(word: str) -> bool:
    return bool(NOT_LATIN.search(word) and LATIN.search(word))
