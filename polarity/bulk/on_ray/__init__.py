"""Files -> a folder of Parquet, labelled by Ray: on the processors of one machine, or of a cluster.

The engine reads; the driver cuts what is read into parts of so many rows, by their numbers, and deals them to
actors; an actor labels a part and writes it, whole or not at all. So a part is a function of its number: it
can be made by any worker, twice, or again after a kill, and is the same file; once it is there it stays.
"""
