"""Checks run again at the server, since merging can bring together what nobody saw side by side.

`due.py` notes, in the transaction that accepts values, which places are to be checked; `running.py`
checks them afterwards, so that intake never waits; `surroundings.py` answers what a check asks about
the hierarchy and the neighbours. What is found lies in the table `finding`: it flags a value and
never refuses it. `listing.py` reads it for people, with how many places are still to be checked.
"""
