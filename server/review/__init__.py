"""Review: how far every form has come, what needs a reviewer's eyes, and what a reviewer decides.

`standings.py` reads how far forms are; `keeping.py` is the hook that keeps that in every
transaction, with the counts of each place and all above it, and `folding.py` makes it anew and
compares. `attention.py` looks, after acceptance, for what needs eyes by the rules of `reasons.py`,
against the places of `peers.py`; `saying.py` puts it in words and `queue.py` reads it in order.
`formstate.py` is one form at one moment, `deciding.py` what may be done with it and doing it,
`undoing.py` taking that back. `queue_pages.py` and `form_pages.py` are the pages, with `form_view.py`,
`asking.py` and `phrases.py` behind them.
"""
