"""What whoever looks after a server sees and does: the pages under `/admin`.

`shell.py` is the line of sections around them. `device_pages.py` shows what `devices.py` lists and
`inviting.py` invites; `hierarchy_pages.py` changes places (`placing.py`) and takes files of them in;
`catalogue_pages.py` does so with packs (`editions.py`). `server_pages.py` is about the machine:
`backups.py`, `verifying.py` in a process of its own, `health.py`. `audit_pages.py` searches commits
(`audit.py`, in words by `saying.py`, one by one in `committed.py`) and sign-ins (`signins.py`).

What takes its time is a task of the running server (`tasks.py`); what is uploaded waits in
`uploads.py` until somebody says that it be taken in. `metrics.py` counts for monitors, which
`metrics_route.py` tells.
"""
