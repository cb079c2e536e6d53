"""Every decoder against hostile bytes.

`harness.py` says what a harness is and where its inputs lie; `messages.py`, `definitions.py`,
`files.py` and `words.py` hold the harnesses, one a decoder, and `everything.py` lists them.
`run.py` searches with coverage (`make fuzz RUNS=100000`, for which atheris is installed);
`test_replay.py` plays the corpus and every crash ever found, with nothing installed.
"""
