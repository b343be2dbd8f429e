"""What is known of other people's code.

    tables.py          small tables, by method name and by dotted path
    callables.py       what calling a function or class of a library, or a builtin, means
    methods.py         what calling a method of something that is no notebook code means
    lazy.py            what `map`, `zip` and their like make
    iterators.py       lazy iterators over others: using up one uses up the other
    generators.py      random generators of one's own: drawing from one changes it, whoever draws
    streams.py         streams in memory: whoever is handed one reads on from it or writes into it
    random_state.py    random generators that live in a module, as `random` has one
    cells.py           cells of frames: what a column hands out, lists as well as numbers
    windows.py         windows: parts of frames, and what looks into the memory of another object
    accessors.py       accessors that the notebook gives frames
    drawings.py        figures and axes: a whole drawing is one object
    drawing_tables.py  which functions and methods of other people's code draw
    paths.py           texts that the notebook spells out, in part at least; `Path` objects of them
    files.py           which file paths a step writes and reads
    file_tables.py     which functions and methods of other people's code read and write files

What is missing is most often one word in a table.
"""
