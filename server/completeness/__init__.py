"""Who has still to report, how far figures are reviewed, and how forms go out with due days.

`coverage.py` says of a figure how far what it stands on is reviewed. `outstanding.py` lists who has
still to hand a form in, with what is blank (`blank.py`), and `listing.py` writes that to a file.
`costing.py` says what a form takes before it goes out, `releasing.py` which release holds where.
`gathering.py` finds what people owe, `reminding.py` decides purely who is reminded of what and when,
`mailing.py` words and sends it, `runner.py` does so now and then. The pages are
`completeness_pages.py`, `listing_pages.py`, `release_pages.py` and `reminder_pages.py`; `asking.py`
reads their addresses.

All of it is work to do: nothing here sorts or marks places by how well they do.
"""
