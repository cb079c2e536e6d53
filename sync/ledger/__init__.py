"""The ledger: the one engine over SQLite that laptops and servers run.

It never loses an edit, never applies a commit before its parents, and never decides by a clock.
Read `ledger.py` (the one object), `edits.py` (typing and sealing), `apply.py` (commits to state),
`receive.py` (a server's judgement), `take.py` and `refuse.py` (what a laptop does with it; whose
author had seen what is in `seen.py`),
`feed.py`, `outbox.py` and `settle.py` (an exchange), `database.py` (one writer, migrations) on
`connector.py` (plain or encrypted). What a damaged or deleted file is made whole with:
`soundfile.py` (is it damaged), `identity.py` (whose it was), `salvage.py` (what is left in it),
`refill.py` and `replacing.py` (a new one in its place).
"""
