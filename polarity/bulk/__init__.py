"""Texts by the million, labelled in the engines that people already run: Ray Data, Spark, Daft.

`BatchClassifier` is what an engine runs, a block of rows at a time; `on_ray` makes of files a folder of
Parquet, which is what `polarity classify --engine ray` does; `on_daft` adds columns to a data frame of Daft.
"""

from polarity.bulk.batches import BatchClassifier

__all__ = ["BatchClassifier"]
