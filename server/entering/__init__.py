"""Entering for others: whoever may enter fills the forms of a place that has no laptop, as themselves.

The sheet is the laptop's (`sync/entry/`, `sync/screens/sheet_page.py`); `desk.py` is what differs at
a server: each save is at once an accepted commit. `picking.py` finds the place, `entering_pages.py`
serves the pages.
"""
