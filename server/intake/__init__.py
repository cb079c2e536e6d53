"""Intake: requests queue up, and many of them are answered by one durable transaction.

`queue.py` gathers and commits, `answer.py` says what is done with each request.
"""
