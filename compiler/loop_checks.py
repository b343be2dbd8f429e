"""Rules about steps that run once for each item of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.flow import Flow, StepFlow
from nbprism.compiler.settings.cells import is_foreach
from nbprism.compiler.settings.loops import Loop
from nbprism.compiler.settings.step import StepSettings
from nbprism.compiler.walk.library.random_state import is_hidden


def loop_findings(flow: Flow, settings: Mapping[str, StepSettings]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the steps that run once for each item of a list."""
    # A name that nothing above binds is told of as such.
    unbound = {finding.step for finding in flow.diagnostics if is_foreach(finding.cell or "")}
    for step in flow.steps:
        asked = settings.get(step.name)
        if asked is not None and asked.foreach is not None and step.name not in unbound:
            yield from _findings(step, asked, asked.foreach)


def _findings(flow: StepFlow, asked: StepSettings, over: Loop) -> Iterator[Diagnostic]:
    taken = {item.name for item in (*flow.inputs, *flow.carried)}
    if over.name not in taken and over.name not in flow.parameters:
        yield _wrong(
            flow, f"goes over `{over.name}`, which no step above makes and which is no parameter",
            f"Tag the cell that makes `{over.name}` as a step (`step:NAME`) or as `parameters`: "
            "a run must know how many items there are.",
        )  # fmt: skip
    if asked.when is not None:
        yield _wrong(
            flow, "has both `foreach` and `when`",
            "Put the condition on a step before it, or an `if` into its cells.",
        )  # fmt: skip
    for name in flow.outputs:
        if name in taken and not is_hidden(name):
            yield _wrong(
                flow, f"changes `{name}`, and each of its items would make another version of it",
                f"Give what it computes for an item a name of its own: later steps get all of them "
                f"as a list. Do not change `{name}` in it.",
            )  # fmt: skip


def _wrong(flow: StepFlow, what: str, hint: str) -> Diagnostic:
    return Diagnostic("foreach-invalid", "error", f"Step `{flow.name}` {what}.", hint, flow.name)
