"""The county's desk: what all pages of a server share; each domain folder brings its own pages.

`viewer.py` is the one place that decides who may see and do what where; `access.py` is the guard
that asks it before any handler runs. `acting.py` files what a person does on a page as signed,
judged, accepted commits; `reading.py` gives a page one moment of the books on a connection of its
own. `station.py` is the running server under the pages, `rendering.py` makes a page, `live.py` tells
open pages what changed, `choosing.py` says which places a form offers, and `site.py` lists the pages
of all domains.
"""
