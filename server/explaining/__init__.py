"""Every figure explains itself: what it is made of, by whom, how sure it is, and what was adjusted.

`keeping.py` keeps what counties add to totals in the transaction that accepts it, `adjustments.py`
sums it over what lies below a place, and `adjusted.py` gives figures as they are and as adjusted.
"""
