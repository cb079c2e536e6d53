"""What the server answers over HTTP.

`sync_route.py` takes what laptops bring; `totals_route.py` gives programs the figures;
`health_route.py` says whether all is well. `access.py` says who may call what: a route that names
nobody is called by nobody. `refusals.py` is the one shape of an error; `envelope.py` adds the
headers that every answer carries and logs it.
"""
