"""What a step was seen to read, ask and write, and the local modules it imported.

    hook.py       the audit hook: notes what Python code opens, moves, lists and removes
    doors.py      what compiled readers are given, where Python calls them
    questions.py  what the user's code asks about files without opening them
    variables.py  which environment variables it reads
    ledger.py     who is about to write which file, of all runs
    callers.py    on whose account something is asked
    forks.py      what forks of the kernel tell it
    named.py      file names in cells and commands: for what is opened where no hook is called
    scope.py      which paths are the user's, and how they are called in a manifest
    sighting.py   one file, from when it was first seen
    contents.py   what a file or a folder holds, as a digest
    unwritten.py  what was written and is still held back in memory
    modules.py    the local modules that are loaded
    watch.py      observing one unit, from its header cell to the end of its kernel
    copies.py     copies of written files in the store
    report.py     all of it as the manifest says it

`hook.py` to `report.py` run in the user's kernel; `contents.state` also where a record is compared
with what is there now. Importing any of it must stay cheap.

Not seen: files that compiled code without such a door opens by itself (HDF5, DuckDB, Polars) and
files that other processes open, unless a cell or a command spells their names.
"""
