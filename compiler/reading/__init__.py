"""From the bytes of a notebook to checked cells with stable ids.

    document.py  bytes of a JSON document to its value, strictly
    notebook.py  a notebook as the compiler sees it: checked cells with stable ids
    cell_ids.py  ids for cells that lack a usable one: the same notebook always gets the same ids
    language.py  the language a notebook is written in, as its metadata says
    reader.py    reads one notebook time and again: cells that are as they were are known
    garbage.py   Python's collector of reference cycles, and when it is not wanted

Nothing here knows of tags or steps.
"""
