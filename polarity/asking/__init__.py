"""Many texts: backends are asked at their pace, and what they say is kept as it comes.

A run that was stopped, however hard, goes on where it was.
"""
