"""Remembers the walk of every cell, so that an edit has only what it reaches walked again.

    visits.py      one walk of one cell: what it looked at, what it left behind, and what it found
    past.py        what objects held at earlier points of the notebook
    stretch.py     visits of neighbouring cells, done and undone at once
    below.py       the visits that stood below an edit, in their order
    drift.py       what differs, at one point of a walk, from the walk before
    reach.py       what values lead to at the end of the notebook
    activities.py  what each step did: what its cells did, in notebook order

`history.py` beside this room decides what is walked again; why it is so is in ADR 9.
"""
