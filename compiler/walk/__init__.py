"""Walks the notebook abstractly, the way one kernel would run it.

    machine.py          where the walk stands, and what every part of it asks for
    heap.py             abstract objects: what a name may stand for, and what those objects may hold
    frames.py           where names live while a function, class or comprehension is interpreted
    namespace.py        the notebook's global names at one point of the walk, with branches
    records.py          what the walk notes down for the linker to use
    findings.py         collects what the walk finds wrong with the notebook, and words it
    statements.py       what statements mean: binding, branching, looping, defining, importing
    targets.py          what binding to a target means: names, tuples, attributes, items, slices
    expressions.py      what expressions mean: which objects they hand on, read, make or change
    iteration.py        what going over a value hands out, calls and uses up
    calls.py            what a call means: of notebook code, of a library, of a method
    arguments.py        what a call hands over
    functions.py        notebook functions: making and calling them, consuming their generators
    classes.py          notebook classes: making them, their instances and attributes
    protocols.py        methods of notebook classes that operators, comparisons and builtins call
    dynamic.py          code in strings, and names that are looked up by computed strings
    shell.py            what magics and shell commands mean, as calls of `get_ipython()`
    parameter_cells.py  parameters of the pipeline, read from the cells tagged `parameters`
    replay.py           which statements a unit may run again, and their source as fragments
    holders.py          who holds an object: names, and other objects
    tracked.py          state that outlives a cell of the notebook, and notes which cells look at it

`machine.py` is where to begin. What it meets of other people's code is in `library/`.
"""
