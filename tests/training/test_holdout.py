"""The hash file: what counts as the same text, and what is no hash file."""

import hashlib
from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.training.holdout import holdout_hash, read_holdout


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("one long string of cliches .", "onelongstringofcliches"),
        ("  One, LONG string -- of: 'cliches'?!", "onelongstringofcliches"),
        ("A clich&eacute;d plot &amp; a dull one", "aclichdplotadullone"),
        ("-LRB- seen twice -RRB- and liked", "seentwiceandliked"),
        ("lrb rrb are words as well", "lrbrrbarewordsaswell"),
        ("It costs 12.50 euros", "itcosts1250euros"),
        ("abcdefghijkl", "abcdefghijkl"),
    ],
)
def test_a_hash_is_taken_over_what_is_left(text: str, bare: str) -> None:
    """Entities are resolved, then case, brackets of treebanks, and all but 0-9 a-z are gone."""
    assert hashlib.sha256(bare.encode()).hexdigest()[:16] == holdout_hash(text)


@pytest.mark.parametrize(
    "text", ["", "It broke.", "abcdefghijk", "-lrb- abc -rrb-", "好评如潮的一部电影非常好看", "....!!!!????"]
)
def test_a_short_text_has_no_hash(text: str) -> None:
    """Below twelve characters different people write the same text: it is never held out."""
    assert holdout_hash(text) is None


def test_a_hash_file_is_read_line_by_line(tmp_path: Path) -> None:
    """One hash a line; blank lines and Windows line ends do not matter."""
    (tmp_path / "h").write_bytes(b"0123456789abcdef\r\n\nfedcba9876543210")
    assert frozenset({"0123456789abcdef", "fedcba9876543210"}) == read_holdout(tmp_path / "h")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, ": cannot be read: No such file or directory"),
        (b"\xff\xfe", ": not a hash file: not UTF-8"),
        (b"0123456789abcdef\nthe text itself\n", ":2: not a hash of 16 hex digits: 'the text itself'"),
        (b"0123456789ABCDEF\n", ":1: not a hash of 16 hex digits: '0123456789ABCDEF'"),
        (b"0" * 64, f":1: not a hash of 16 hex digits: {'0' * 60!r}"),
    ],
)
def test_a_hash_file_of_something_else_is_an_error(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """A file of another kind of line would hold nothing out, in silence."""
    path = tmp_path / "h"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_holdout(path)
    assert f"{path}{problem}" == str(caught.value)
