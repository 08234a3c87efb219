"""Where two nested values differ."""

from polarity.differences import differences


def test_alike_values_differ_nowhere() -> None:
    """Equal values have no difference, however deep they are."""
    assert [] == list(differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}))


def test_a_missing_value_is_none() -> None:
    """A key of one side only differs from None, and comes in its place."""
    found = [tuple(one) for one in differences({"a": 1, "b": 2}, {"b": 2, "c": 3})]
    assert [("a", 1, None), ("c", None, 3)] == found


def test_lists_are_entered_where_they_are_as_long() -> None:
    """A changed item is named by its place; lists of other lengths differ as a whole."""
    assert [("a.1", 2, 3)] == [tuple(one) for one in differences({"a": [1, 2]}, {"a": [1, 3]})]
    assert [("a", [1], [1, 3])] == [tuple(one) for one in differences({"a": [1]}, {"a": [1, 3]})]
