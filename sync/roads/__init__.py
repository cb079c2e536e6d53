"""Roads: what carries a conversation. `http.py` is the one over the network."""
