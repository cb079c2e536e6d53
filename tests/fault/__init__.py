"""Real faults on real processes and files.

`kills.py` is the long run of kills: `shim.c` and `shim.py` stop a process at its n-th write,
`forks.py` starts processes fast, `lives.py` and `rebuilt.py` say what they do and look whether
anything acknowledged is missing. `damage.py` flips bytes and cuts files.
"""
