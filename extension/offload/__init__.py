"""Cells of a live kernel that run on the cluster, with its values, and give back what they bind.

    effects.py      what a cell does to names, as its text says
    capture.py      what it needs of the kernel: values to send, definitions to replay
    definitions.py  functions and classes that were written in this kernel, and what they keep
    likeness.py     code that makes something like a value, for the compiler
    known.py        which of the kernel's values lie in a store already
    remote.py       the cell on the cluster, and what comes back of it
    refill.py       an object of this kernel becomes what its copy became elsewhere
    widgets.py      widgets of the cell, made again here

`magics.py` has the cell magic that begins it.
"""
