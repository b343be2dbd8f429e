"""The digits example against one kernel: `python benchmarks/overhead.py [--quick]`.

Bar: on two cores the pipeline beats the same notebook run top to bottom in one kernel. The critical
path is what the steps would take with as many cores as they like and nothing in between.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pipelines
import results
from nbclient import NotebookClient
from options import Options
from series import Series, seconds

from nbprism.compiler import compile_notebook, read_notebook
from nbprism.runner.store import RunFolder

EXAMPLE = Path(__file__).parents[1] / "examples" / "digits.ipynb"


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    whole, single, critical = Series(), Series(), Series()
    with pipelines.workplace() as folder:
        notebook = folder / EXAMPLE.name
        shutil.copy(EXAMPLE, notebook)
        pipelines.took(notebook)
        for _ in range(options.repeats):
            whole.times.append(pipelines.took(notebook))
            critical.times.append(_critical(pipelines.latest(notebook), notebook))
            single.times.append(_in_one_kernel(notebook))
    rows = [
        (name, series.shown(unit_s=1, digits=2), f"{single.median / series.median:.2f}")
        for name, series in (
            ("one kernel, `nbclient`", single), ("pipeline, warm", whole),
            ("critical path", critical),
        )
    ]  # fmt: skip
    results.write(
        "overhead.py", "The digits example, seconds",
        results.table(("how", "time", "times faster than one kernel"), rows), quick=options.quick,
    )  # fmt: skip


def _in_one_kernel(notebook: Path) -> float:
    document = nbformat.read(notebook, as_version=4)
    client = NotebookClient(document, resources={"metadata": {"path": str(notebook.parent)}})
    return seconds(client.execute)


def _critical(run: RunFolder, notebook: Path) -> float:
    """Return the longest way through the steps, each with the time it took."""
    steps = run.summary()["steps"]
    pipeline = compile_notebook(read_notebook(notebook))
    ends: dict[str, float] = {}
    for step in pipeline.steps:
        needs = [edge.source for edge in pipeline.edges if edge.target == step.name]
        began = max((ends[need] for need in needs), default=0.0)
        ends[step.name] = began + (steps[step.name]["duration_s"] or 0.0)
    return max(ends.values())


if __name__ == "__main__":
    main()
