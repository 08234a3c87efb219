"""A BERT's checkpoint without the library that wrote it, whose import takes longer than all else together.

What is not exactly as a trained BERT is saved is left to that library: it knows how, or what to say.
"""
