"""The server: takes in what laptops bring, sums it up, answers those who ask.

`commands/` is the way in for whoever keeps one, `app.py` for whoever calls it over HTTP. `founding.py`
makes a server, `store.py` opens its ledger, `filing.py` files in it as the server's own device,
`running.py` runs it. By subject: `intake/` answers what laptops send, `devices/` enrols them,
`accounts/` knows who may do what, `places/` and `catalogue/` take in definitions, `rollup/` keeps the
sums, `exchange/` imports and exports, `routes/` are the HTTP routes.

It never imports `field_client`: both stand on `sync`.
"""
