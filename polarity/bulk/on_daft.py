"""Labels as columns of a Daft data frame."""

from typing import TYPE_CHECKING, Any, Final

from polarity.bulk.answering import GROUP
from polarity.bulk.batches import BatchClassifier
from polarity.bulk.columns import answer_columns, answer_fields, column_of, own_names
from polarity.errors import missing_packages_named
from polarity.records import cell_problem

if TYPE_CHECKING:
    from daft import DataFrame

ROWS: Final = 16 * GROUP  # in a batch, where a partition has as many


def labelled(frame: "DataFrame", classifier: BatchClassifier, *, workers: int | None = None) -> "DataFrame":
    """Give a data frame with the columns of an answer behind its own, of which none is lost.

    It is as lazy as Daft is: models are loaded when the frame is collected, in each of at most so many
    `workers` once. Rows stand in their order.

    Raises:
        RecordError: there is no such column of texts.
        PackageMissing: Daft is not installed.
    """
    with missing_packages_named():
        import daft

    column, wish = column_of(frame.column_names, classifier.text_column), classifier.wish
    fields = {name: daft.DataType.from_arrow_type(kind) for name, kind in answer_fields(wish).items()}

    class Labels:
        """Made in a worker, and kept for its batches."""

        def __init__(self, classifier: BatchClassifier) -> None:
            self._classifier = classifier

        @daft.method.batch(return_dtype=daft.DataType.struct(fields), unnest=True, batch_size=ROWS)
        def of(self, texts: Any) -> Any:
            import pyarrow as pa

            cells = texts.to_pylist()
            found = self._classifier.results(cells, [cell_problem(column, cell) for cell in cells])
            answers = answer_columns(found, self._classifier.stamp, wish)
            arrays = [pa.array(answers[name], kind) for name, kind in answer_fields(wish).items()]
            return daft.Series.from_arrow(pa.StructArray.from_arrays(arrays, names=list(fields)))

    labels = daft.cls(Labels, max_concurrency=workers)(classifier)
    renamed = dict(zip(frame.column_names, own_names(frame.column_names), strict=True))
    moved = {old: new for old, new in renamed.items() if old != new}
    kept = frame.with_columns_renamed(moved) if moved else frame
    return kept.select("*", labels.of(daft.col(renamed[column])))
