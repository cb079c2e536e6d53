"""Anyone can check: `reader.py` reads a ledger without this software and folds it by the rules."""
