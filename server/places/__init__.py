"""Hierarchies that come in as files.

`snapshot` reads a file into a `Snapshot` or refuses it with every faulty row; `diff` compares a
tree with a snapshot and proposes dated changes by kind: `matching` tells which place is which,
`names` knows the words that place names end in, `moves` tells mergers and splits; `shipped` holds
Guangdong's own files.
"""
