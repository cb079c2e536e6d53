"""Whether the tests notice when the core says something else: `make mutants`.

`making.py` changes a module in one place at a time; `session.py` runs, in a forked process for each
change, the tests that reach the changed function until one fails; `run.py` prints what survived.
`equivalent.toml` lists the changes that change nothing, each with its reason.
"""
