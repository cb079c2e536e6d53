"""The code and the prose of this repository, read and checked by tests.

`source.py` finds and parses the files; each `test_….py` beside it keeps one kind of promise.
"""
