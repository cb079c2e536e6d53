"""Rollups: what each place and all below it add up to, kept in every transaction.

`keeping.py` is the hook that a ledger runs: it takes what the touched places contributed before
and after (`sync/aggregate.py`) and adds the difference to each place above them. `chains.py` says
which those are, by the hierarchy of the period's end and by today's; `sheet.py` gathers the
differences and writes them; `cells.py` reads what places have filed; `reach.py` tells which changes
of definitions change contributions; `folding.py` makes everything anew, and compares.
"""
