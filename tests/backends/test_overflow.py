"""What is read of a long text, for tokenizers of several kinds."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.overflow import Frame, Overflow, frame_of, readings

FRAMES = st.builds(Frame, st.integers(0, 2), st.integers(0, 2))


@pytest.mark.parametrize(
    ("marks", "expected"),
    [([1, 0, 0, 1], Frame(1, 1)), ([0, 1, 1], Frame(0, 2)), ([0], Frame(0, 0)), ([1, 1], Frame(2, 0))],
)
def test_frames_of_other_kinds(marks: list[int], expected: Frame) -> None:
    """XLNet's stand at the end, some have none, and a text may be no token at all."""
    assert expected == frame_of(marks)


@given(st.integers(0, 300), FRAMES, st.integers(8, 60), st.sampled_from(get_args(Overflow)))
def test_every_reading_fits_and_keeps_its_frame(
    size: int, frame: Frame, length: int, overflow: Overflow
) -> None:
    """No reading is longer than the network takes, and each begins and ends as the whole text does."""
    ids = list(range(size + sum(frame)))
    for reading in readings(ids, frame, length, overflow):
        assert len(reading) <= length
        assert ids[: frame.before] == reading[: frame.before]
        assert ids[len(ids) - frame.behind :] == reading[len(reading) - frame.behind :]


@given(st.integers(61, 300), FRAMES, st.integers(8, 60))
def test_windows_leave_nothing_out(size: int, frame: Frame, length: int) -> None:
    """Every token is in a window, all windows are full, and none more are read than it takes."""
    ids = list(range(size + sum(frame)))
    windows = readings(ids, frame, length, "window")

    assert set(ids) == {token for window in windows for token in window}
    assert {length} == {len(window) for window in windows}
    assert -(-size // (length - sum(frame))) == len(windows)


@given(st.integers(0, 50), FRAMES, st.sampled_from(get_args(Overflow)))
def test_a_text_that_fits_is_read_as_it_is(size: int, frame: Frame, overflow: Overflow) -> None:
    """Whatever the setting: it is about long texts."""
    ids = list(range(size + sum(frame)))

    assert [ids] == readings(ids, frame, 54, overflow)
