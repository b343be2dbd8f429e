"""What the text of a cell says, before anybody asks what it means.

    magics.py        the IPython layer: a cell's text as a Python syntax tree
    same_code.py     whether two syntax trees are the same code, wherever in their cells they stand
    normalised.py    code without comments and formatting
    packages.py      which packages a piece of code imports, by the name it imports them under
    imports.py       which names `from module import *` binds
    scripts.py       files beside the notebook whose code runs in it: `%run other.py` and the like
    side_effects.py  what a cell does besides giving names values: shows, writes, calls, asks
    outside.py       what a cell does outside the notebook that no path tells: commands, processes
    metrics.py       names whose scalars become metrics
    recent.py        results for recent sources, kept while they fit into so many characters

Nothing here knows of steps, or of what a walk finds; an import rule keeps it so.
"""
