"""What leaders look at: figures of a place against time, targets and their like.

`classes.csv` names places of one kind, and `static/` holds the charts' library and the outlines.
"""
