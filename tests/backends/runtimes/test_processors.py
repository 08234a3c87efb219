"""What processor this is, and how much of it may be used."""

import os
from pathlib import Path

import pytest

from polarity.backends.runtimes.processors import has_vnni, processor, usable_processors


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("50000 100000", 1), ("100000 100000", 1), ("max 100000", None), ("garbage", None), (None, None)],
)
def test_a_control_groups_quota_bounds_the_count(
    quota: str | None, expected: int | None, tmp_path: Path
) -> None:
    """Half a processor is one thread; without a quota the affinity says how many."""
    file = tmp_path / "cpu.max"
    if quota is not None:
        file.write_text(quota + "\n", "ascii")
    assert (expected or len(os.sched_getaffinity(0))) == usable_processors(file)


def test_a_processor_is_its_name_and_its_vector_instructions(tmp_path: Path) -> None:
    """In one order, of the first processor; where the system tells nothing, it is nothing."""
    file = tmp_path / "cpuinfo"
    file.write_text(
        "model name\t: Some CPU\nflags\t\t: sse avx512_vnni avx2 fpu\n\nmodel name\t: Another\n", "utf-8"
    )
    assert "Some CPU avx2 avx512_vnni" == processor(file)
    assert "" == processor(tmp_path / "missing")


@pytest.mark.parametrize(
    ("flags", "expected"), [("avx2 avx_vnni", True), ("avx512_vnni avx512f", True), ("avx2 avx512f", False)]
)
def test_whether_a_processor_has_vnni_is_in_its_flags(flags: str, expected: bool, tmp_path: Path) -> None:
    """By either of its names."""
    file = tmp_path / "cpuinfo"
    file.write_text(f"model name\t: Some CPU\nflags\t\t: sse {flags}\n", "utf-8")
    assert expected is has_vnni(file)
