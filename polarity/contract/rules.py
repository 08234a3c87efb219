"""The rules in a contract file: the words and patterns by which text states a label.

Everything declared here is a pattern (`polarity.contract.patterns`) and is compared in canonical
form, so `Positive` and `positive` are one word.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from polarity.contract.declared import (
    Array,
    CodeForm,
    EndToken,
    Frames,
    LetterForm,
    Ornament,
    Part,
    Parts,
    Probability,
    ScoreForm,
    Sentences,
    Separators,
    Tags,
    Ways,
    Words,
)


class Description(Part):
    """Sentences that state a label without a label's word: "the customer is frustrated".

    One is a subject, links and fillers, a cue and nothing more, or the rest that a tail opens.
    """

    subjects: Words = Field(min_length=1, description="Who is spoken of: the customer, this.")
    links: Words = Field(min_length=1, description="What leads to the cue: is, sounds, expresses.")
    fillers: Words = Field(default=(), description="Words that may stand before the cue: very, a sense of.")
    cues: Mapping[str, Words] = Field(description="Label -> words that show it: satisfied.")
    denied: Mapping[str, Words] = Field(
        default={}, description="Label -> cues of others that state it where denied: not satisfied."
    )


class Rules(Part):
    """The rules from completion to label. See `polarity.contract.mapper` for the order they run in."""

    max_chars: int = Field(default=4000, ge=1, le=100_000, description="Longer completions are too_long.")
    aliases: Mapping[str, Words] = Field(
        description="Label -> words that state it alone. The first is its answer word."
    )
    modifiers: Words = Field(default=(), description="Words that may stand before an alias: mostly, clearly.")
    parts: Parts = Field(
        default={}, description="Name -> patterns; <name> in frames and sentences stands for any of them."
    )
    frames: Frames = Field(default=(), description="Sentences around a statement: 'label: {label}'.")
    leading: Frames = Field(
        default=(), description="Frames too weak to count behind reasons: 'a {label} review'."
    )
    closing: Frames = Field(
        default=(),
        description="Frames that count only behind reasons or alone; with any, the others count there, too.",
    )
    clauses: Separators = Field(
        default=(), description="What may part a closing statement from its reasons in one sentence: ', so'."
    )
    afterwords: Sentences = Field(
        default=(), description="Sentences behind a closing statement that say nothing: 'hope this helps'."
    )
    concessions: Words = Field(
        default=(), description="What opens a sentence whose statement stands behind a comma: although."
    )
    hypotheses: Words = Field(
        default=(), description="Words before a label by which reasons only weigh it: whether, might."
    )
    openings: Sentences = Field(
        default=(), description="What may open a sentence that states, and says nothing: 'based on {words}'."
    )
    phrases: Mapping[str, Words] = Field(
        default={}, description="Label -> whole phrases that mean it: 'not great'."
    )
    companions: Mapping[str, Words] = Field(
        default={},
        description="Label -> words that may stand beside its own in a frame: negative and dismissive. "
        "An emoji needs no 'and'.",
    )
    abstain: Words = Field(default=(), description="Words by which a model declines to choose: mixed.")
    abstaining: Sentences = Field(
        default=(), description="Sentences by which it declines: 'the sentiment cannot be determined'."
    )
    asides: Words = Field(
        default=(), description="Words behind a label by which a reason only mentions it: aspects, points."
    )
    preambles: Words = Field(
        default=(), description="Openings that say nothing: 'sure', 'here is the label:'."
    )
    separators: Separators = Field(
        default=(), description="What may stand between a leading statement and its reason: '.', ', because'."
    )
    tails: Words = Field(
        default=(), description="What may open the rest of a sentence behind a frame or a cue: about, with."
    )
    mentions: Mapping[str, Words] = Field(
        default={}, description="Label -> further words that name it in a reason: negativity."
    )
    retractions: Words = Field(default=(), description="Words by which a reason takes its statement back.")
    rejections: Words = Field(
        default=(), description="Whole clauses of a reason that take its statement back: wrong, not at all."
    )
    certainties: Words = Field(
        default=(),
        description="Words for how sure the model is: confidence. A number under score_floor by one voids.",
    )
    feelings: Mapping[str, Words] = Field(
        default={},
        description="Label -> words of a strong feeling: furious. Alone before a closing statement of "
        "another label, in a JSON object with it, or said of a second thing behind it, they void it.",
    )
    judgements: Mapping[str, Words] = Field(
        default={}, description="Label -> words that void only of a second thing behind another label: bad."
    )
    description: Description | None = Field(default=None, description="Sentences without a label's word.")
    negators: Words = Field(default=(), description="Words that deny a label: not, non, never.")
    pseudo_negations: Words = Field(
        default=(), description="Phrases that hold a negator and deny nothing: no doubt."
    )
    contrasts: Words = Field(default=(), description="Words that take something back: but, however.")
    refusals: Words = Field(default=(), description="Openings of a refusal: i'm sorry.")
    echoes: Sentences = Field(
        default=(),
        description="What repeats an input in a closing statement's line, and voids it: 'the user wrote:'.",
    )
    unfinished: Words = Field(
        default=(), description="Words at the end of a line whose sentence goes on below: that, believes."
    )
    fields: Words = Field(
        default=(), description="Openings of a prompt line; one after the answer is a runaway."
    )
    json_keys: Words = Field(default=(), description="Keys of a JSON object that hold the label.")
    json_side_keys: Words = Field(default=(), description="Keys that may stand beside it: confidence.")
    json_reason_keys: Words = Field(default=(), description="Keys whose text is read as a reason.")
    json_code_keys: Words = Field(
        default=(), description="Keys of the class code; one of another label beside it voids the answer."
    )
    json_unknown_keys: Literal["refuse", "ignore"] = Field(
        default="refuse",
        description="A key that no list names: 'refuse' the object, or 'ignore' the key "
        "if its value is a number, true, false, null or a text without a declared word.",
    )
    json_nested: bool = Field(
        default=False,
        description="Open one text in a list, and under a label's key one object, also as text; "
        "under a key for reasons a list of texts, or the object with the answer.",
    )
    json_single_quotes: bool = Field(
        default=False, description="Open objects as Python writes them, too: {'label': 'positive'}."
    )
    tables: bool = Field(
        default=False,
        description="Read a Markdown table of one row, or of keys and values, as a JSON object.",
    )
    reasoning_tags: Tags = Field(
        default=("think", "thinking", "reasoning"), description="Names of the tags around a reasoning block."
    )
    max_reasoning_chars: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="A closed reasoning block up to this length does not count against max_chars.",
    )
    fence_tags: Tags = Field(
        default=("json", "text", "plaintext", "markdown"),
        description="Words that may open a code fence; any other there is part of the answer.",
    )
    notations: Tags = Field(
        default=(),
        description="LaTeX commands that may stand around a statement: boxed.",
    )
    end_tokens: Annotated[tuple[EndToken, ...], Array] = Field(
        default=(), description="Special tokens that are taken off at the very end: '</s>'."
    )
    next_examples: Words = Field(
        default=(),
        description="Openings of an invented next example: behind a label alone and a blank line, "
        "the answer is cut there.",
    )
    openers: Words = Field(
        default=(),
        description="Words that may open a reason behind a label alone, without a mark: the, this.",
    )
    scores: Annotated[tuple[ScoreForm, ...], Array] = Field(
        default=(), description="Forms of a label with how sure it is: '{label}+{number}'. No patterns."
    )
    score_floor: Probability = Field(
        default=0.5, description="A smaller number beside a label does not say that it is sure."
    )
    codes: Mapping[str, int] = Field(
        default={}, description="Label -> its class code; one beside a label's word must agree with it."
    )
    code_forms: Annotated[tuple[CodeForm, ...], Array] = Field(
        default=(), description="Forms of a label with its class code: '{code} - {label}'. No patterns."
    )
    letter_forms: Annotated[tuple[LetterForm, ...], Array] = Field(
        default=(),
        description="Forms of a label with its choice's letter: '({letter}) {label}'. No patterns.",
    )
    ornaments: Annotated[tuple[Ornament, ...], Array] = Field(
        default=(), description="Pictures at the edges of a line that say nothing: ✅."
    )
    declines: Ways = Field(
        default=(), description="Ways to say that nobody can tell; one takes back the statement before it."
    )
    coverage_floor: Probability = Field(
        default=0.0, description="Log-probability answers with less mass on declared words are undeclared."
    )
