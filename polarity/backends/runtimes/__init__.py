"""Who multiplies: one network, run by torch, or by a library that a checkpoint was optimized for.

`base` is the protocol. Nothing in here is imported by the mere import of this package.
"""
