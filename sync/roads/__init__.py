"""Roads: what carries a conversation between two replicas.

A road adds nothing to what is said and decides nothing. `http.py` is the road over the network.
"""
