"""The contract files that come with polarity."""
