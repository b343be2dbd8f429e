"""What to do next in a run: a state machine without I/O.

    commands.py  what the driver tells it, and what it asks the driver to do
    decide.py    `decide(state, command) -> (events, effects)`
    state.py     the state of a run, and how each event changes it
    steps.py     the steps of a run by name, as a value
    rules.py     what a plan says about each step's place in a run
    scope.py     what of a plan the run was asked for
    waits.py     what keeps a step waiting
    foreach.py   the part of `decide` for a step that runs once for each item of a list
    children.py  the names of the units of such a step
    units.py     the units of a run by name, those of items too
    again.py     the part of `decide` for steps whose result does not count any more
    endings.py   which step made a run fail, and why
    reports.py   what a unit reports, as commands

The driver performs what it decides; what happened is the log (`runner/events.py`).
"""
