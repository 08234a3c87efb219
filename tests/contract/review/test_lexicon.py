"""What tells names from words."""

from polarity.contract import load_contract
from polarity.contract.review.lexicon import Word, lexicon, sentences_of, tables

CONTRACT = load_contract()


def test_every_table_with_words_for_labels_is_looked_at() -> None:
    """The rules are one, and know their labels' words, also those that only name a label."""
    words = lexicon(CONTRACT, [])
    assert "rules" in tables(CONTRACT)
    assert [Word("POSITIVE", "rules")] * 2 == [words.labels[word] for word in ("positive", "positivity")]


def test_words_and_sentences_of_several_answers_are_shared() -> None:
    """One answer that says something twice is one."""
    words = lexicon(CONTRACT, ["Bravo! A memo.", "Bravo! A leaflet, a leaflet."])
    assert {"bravo", "a"} == words.shared
    assert {"bravo"} == words.sentences


def test_what_hardly_any_of_many_answers_has_is_not_shared() -> None:
    """Of 500 answers 5 must have it."""
    texts = ["memo"] * 5 + ["leaflet"] * 4 + ["."] * 491
    assert {"memo"} == lexicon(CONTRACT, texts).shared


def test_the_parts_that_a_pattern_names_are_no_words() -> None:
    """`{label}` declares no word "label"."""
    words = lexicon(CONTRACT, [])
    assert {"sentiment", "frustrated", "because"} <= words.declared
    assert not {"memo", "tram"} & words.declared


def test_a_quotation_is_not_parted() -> None:
    """Its full stops end no sentence, the last one only before a new one."""
    text = 'He said "No. Never." It broke.'
    assert ['He said "No. Never." ', "It broke."] == [text[a:b] for a, b in sentences_of(text, [(8, 20)])]
    assert 1 == len(sentences_of('The text "We moved." is odd', [(9, 20)]))
