"""A village's laptop: records offline, checks at entry, syncs when there is a network.

In which order to read: `enrolling.py` makes the laptop's database; `desk.py` opens it and knows
whose it is, where and which definitions are in force; `standing.py` says what stands in a cell and
`books.py` keeps what a place shows in memory. `entry.py` and `units.py` turn what is typed into a
value or say why not; `checking.py` runs the entry checks, with `peers.py` and `explaining.py`.

A form lives in `todo.py` (what is due; `summary.py` for many places, `blanks.py` for the sums),
`formsheet.py` (all that its page shows, with `prefill.py` and `derived.py`), `typed.py` (what is
done to its cells; `drafts.py` while they are being typed), `stage.py` (how far it has come, what may
be typed), `submission.py` (handing in, taking back), `returned.py` and `already.py`. A cell's past
is told by `history.py`, its conflicts by `conflicts.py`, a village's way by `trend.py`.

Several people share it: `people.py` says who may sit here, `pins.py` keeps them apart, `handover.py`
is for who leaves. `running.py` sees to it that one process writes, whoever starts another.

`sheet.py`, `status.py` and `aside.py` say what stands, for commands; `syncing.py` performs one sync;
`exporting.py` writes everything out, as `tables.py` gathers it, `placedata.py` one place's figures
for a spreadsheet, `onepage.py` its chief ones for print; `picking.py` finds a place by what is typed.
The commands lie in `commands/` and hold nothing but words, the pages in `pages/`.

Nothing here judges or sums up for others: that is the server's. Nothing but `enrolling.py` and
`syncing.py` needs a network.
"""
