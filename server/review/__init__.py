"""Review: how far every form has come, what needs a reviewer's eyes, and what a reviewer decides.

`standings.py` reads how far forms are; `keeping.py` is the hook that keeps that in every
transaction, with the counts of each place and all above it, and `folding.py` makes it anew and
compares.
"""
