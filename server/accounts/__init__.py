"""Who may sign in to this server, and which programs may read from it.

`passwords.py` makes and proves passwords; `people.py` keeps accounts beside the commits that name
a person and say what that person may do; `grants.py` files those; `tokens.py` is for programs.
"""
