"""Stored answers, read again: no model is asked."""
