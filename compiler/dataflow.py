"""Which step needs what from which: the public door of the data-flow analysis.

cells -> machine (walks the notebook) -> linker (follows demands) -> assembly (frozen values)
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbprism.compiler import calls, statements
from nbprism.compiler.assembly import edges_of, step_flows
from nbprism.compiler.flow import CodeCell, Flow, Fragment, StepFlow
from nbprism.compiler.linker import Linker
from nbprism.compiler.machine import Machine
from nbprism.compiler.magics import is_deep, parse_cell
from nbprism.compiler.metrics import metric_names
from nbprism.compiler.parameter_cells import read_parameters
from nbprism.compiler.recent import kept_while_recent
from nbprism.compiler.report import report
from nbprism.compiler.setup import is_setup

__all__ = ["CodeCell", "Flow", "Fragment", "StepFlow", "infer", "is_setup", "normalised"]
_MEANINGS = (calls, statements)  # imported for what they register


@kept_while_recent
def normalised(source: str) -> str:
    """Return the cell's code without comments and formatting, or its text if it is not Python."""
    tree = parse_cell(source).tree
    return source if tree is None or is_deep(tree) else ast.unparse(tree)


def infer(cells: Sequence[CodeCell]) -> Flow:
    """Return what every step takes, gives and replays, the edges with reasons, and findings."""
    machine = Machine()
    for cell in sorted(cells, key=lambda cell: cell.index):
        machine.walk(cell)
        if cell.role == "metrics" and machine.activity is not None:
            machine.activity.metrics.update(dict.fromkeys(metric_names(cell.source)))
    order = tuple(machine.activities)
    linker = Linker(machine.activities, machine.configuration, machine.heap.altered())
    linker.run()
    parameters = read_parameters(machine.top, machine.findings)
    diagnostics = report(machine, linker, parameters)
    return Flow(step_flows(linker, order), edges_of(linker, order), diagnostics, parameters)
