"""`tianji bundle …`: the road by USB stick, for whichever folder it is called on.

`command.py` looks whether a folder is a laptop's or a server's, and does what that one does.
"""
