"""What is in dispute or set aside: rival values and what each choice does, and parked commits.

`rivals.py` finds disputed places, `cases.py` reads their conflicts, `origins.py` tells where rivals
come from, `effect.py` what a choice would do to the totals above, `settling.py` who may do what, and
`range.py` between what a total lies meanwhile. `parked.py` reads what lies aside, `machines.py` lists
copied and revoked machines. Pages: `dispute_pages.py`, `aside_pages.py`.
"""
