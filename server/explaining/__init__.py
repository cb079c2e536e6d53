"""Every figure explains itself: what it is made of, by whom, how sure it is, and what was adjusted.

`explanation.py` puts an explanation together: `parts.py` takes a total apart, `formulas.py` reads a
formula with names and with figures, `gaps.py` says why a part is not whole, `cell.py` tells a place's
own cell down to its signatures. `showing.py` makes words of it, `documents.py` JSON.

`keeping.py` keeps what counties add to totals in the transaction that accepts it, `adjustments.py`
sums it over what lies below a place, and `adjusted.py` gives figures as they are and as adjusted;
`adjust_pages.py` files one, `listing_pages.py` lists all.
"""
