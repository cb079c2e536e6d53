"""Who has still to report, how far figures are reviewed, and how forms go out with due days.

`coverage.py` says of a figure how far what it stands on is reviewed; `outstanding.py` lists who has
still to hand a form in, `costing.py` what a form takes before it goes out, `releasing.py` the
releases that hold at a place. `reminding.py` decides who is reminded of what and when, purely;
`mailing.py` and `runner.py` send it. The pages are `completeness_pages.py`, `release_pages.py` and
`reminder_pages.py`. All of it is work to do: nothing here sorts or marks places by how well they do.
"""
