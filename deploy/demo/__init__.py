"""The main job, played through: a real server, real laptops, real HTTP, and whatever goes wrong.

In which order to read: `command.py` is `tianji demo`; `story.py` is what happens, quarter by
quarter; `cast.py` chooses the villages and `trouble.py` who gets into which trouble; `figures.py`
makes up what they report, in `times.py`'s own calendar; `laptop.py` is one village's laptop with
its officer, `station.py` the server, `network.py` the bad road between them. Everything that is
typed goes into `diary.py`; at the end `inspection.py` and `replicas.py` look for all of it in the
ledgers, and `summary.py` says whether it is so.
"""
