"""Old bytes: what a release wrote, kept for good and read by every later one.

`make.py` is the recipe, `bytes_of.py` and `data_of.py` its two halves; each release has a folder of
what it made. `README.md` says what is in one.
"""
