"""Entering figures: what a form of a place is, what may be typed into it, and what becomes of that.

The same on an officer's laptop and at a server's desk. `desk.py` is who enters, and where it is
recorded; `formsheet.py` is a form as a page shows it, `typed.py` what is done to its cells. Text
becomes values in `entry.py`, `units.py` and `pasting.py`; `checking.py` and `explaining.py` are the
checks; `stage.py` and `submission.py` how far a form has come. `books.py` keeps in memory what places
show, `drafts.py` what is being typed.
"""
