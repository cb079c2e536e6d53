"""Benchmarks: whole paths through real processes, as ratios to a baseline measured in the same run.

`python -m tests.bench.run` (or `make bench`) prints a table and writes JSON. Read `laptops.py` (who
sends what), `baseline.py` (the same rows by bare SQLite), then `run.py`.
"""
