"""Texts in and out: JSON Lines and arrays, CSV, TSV, Parquet and Excel, one record a row, nothing lost.

`read` streams records; every problem is a `RecordError` that names the file and the line. `write`
puts a whole file in place or none: it writes beside the target and renames at the end.
"""

from polarity.records.choosing import expanded, files_of, sampled, stratified
from polarity.records.formats import MAX_CELL, STANDARD_INPUT, SUFFIXES, form_of, format_of
from polarity.records.gold import GoldLabels, GoldRow, Labels, check_gold, gold_rows, read_checked
from polarity.records.jsons import json_value, line_rows
from polarity.records.left_out import Leaving
from polarity.records.lines import Line, Lines
from polarity.records.naming import found_name, near_names, row_name, source_name
from polarity.records.placing import beside, check_place, paths_of, replacing, replacing_all
from polarity.records.reading import cell_problem, read, read_all, records_of_lines, text_problem
from polarity.records.rows import DEFAULT_COLUMNS, Columns, Intake, Record, Sieve
from polarity.records.writing import defused, write, write_csv

__all__ = [
    "DEFAULT_COLUMNS",
    "MAX_CELL",
    "STANDARD_INPUT",
    "SUFFIXES",
    "Columns",
    "GoldLabels",
    "GoldRow",
    "Intake",
    "Labels",
    "Leaving",
    "Line",
    "Lines",
    "Record",
    "Sieve",
    "beside",
    "cell_problem",
    "check_gold",
    "check_place",
    "defused",
    "expanded",
    "files_of",
    "form_of",
    "format_of",
    "found_name",
    "gold_rows",
    "json_value",
    "line_rows",
    "near_names",
    "paths_of",
    "read",
    "read_all",
    "read_checked",
    "records_of_lines",
    "replacing",
    "replacing_all",
    "row_name",
    "sampled",
    "source_name",
    "stratified",
    "text_problem",
    "write",
    "write_csv",
]
