"""Why there is no label, for a reader who has never seen the contract."""

from collections.abc import Mapping

from polarity.types import FailureReason, UnmappedReason

UNMAPPED: Mapping[UnmappedReason, str] = {
    "empty": "The answer is empty, or nothing but punctuation.",
    "refusal": "The model refused to answer.",
    "filtered": "The server's content filter held the answer back.",
    "truncated": "The answer was cut off before it was complete.",
    "too_long": "The answer is longer than the contract allows.",
    "negated": 'The answer names a label beside a denial such as "not", so it may mean any other.',
    "multiple_labels": "The answer names several labels.",
    "label_echo": "The answer names every label there is, as the question does.",
    "conflicting": (
        'The answer names a label and an abstain word such as "mixed", or it is JSON with several label keys.'
    ),
    "contrast": 'The answer names a label and qualifies it with a word such as "but".',
    "confusable": "A word of the answer mixes alphabets, so that it may not be what it looks like.",
    "invisible": "The answer holds characters that nobody can see.",
    "numeric": "The answer is a number or a rating, not a label.",
    "undeclared": "Nothing that the contract declares accounts for the answer.",
    "runaway": "The model repeated its input, or went on in the prompt's own form after its answer.",
    "malformed_json": "The answer looks like JSON but is not valid, or has a key twice.",
    "unreadable": "The classifier knows too little of the text: its words, its script or its language.",
}
FAILURES: Mapping[FailureReason, str] = {
    "timeout": "No answer came in time.",
    "connection": "The connection to the server failed.",
    "rate_limited": "The server asked for fewer requests.",
    "rejected": "The server refused the request.",
    "server_error": "The server had an error.",
    "bad_response": "The answer could not be used.",
    "unavailable": "The backend could not be used.",
    "unauthorized": "The server refused the key.",
    "unknown_model": "The server has no model or deployment of that name.",
    "quota_used_up": "The quota or the money of the key is used up.",
    "text_too_long": "The text has more tokens than the model reads at once.",
    "text_refused": "The server's content filter refused the text.",
    "budget_spent": "The money that the settings allow for the language model is spent.",
    "no_value": "The compared column holds nothing here.",
    "internal": "polarity had an error.",
}
