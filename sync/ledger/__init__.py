"""The engine over SQLite that laptops and servers share: see `ledger.py`, then `apply.py`."""
