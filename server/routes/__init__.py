"""What the server answers over HTTP to programs.

`sync_route.py` takes what laptops bring; `health_route.py` says whether all is well. `api.py` lists
`/api/v1`: `totals_route.py`, `data_routes.py` and `definition_routes.py` read, with what they share:
`description.py` is what each says of itself, `conditional.py` answers what a program has already,
`answers.py` writes rows, `caller.py` and `reach.py` know the key that calls, `pace.py` how often.

`access.py` says who may call what: a route that names nobody is called by nobody. `refusals.py` is
the one shape of an error; `envelope.py` adds the headers that every answer carries and logs it.
"""
