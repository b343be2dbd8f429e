"""One unit: one attempt of one step, as a notebook that papermill executes inside a Ray task.

    spec.py          what a unit is told, as plain values
    attempt.py       executes it, and says how it ended
    batches.py       its reports on their way to the driver
    engine.py        the papermill engine
    execution.py     a notebook on a kernel of its own, and the story of it
    cells.py         the cells of a notebook while they run
    outputs.py       what a cell has written, and the operations that lead there
    streamtext.py    printed text with carriage returns, as a terminal shows it
    whole_output.py  the whole output of a cell that wrote more than is shown
    widgets.py       the state of widgets, kept in the notebook
    verdicts.py      why an execution did not reach its end
    explain.py       how the unit ended, in words

In the kernel itself:

    step.py          loads what the step needs and saves what it gives
    condition.py     whether its condition holds
    items.py         the items of a list that it runs once for each of
    random_state.py  the states of random generators, as values that travel

Importing the package imports none of them: a kernel starts in milliseconds.
"""
