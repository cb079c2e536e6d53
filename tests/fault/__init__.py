"""Real faults on real processes and files.

`kills.py` is the long run of kills: `shim.c` and `shim.py` stop a process at its n-th write,
`forks.py` starts processes fast, `lives.py`, `enrolled.py` and `rebuilt.py` say what they do and look
whether anything acknowledged is missing. `flips.py` damages files (`damage.py`) and tries the commands on
them. `full.py` fills disks. `road.py` is a network that cuts, slows and garbles.
"""
