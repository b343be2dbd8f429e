"""What every cell counts as: one of a step's, setup, parameters, or left out.

    tags.py         the tag grammar: what a cell's tags make of it
    step_names.py   what a step may be called: the grammar, and the names that are taken
    steps.py        cells to steps: what every cell of a notebook counts as
    setup.py        whether a cell only imports, defines or configures
    setup_lines.py  which lines of a setup cell run once, and which every unit may run again
    headings.py     headings of text cells, and the step names they suggest
    cell_kinds.py   what a cell seems to be for, by its words: to propose tags, never to run
    sections.py     runs of cells that would make good steps

Where no tag says it, the text of the cell decides.
"""
