"""A village's laptop: records offline, checks at entry, syncs when there is a network.

In which order to read: `enrolling.py` makes the laptop's database; `desk.py` opens it and knows
whose it is, where and which definitions are in force. What an officer enters, and what becomes of
it, is the same as at a server and lies in `sync/entry/`.

What is due stands in `todo.py` (`summary.py` for many places), what came back in `returned.py`. A
cell's past is told by `history.py`, its conflicts by `conflicts.py`, a village's way by `trend.py`.

Several people share it: `people.py` says who may sit here, `pins.py` keeps them apart, `handover.py`
is for who leaves. `running.py` sees to it that one process writes, whoever starts another.

`sheet.py`, `status.py` and `aside.py` say what stands, for commands; `syncing.py` performs one sync;
`exporting.py` writes everything out, as `tables.py` gathers it, `placedata.py` one place's figures
for a spreadsheet, `onepage.py` its chief ones for print; `picking.py` finds a place by what is typed.
The commands lie in `commands/` and hold nothing but words, the pages in `pages/`.

Nothing here judges or sums up for others: that is the server's. Nothing but `enrolling.py` and
`syncing.py` needs a network.
"""
