"""What an engine has done since it began, in numbers that metrics read."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Numbers:
    """Counts, and sums of seconds. No thread and no clock.

    calls, refused, left    calls that were let in, that were not, and whose caller went before the end
    batches, rows, failed   batches that were scored, readings in them, and readings that broke
    tokens, padded_tokens   of these readings, and what they would be if each batch were one table
    waited_s, worked_s      seconds from a call's coming to its first batch, of all calls; and those in which
                            the network had any batch
    waiting_tokens          let in and not done now, partly by estimate
    tokens_per_s            how quickly they get done where all threads have batches, with what a batch costs
                            of itself, reckoned from single batches of late; None before the first
    in_network, since_s     batches that are there now, and when one left it last, or the first came
    """

    calls: int = 0
    refused: int = 0
    left: int = 0
    batches: int = 0
    rows: int = 0
    failed: int = 0
    tokens: int = 0
    padded_tokens: int = 0
    waited_s: float = 0.0
    worked_s: float = 0.0
    waiting_tokens: int = 0
    tokens_per_s: float | None = None
    in_network: int = 0
    since_s: float = 0.0

    def begun(self, now_s: float) -> None:
        """Note that a batch is in the network from now on."""
        if not self.in_network:
            self.since_s = now_s
        self.in_network += 1

    def scored(self, lengths: Sequence[int], *, failed: int) -> None:
        """Count a batch of readings that have so many tokens, of which some failed.

        >>> numbers = Numbers()
        >>> numbers.scored([2, 5], failed=0)
        >>> (numbers.rows, numbers.tokens, numbers.padded_tokens)
        (2, 7, 10)
        """
        self.batches += 1
        self.rows += len(lengths)
        self.failed += failed
        self.tokens += sum(lengths)
        self.padded_tokens += len(lengths) * max(lengths)

    def ended(self, now_s: float) -> None:
        """Note that a batch has left it. Each second of work counts once, however many batches there were.

        >>> numbers = Numbers()
        >>> numbers.begun(10.0)
        >>> numbers.begun(11.0)
        >>> numbers.ended(12.0)
        >>> numbers.ended(12.5)
        >>> numbers.worked_s
        2.5
        """
        self.worked_s += now_s - self.since_s
        self.since_s = now_s
        self.in_network -= 1
