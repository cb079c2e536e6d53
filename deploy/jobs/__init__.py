"""Jobs that run by themselves: what is due when, one run at a time, with a history and an alarm.

`config.py` reads a file of jobs (`server.toml` and `laptop.toml` are examples); `planning.py`
decides purely which runs are due at a moment, by the history and a trigger; `history.py` keeps every
run in a small database; `running.py` carries one run out as a command of its own, within its time,
tried again where it failed; `alarming.py` tells somebody when a job keeps failing; `metrics.py` writes
how they stand for monitors; `command.py` is `tianji jobs …`.
"""
