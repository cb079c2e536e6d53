"""Values from other systems, laid before the officers as what they may confirm.

`owners.py` says whose indicators are whose, `rows.py` reads a body or a file, `taking.py` files what
is good and reports on the rest (`report.py`), `reports.py` keeps the reports.
`prefill_pages.py` is for people, `server/routes/prefill_route.py` for programs.
"""
