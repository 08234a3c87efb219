"""Who hears what is found while files are read."""

from pathlib import Path

from polarity.errors import RecordError


class Heard:
    """Remembers it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.problems: list[tuple[int | None, str]] = []

    def found(self, _: Path, what: str) -> None:
        """Remember how a file is read."""
        self.told.append(what)

    def left_out(self, problem: RecordError) -> None:
        """Remember a row of no use."""
        self.problems.append((problem.line, problem.problem))
