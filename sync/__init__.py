"""What a laptop and a server share: the pure core of Tianji, and the engine, roads and texts on it.

The core decides and never does: no input or output, no clock, no chance. Read it in this order:
`value.py` and `quantity.py` (what is recorded), `period.py` and `places.py` (for when and where),
`commit.py` (how it is sealed), `history.py` (what a place's commits fold to), `grants.py` and
`receipt.py` (who may, and a server's word), `wire.py` and `conversation.py` (how two replicas come
to agree), `catalogue.py`, `formula.py` and `checks.py` (what figures mean).

`ledger/` keeps all of it in SQLite, `roads/` carries it, `texts/` says it in three languages, and
`cli/` is the command line's frame. Nothing here knows `field_client` or `server`.
"""
