"""The laptop's program for machines without Python, and what installs it.

`build.py` makes a folder with PyInstaller (`tianji.spec`, which starts `start.py`) or a wheelhouse;
`sync-task.xml` is the Task Scheduler's file, and `WINDOWS.md` tells the steps.
"""
