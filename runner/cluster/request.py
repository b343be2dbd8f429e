"""What a step asks a cluster for, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nbprism.compiler.plan import Plan
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.cluster.capacity import GB


def requests_of(plan: Plan) -> Mapping[str, str]:
    """Return, for each step of a plan, what it waits for while it is queued."""
    return {unit.step: ", ".join(_parts(unit.settings)) for unit in plan.units}


def _parts(settings: StepSettings) -> Iterator[str]:
    if settings.cpus:
        yield f"{settings.cpus:g} CPU{'s' * (settings.cpus > 1)}"
    if settings.gpus:
        kind = f" {settings.accelerator_type}" if settings.accelerator_type else ""
        yield f"{settings.gpus:g}{kind} GPU{'s' * (settings.gpus > 1)}"
    elif settings.accelerator_type:
        yield f"a node with {settings.accelerator_type}"
    if settings.memory:
        yield f"{settings.memory / GB:.3g} GB of memory"
    yield from (f"{amount:g} {name}" for name, amount in settings.resources.items() if amount)
