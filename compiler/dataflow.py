"""Which step needs what from which: the public door of the data-flow analysis.

cells -> machine (walks the notebook) -> linker (follows demands) -> assembly (frozen values)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import CodeCell, Flow
from nbprism.compiler.history import History
from nbprism.compiler.incremental.past import Past
from nbprism.compiler.incremental.visits import Visit
from nbprism.compiler.linking.linker import Linker
from nbprism.compiler.linking.report import report
from nbprism.compiler.walk import calls, statements
from nbprism.compiler.walk.findings import Findings, Vocabulary
from nbprism.compiler.walk.heap import Obj
from nbprism.compiler.walk.parameter_cells import read_parameters

_MEANINGS = (calls, statements)  # imported for what they register


def infer(cells: Sequence[CodeCell], history: History | None = None) -> Flow:
    """Return what every step takes, gives and replays, the edges with reasons, and findings.

    Args:
        cells: the code cells, in any order.
        history: what is remembered of this notebook; it never changes the result.
    """
    history = History() if history is None else history
    ordered = sorted(cells, key=lambda cell: cell.index)
    flow = history.recall(ordered)
    if flow is None:
        flow = _inferred(ordered, history)
        history.result = (ordered, flow)
    return flow


def _inferred(cells: Sequence[CodeCell], history: History) -> Flow:
    visits = history.walk(cells)
    activities = history.activities.of(visits)
    configuration = [statement for visit in visits for statement in visit.configuration]
    linker = Linker(
        activities, configuration, _altered(visits), Past(visits), history.reach, history.quiet
    )
    linker.run()
    top = [statement for visit in visits for statement in visit.statements]
    findings = Findings()
    parameters = read_parameters(top, findings)
    found = [*_findings(visits, history), *findings.diagnostics]
    diagnostics = report(top, linker, parameters, found)
    steps, edges = history.assembly.of(linker, tuple(activities))
    return Flow(steps, edges, diagnostics, parameters)


def _altered(visits: Iterable[Visit]) -> frozenset[Obj]:
    """Return the classes and functions that were changed after they were defined."""
    return frozenset(obj for visit in visits for obj in visit.altered if obj.state.altered)


def _findings(visits: Sequence[Visit], history: History) -> Iterator[Diagnostic]:
    words = Vocabulary(history.versions)
    # Which names are bound where is asked for names that are not.
    asked = any([visit.findings.unbounds for visit in visits])
    for visit in visits:
        if visit.findings:
            yield from visit.findings.settled(words)
        if asked:
            words.pass_by(visit.names.changes)
