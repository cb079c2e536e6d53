"""What leaders look at: figures of a place against time, targets and their like.

`board_pages.py` is the main page, `table_pages.py` its table of places below, `place_pages.py` tells
of one place and `indicator_pages.py` of indicators. `picking.py` reads what an address asks for;
`board.py` puts a figure beside what it is compared with (`targets.py`, `classes.py`), `trend.py` and
`editions.py` follow it through time and through changes of its definition, `parts.py` takes it
apart, `table.py` lays places against indicators. How a figure is said is in `showing.py`, a whole
board in words in `board_view.py`. `classes.csv` names places of one kind, and `static/` holds the
charts' library and the outlines that `deploy/build_outlines.py` made.
"""
