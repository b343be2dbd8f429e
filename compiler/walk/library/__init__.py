"""What is known of other people's code.

tables.py        small tables, by method name and by dotted path
callables.py     what calling a function or class of a library, or a builtin, means
methods.py       what calling a method of something that is no notebook code means
iterators.py     lazy iterators over others: using up one uses up the other
generators.py    random generators of one's own: drawing from one changes it, whoever draws
streams.py       streams in memory: whoever is handed one reads on from it or writes into it
random_state.py  random generators that live in a module, as `random` has one
windows.py       windows: parts of frames, and what looks into the memory of another object
drawings.py      figures and axes: a whole drawing is one object
paths.py         file paths that the notebook spells out: constants, `Path` objects, joins
files.py         which file paths a step writes and reads
"""
