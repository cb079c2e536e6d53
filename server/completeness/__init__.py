"""Who has still to report, how far figures are reviewed, and how forms go out with due days.

`coverage.py` says of a figure how far what it stands on is reviewed. All of it is work to do:
nothing here sorts or marks places by how well they do.
"""
