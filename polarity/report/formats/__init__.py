"""A report in each format, one module each."""
