"""All tests, by what they need.

`tidy/` reads the code and the prose, `unit/` runs parts of it; `conftest.py` holds what all share.
"""
