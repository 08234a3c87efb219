"""Watching what was decided: what it looks like over time, and whether it is still what it was."""
