"""Hierarchies that come in as files.

`snapshot` reads a file into a `Snapshot` or refuses it with every faulty row; `diff` compares a
tree with a snapshot and proposes dated changes by kind, with `matching` to tell which place is
which and `names` for the words that place names end in; `shipped` holds Guangdong's own files.
"""
