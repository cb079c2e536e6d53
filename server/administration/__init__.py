"""What whoever looks after a server sees and does.

`tasks.py` runs what takes its time; `metrics.py` counts for monitors.
"""
