"""Why there is no label, for a reader who has never seen the contract."""

from collections.abc import Mapping

from polarity.types import FailureReason, UnmappedReason

UNMAPPED: Mapping[UnmappedReason, str] = {
    "empty": "The answer is empty.",
    "refusal": "The model refused to answer.",
    "filtered": "The server's content filter held the answer back.",
    "truncated": "The answer was cut off before it was complete.",
    "too_long": "The answer is longer than the contract allows.",
    "negated": "The answer denies a label, which does not say which other label it means.",
    "multiple_labels": "The answer names more than one label.",
    "label_echo": "The answer repeats the whole list of labels.",
    "conflicting": "The answer states a label and takes it back.",
    "contrast": 'The answer states a label and then qualifies it, as with "but".',
    "confusable": "The answer mixes alphabets, so that a word may not be what it looks like.",
    "invisible": "The answer holds invisible characters.",
    "numeric": "The answer is a number.",
    "undeclared": "The answer says something that the contract does not declare.",
    "runaway": "The model went on writing after its answer.",
    "malformed_json": "The answer looks like JSON but is not.",
}
FAILURES: Mapping[FailureReason, str] = {
    "timeout": "No answer came in time.",
    "connection": "The server could not be reached.",
    "rate_limited": "The server asked for fewer requests.",
    "rejected": "The server refused the request.",
    "server_error": "The server had an error.",
    "bad_response": "The server's answer could not be read.",
    "unavailable": "The backend could not be used.",
    "internal": "polarity had an error.",
}
