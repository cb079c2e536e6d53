"""A village's laptop: records offline, checks at entry, syncs when there is a network.

In which order to read: `enrolling.py` makes the laptop's database; `desk.py` opens it and knows
whose it is, where and which definitions are in force; `entry.py` turns what is typed into a value
or says why not; `checking.py` runs the entry checks over the place's own values; `submission.py`
hands in a form; `sheet.py`, `standing.py`, `status.py` and `aside.py` say what stands; `syncing.py`
performs one sync; `exporting.py` writes everything out, as `tables.py` gathers it. The commands lie
in `commands/` and hold nothing but words.

Nothing here judges or sums up for others: that is the server's. Nothing but `enrolling.py` and
`syncing.py` needs a network.
"""
