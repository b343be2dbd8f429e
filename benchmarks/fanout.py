"""Many steps at once, and many that are reused: `python benchmarks/fanout.py [--quick]`.

Bars: a run of 1,000 reused steps ends within 2 s; the driver's memory does not grow with the steps.
"""

from __future__ import annotations

from pathlib import Path

import pipelines
import psutil
import results
from options import Options
from series import Series

from nbprism.runner.events import RunStarted
from nbprism.runner.store import RunFolder

WIDTH = 100
MANY = 1_000
QUICK_MANY = 100
MB = 2**20


def fan(steps: int) -> list[tuple[str, str]]:
    """Return steps that all take what the first makes."""
    return [("step:first", "x = 1"), *((f"step:s{n}", f"y{n} = x + {n}") for n in range(steps - 1))]


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    many = QUICK_MANY if options.quick else MANY
    with pipelines.workplace() as folder:
        wide = pipelines.write(folder / "wide.ipynb", fan(WIDTH))
        pipelines.took(pipelines.write(folder / "warm.ipynb", fan(2)))
        rows = [_row(f"{WIDTH} steps, all run", wide, options.repeats, cache=False)]
        large = pipelines.write(folder / "large.ipynb", fan(many))
        rows.append(_row(f"{many:,} steps, for the first time", large, 1, cache=True))
        rows.append(_row(f"{many:,} steps, all reused", large, options.repeats, cache=True))
    results.write(
        "fanout.py", "Fan-out",
        results.table(("run", "seconds", "ms per step", "driver's memory then, MB"), rows),
        quick=options.quick,
    )  # fmt: skip


def _row(name: str, notebook: Path, repeats: int, *, cache: bool) -> tuple[str, str, str, str]:
    times, held = Series(), Series()
    for _ in range(repeats):
        times.times.append(pipelines.took(notebook, cache=cache))
        held.times.append(_memory(pipelines.latest(notebook)))
    steps = len(pipelines.latest(notebook).plan().units)
    return (
        name, times.shown(unit_s=1, digits=2), f"{times.median / steps * 1000:.0f}",
        held.shown(unit_s=MB),
    )  # fmt: skip


def _memory(run: RunFolder) -> float:
    """Return what the driver of a run holds alone; it stands by after its end."""
    started = next(event for event in run.events() if isinstance(event, RunStarted))
    return psutil.Process(started.driver_pid).memory_full_info().uss


if __name__ == "__main__":
    main()
