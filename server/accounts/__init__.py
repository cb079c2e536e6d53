"""Who may sign in to this server, and which programs may read from it.

`signing_in.py` turns a login and a password into a session (`sessions.py`), after `trying.py` has
counted the try; `second_factor.py` asks for a code, `service.py` and `services.py` for the word of the
office's sign-in service; `owing.py` says what is still asked for, `events.py` keeps the book of it all.
`people.py` keeps accounts beside the commits that name a person, `grants.py` what they may do;
`scope.py` says whom an administrator looks after, `helping.py` what is done for them. `tokens.py` is
for programs.
"""
