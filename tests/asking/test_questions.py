"""What is asked about every text."""

from polarity.asking.questions import questions


def test_each_backend_is_asked_once() -> None:
    """Without a repetition every backend has one question, in the order given; nobody means none."""
    assert [("bert", 0), ("llm", 0)] == [tuple(one) for one in questions(["bert", "llm"])]
    assert () == questions([])


def test_one_backend_is_asked_again() -> None:
    """Only the one that is named is asked again, so many times in all."""
    assert [("llm", 0), ("llm", 1), ("llm", 2)] == [tuple(one) for one in questions(["llm"], "llm", 3)]
    assert [("bert", 0), ("llm", 0), ("llm", 1)] == [
        tuple(one) for one in questions(["bert", "llm"], "llm", 2)
    ]
