"""`tianji field run`: the pages where a village officer works, on 127.0.0.1 and nowhere else.

Read `app.py` (which parts make the application), `station.py` (the open laptop and who sits at
it), `session.py` (how a browser gets in, and what a page demands) and `rendering.py` (how a page is
made); then one file a family of pages. `seating.py` knows who is unlocked where; `errand_routes.py`
does what other commands of the laptop ask for. What a page shows and does is decided by the modules of
`field_client/` above: a page reads, renders, and hands on what was typed.
"""
