"""Figures in and out: `values.py` takes values in, `totals.py` reads rollups as figures, and
`export.py` writes values, totals and changes to files. `parsing.py` reads one row of values.
"""
