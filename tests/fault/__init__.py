"""Real faults on real processes and files.

`damage.py` flips bytes and cuts logs.
"""
