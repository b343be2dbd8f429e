"""Runs plans on Ray.

    store = Store.beside(notebook_path)
    run = submit(store, plan, notebook_path=notebook_path)   # launch.py: returns at once
    run.tail().read(), run.summary(), run.request_cancel()   # store.py

A run is led by a process of its own (`driver.py`), which asks a state machine without I/O
(`flow/`) what to do, writes what happened to the run's log (`log.py`,
`events.py`), and lets a cluster (`cluster/`) execute the units (`unit/`). Only the driver, the
cluster's keeper and Ray's workers import Ray.
"""
