"""Forms as workbooks: out filled, in again with a look before anything is written.

`filled.py` gathers what a form of a place holds, `writing.py` makes a workbook of it, `key.py` is the
hidden sheet that says what each cell was and which versions it showed. On the way in `opening.py`
keeps hostile files out and has `reader.py` read the rest in a process of its own, `reading.py` finds
the cells, `planning.py` says what would come of them and `taking.py` writes what passes. Pages:
`forms_pages.py`, `import_pages.py`.
"""
