"""BatchClassifier: what an engine's workers call, a block of rows at a time."""

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from threading import Lock
from typing import TYPE_CHECKING, Any, Self, TypeVar

from polarity.backends.budgets import Spending
from polarity.bulk.answering import GROUP, Answering
from polarity.bulk.columns import (
    Stamp,
    Wish,
    answer_columns,
    answer_schema,
    cells_of,
    stamp_of,
    with_answers,
)
from polarity.records import cell_problem
from polarity.settings import Settings, load_settings
from polarity.types import Result

if TYPE_CHECKING:
    from pyarrow import RecordBatch, Schema

Block = TypeVar("Block")


class BatchClassifier:
    """Labels blocks of rows: `pyarrow.Table`, `pandas.DataFrame` or a dict of arrays.

    It travels to the workers of an engine as its settings, and loads its models there, on the first call. By
    default the settings are from the environment and polarity.toml of whoever makes it. BERT has one thread,
    where the settings do not say otherwise: engines run one worker for each processor.

    `scores` and `raws` add the probabilities by label, and what backends said, both as JSON. Under `both` the
    LLM is asked only where the policy needs it, but with `ask_all`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        text_column: str = "text",
        scores: bool = False,
        raws: bool = False,
        ask_all: bool = False,
    ) -> None:
        self.settings = for_a_worker(settings or load_settings())
        self.text_column, self.wish, self.ask_all = text_column, Wish(scores, raws), ask_all
        self._budgets: Spending | None = None
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._answering: Answering | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What travels: what is loaded stays here."""
        return {name: value for name, value in vars(self).items() if name not in ("_lock", "_answering")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    def __call__(self, batch: Block) -> Block:
        """Label a block; give the same rows, in order, with the columns of an answer.

        A row of no use, or one that no label could be found for, has the reason as its `error`. A column of
        the block that is called like one of an answer's stands as `input_label`, say.

        Raises:
            RecordError: there is no such column of texts.
            TypeError: it is no such block.
            PolarityError: what the settings name cannot be used, or a backend no longer can.
        """
        texts = cells_of(batch, self.text_column)
        found = self.results(texts, [cell_problem(self.text_column, text) for text in texts])
        labelled: Block = with_answers(batch, answer_columns(found, self.stamp, self.wish))
        return labelled

    def map_arrow(self, batches: "Iterator[RecordBatch]") -> "Iterator[RecordBatch]":
        """Label a stream of Arrow batches, as Spark's `mapInArrow` has them; batches may be cut otherwise.

        The scores are the same however the stream was cut. Raises as a call.
        """
        import pyarrow as pa

        held: list[RecordBatch] = []
        for batch in batches:
            held.append(batch)
            rows = sum(map(len, held))
            if rows >= GROUP:
                table = pa.Table.from_batches(held)
                whole = rows - rows % GROUP
                yield from self(table.slice(0, whole)).to_batches()
                held = table.slice(whole).to_batches()
        if any(map(len, held)):
            yield from self(pa.Table.from_batches(held)).to_batches()

    def schema(self, own: "Schema") -> "Schema":
        """Give the schema of what a call gives for a table of such a schema: Spark asks for it before."""
        return answer_schema(own, self.wish)

    def results(
        self, texts: Sequence[str], problems: Sequence[str | None], only: Collection[int] | None = None
    ) -> list[Result]:
        """Label texts, those that have a problem as undecided: see `Answering.results`. Raises as a call."""
        with self._lock:
            return self._loaded().results(texts, problems, ask_all=self.ask_all, only=only)

    @property
    def stamp(self) -> Stamp:
        """What stands beside every label."""
        loaded = self._loaded()
        return stamp_of(loaded.contract, loaded.models)

    def sharing(self, budgets: Spending) -> Self:
        """Give another one like it, whose LLM spends these budgets, as those of other workers do."""
        other = copy(self)
        vars(other)["_budgets"] = budgets
        return other

    def close(self) -> None:
        """Let the models go; the next call loads them again."""
        with self._lock:
            answering, self._answering = self._answering, None
        if answering:
            answering.close()

    def _loaded(self) -> Answering:
        if self._answering is None:
            self._answering = Answering(self.settings, self._budgets)
        return self._answering


def for_a_worker(settings: Settings) -> Settings:
    """Give each backend that runs in a worker one thread, where the settings do not say how many.

    >>> for_a_worker(Settings()).bert.threads
    1
    """
    bert = settings.bert.model_copy(update={"threads": settings.bert.threads or 1})
    llm = settings.llm.model_copy(update={"threads": settings.llm.threads or 1})
    return settings.model_copy(update={"bert": bert, "llm": llm})
