"""Forms of unread answers, the lines that would read them, and what those lines break."""

from pathlib import Path

import pytest

from polarity.contract import Contract, load_contract
from polarity.contract.review.amending import Line
from polarity.contract.review.corpus import Expected
from polarity.contract.review.levels import Level
from polarity.errors import ContractError, RecordError, SettingsError
from polarity.replay.stored_answers import StoredAnswer
from polarity.replay.suggestions import Suggestion, amended, check_new, completions, suggest, write_contract
from polarity.types import Completion
from tests.contract.review.successors import BASE
from tests.replay.test_audit import stored


def answer(text: str, says: str | None = None, expect: Expected | None = None) -> StoredAnswer:
    """A completion that is its own id."""
    return StoredAnswer(text, Completion(text=text), None, says, expect)


UNREAD = Expected(kind="unmapped", reason="undeclared")


def suggested(*answers: StoredAnswer, most: int = 20) -> list[Suggestion]:
    """What is suggested for the small contract of the tests."""
    return list(suggest(answers, BASE, most).found)


def test_answers_are_grouped_by_form_the_most_frequent_first() -> None:
    """With their number, whatever their labels, and why they are not read."""
    found = suggested(answer("Hm, no"), answer("Mine: yes"), answer("Mine: no"), answer("yes"))
    assert [(1, "mine: {label}", 2), (2, "{words}, {label}", 1)] == [
        (one.number, one.group.form, len(one.group.members)) for one in found
    ]
    assert {"undeclared": 2} == found[0].group.reasons


def test_lines_are_suggested_with_what_they_change() -> None:
    """Over all answers, also those of other forms."""
    (one,) = suggested(answer("Mine: yes"), answer("Mine: no"), answer("yes"))
    assert ((Line("rules.frames", "mine: {label}"),), False) == (one.lines, one.is_refused)
    assert (("Mine: yes", "Mine: no"), (), ()) == (one.effect.gained, one.effect.changed, one.effect.lost)


def test_lines_that_break_a_trap_are_refused_with_it() -> None:
    """A written row that must stay unread is held; the first lines that help are shown all the same."""
    (one,) = suggested(answer("Mine: yes"), answer("Mine: no", expect=UNREAD))
    assert one.is_refused
    assert [("Mine: no", "unmapped undeclared")] == [(two.id, two.expected) for two in one.effect.broken]


def test_lines_that_read_otherwise_than_a_reader_are_refused() -> None:
    """A row that says that there is nothing in it is a trap, too."""
    (one,) = suggested(answer("Mine: yes"), answer("Mine: no", says="none"))
    assert ["Mine: no"] == [two.id for two in one.effect.broken]


@pytest.mark.parametrize("row", [answer("Mine: no", expect=UNREAD), answer("Mine: no", says="none")])
def test_what_should_not_be_read_is_no_form(row: StoredAnswer) -> None:
    """Traps that hold are no lost answers."""
    assert [] == suggested(row)


def test_answers_without_a_labels_word_mean_what_a_reader_found() -> None:
    """They are parted by it, and without a reader nothing is suggested."""
    found = suggested(answer("bravo", says="YES"), answer("pah", says="NO"), answer("hm"))
    assert [(Line("rules.phrases.YES", "bravo"),), (Line("rules.phrases.NO", "pah"),), ()] == [
        one.lines for one in found
    ]


def test_an_answer_that_takes_back_declines() -> None:
    """What would take a label back before it is an abstention where it stands alone."""
    (one,) = suggested(answer("There, hmm"))
    assert ("abstain", (Line("rules.abstain", "there, hmm"),)) == (one.group.found, one.lines)


def test_only_so_many_forms_are_looked_at() -> None:
    """All are counted."""
    found = suggest([answer("Mine: yes"), answer("Hm yes")], BASE, 1)
    assert (1, 2, 2, 2) == (len(found.found), found.forms, found.unread, found.answers)


def test_a_proposal_that_is_not_valid_costs_no_other() -> None:
    """Forms are tried side by side: 'not so' may stand before no label, 'mine' may."""
    found = suggested(answer("not so: yes"), answer("Mine: yes"))
    assert [(), (Line("rules.frames", "mine: {label}"),)] == [one.lines for one in found]


CHOSEN = [answer("Mine: yes"), answer("Mine: no"), answer("Ours = no"), answer("hm")]


def test_chosen_lines_are_put_into_a_copy() -> None:
    """With the version that they need, and what they change together."""
    new = amended(suggest(CHOSEN, BASE), [2, 1], BASE, CHOSEN)
    contract = Contract.parse(new.text.encode())
    assert (*BASE.rules.frames, "ours= {label}", "mine: {label}") == contract.rules.frames
    assert (Level.MINOR, new.version) == (new.level, contract.ref.version)
    assert ("Mine: yes", "Mine: no", "Ours = no") == new.effect.gained


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (0, "no suggestion has the number 0: they are 1 to 3"),
        (4, "no suggestion has the number 4: they are 1 to 3"),
        (3, "suggestion 3 has no lines to add"),
    ],
)
def test_a_number_that_names_no_lines_is_refused(number: int, problem: str) -> None:
    """Of no suggestion, or of one without lines."""
    with pytest.raises(SettingsError, match=f"accept: {problem}"):
        amended(suggest(CHOSEN, BASE), [1, number], BASE, CHOSEN)


def test_a_refused_suggestion_cannot_be_chosen() -> None:
    """The trap is named."""
    answers = [answer("Mine: yes"), answer("Mine: no", expect=UNREAD)]
    with pytest.raises(SettingsError, match="suggestion 1 is refused: it breaks 'Mine: no'"):
        amended(suggest(answers, BASE), [1], BASE, answers)


def test_lines_that_break_a_trap_together_are_refused() -> None:
    """Each alone keeps it: the trap needs an opening and a frame to be read."""
    answers = [
        answer("Hear, hear: yes"),
        answer("Mine = yes"),
        answer("Hear, hear: mine = no", expect=UNREAD),
    ]
    found = suggest(answers, BASE)
    assert [False, False] == [one.is_refused for one in found.found]
    with pytest.raises(ContractError, match="together they break 'Hear, hear: mine = no'"):
        amended(found, [1, 2], BASE, answers)


def test_a_file_without_completions_is_named(tmp_path: Path) -> None:
    """Nothing can be read in it."""
    path = tmp_path / "none.jsonl"
    path.write_text("\n")
    with pytest.raises(RecordError, match=r"none\.jsonl: holds no answers"):
        completions([path], BASE)


def test_a_file_of_scores_is_named(tmp_path: Path) -> None:
    """They have no words that a rule could read."""
    with pytest.raises(RecordError, match=r"response\.json: holds no completions"):
        completions([stored(tmp_path, "scores of the llm")], BASE)


def test_only_so_many_rows_of_each_file_are_read(tmp_path: Path) -> None:
    """The first ones."""
    rows = '{"id": "1", "text": "yes", "source": "written"}\n{"id": "2", "text": "no", "source": "written"}\n'
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        path.write_text(rows)
    assert ["1", "1"] == [one.id for one in completions(paths, BASE, 1)]


def test_a_new_contract_takes_no_files_place(tmp_path: Path) -> None:
    """It is written whole where nothing is."""
    path = tmp_path / "new.toml"
    check_new(path)
    write_contract(path, BASE.source)
    assert BASE.source == path.read_text()
    with pytest.raises(RecordError, match="is there already"):
        check_new(path)


@pytest.mark.slow
def test_a_new_word_is_suggested_for_the_part_that_it_is_one_of() -> None:
    """So that it counts in every sentence that names the part, in place of one more sentence."""
    contract = load_contract()
    answers = [answer("This leaflet is negative"), answer("The leaflet expresses positive feelings")]
    lines = [one.lines for one in suggest(answers, contract).found]
    assert [(Line("rules.parts.text", "leaflet"),)] * 2 == lines
