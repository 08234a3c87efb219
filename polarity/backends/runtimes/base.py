"""What runs a network: rows of ids in, logits out. Who asks does not know which library it is."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

RuntimeName = Literal["torch", "onnxruntime", "openvino"]
Precision = Literal["fp32", "bf16", "int8"]


class Shape(NamedTuple):
    """What is known of a network, whoever runs it.

    names       of its labels, in the order of the logits
    positions   tokens that it reads at once
    vocabulary  how many tokens it knows
    """

    names: tuple[str, ...]
    positions: int
    vocabulary: int


class Runtime(Protocol):
    """A network in memory that is ready to be asked."""

    @property
    def name(self) -> str:
        """The library and the precision, as in "onnxruntime int8"."""
        ...

    @property
    def shape(self) -> Shape:
        """What is known of the network."""
        ...

    @property
    def at_once(self) -> int:
        """How many threads may ask side by side.

        A library that spreads every product over several threads makes them wait for each other after each
        of some fifty products: where one is held up, all are. So who asks has a processor, or a few of many.
        """
        ...

    def logits(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give a logit for each label, for each row of ids: one row or more, each of one id or more.

        Rows may have any lengths: padding is the runtime's business, and moves no answer. `is_lone`: nothing
        else is being asked, so all processors may share this.
        """
        ...
