"""The report with every kind of pair, to be read again."""

from tests.report.conftest import pairs, report

__all__ = ["pairs", "report"]
