"""What a laptop's pages and a server's pages share: templates, style, browser modules, words.

Pages are rendered on the machine that serves them and need nothing from anywhere else. Read
`environment.py` (how a template becomes a page in a language), `formats.py` (numbers, dates and
periods as people write them), `figures.py` (figures, rounded, or why there is none), `assets.py`
(what a browser loads), `safety.py` (what every answer carries, and which requests are turned away)
and `serving.py` (a socket, the application, a graceful end). `picker.py` finds a place among
thousands by name, letters or code; `trend.py` makes a chart of figures. `templates/` and `static/`
hold the rest. Nothing here knows a ledger, a laptop or a server.
"""
