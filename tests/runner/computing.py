"""Units that compute without a kernel: real archives, manifests and executed units, no Ray."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbprism.compiler.fingerprint import CodeParts, unit_fingerprint
from nbprism.compiler.plan import Plan, Unit
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner import layout
from nbprism.runner.artifacts import parcel
from nbprism.runner.cluster.fake import FakeCluster
from nbprism.runner.cluster.port import Joined, Report
from nbprism.runner.driver import lead
from nbprism.runner.executed import assemble
from nbprism.runner.manifests import told_outputs
from nbprism.runner.observed import contents, copies
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.store import RunFolder, Store
from nbprism.runner.unit.spec import UnitSpec

Compute = Callable[[Mapping[str, Any], Path], Any]
"""Takes the step's inputs and its working directory, gives the value of its output."""


@dataclass(frozen=True)
class StepOf:
    """A step of a notebook that is made up: what it needs, its code, and what that does."""

    needs: str = ""
    code: str = "x = 1"
    compute: Compute = lambda inputs, folder: sum(inputs.values()) + 1
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    setup: str = ""
    settings: StepSettings = field(default_factory=StepSettings)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cell: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    fails: bool = False


Made = Mapping[str, StepOf]


def plan_of(steps: Made) -> Plan:
    """Return the plan of such a notebook; step `a` has cell `a-cell` and gives `a_value`."""
    cells = [_cell("setup", ""), *(_cell(_cell_id(n, s), s.code) for n, s in steps.items())]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    units = tuple(_unit(name, step) for name, step in steps.items())
    parameters = {k: v for step in steps.values() for k, v in step.parameters.items()}
    return Plan("made", parameters, units, notebook)


def _cell_id(name: str, step: StepOf) -> str:
    return step.cell or f"{name}-cell"


def _cell(cell: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": cell, "source": source, "metadata": {}, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def _unit(name: str, step: StepOf) -> Unit:
    parts = CodeParts(
        cells=((_cell_id(name, step), step.code),),
        setup=(("setup", step.setup),) if step.setup else (),
        settings={
            "env_vars": dict(step.settings.env_vars),
            "cache": step.settings.cache if isinstance(step.settings.cache, str) else None,
        },
        packages=step.packages,
    )
    code = json.dumps([name, [text for _, text in (*parts.cells, *parts.setup)], parts.settings])
    needs = tuple(step.needs.split())
    return Unit(
        step=name,
        cells=(_cell_id(name, step),),
        needs=needs,
        inputs={f"{need}_value": need for need in needs if need not in step.settings.after},
        outputs=(f"{name}_value",),
        metrics=tuple(step.metrics),
        parameters=step.parameters,
        settings=step.settings,
        fingerprint=unit_fingerprint(code, step.parameters),
        notebook={"cells": [_cell(_cell_id(name, step), step.code)], "metadata": {},
                  "nbformat": 4, "nbformat_minor": 5},
        parts=parts,
    )  # fmt: skip


class Workshop:
    """Runs such notebooks in one store, and remembers which steps were computed."""

    def __init__(self, folder: Path, bucket: str | None = None) -> None:
        self.folder = folder
        self.bucket = bucket
        self.store = Store(folder / ".nbprism")
        self.notebook = folder / "made.ipynb"
        self.computed: list[str] = []
        self.joined = 0
        self.before_unit: Callable[[str], None] = lambda step: None
        self.after_unit: Callable[[str], None] = lambda step: None

    def run(self, steps: Made, options: RunOptions = USUAL) -> RunFolder:
        """Run the notebook to its end, and keep in `computed` the steps that ran."""
        run = self.submit(steps, options)
        self.computed = []
        self.lead(run, steps)
        return run

    def submit(self, steps: Made, options: RunOptions = USUAL) -> RunFolder:
        return self.store.create_run(plan_of(steps), notebook_path=self.notebook, options=options)

    def lead(self, run: RunFolder, steps: Made) -> None:
        lead(run, _Counting(self, steps), assemble)

    def states(self, run: RunFolder) -> dict[str, str]:
        return {name: step["state"] for name, step in run.summary()["steps"].items()}

    def value(self, run: RunFolder, step: str) -> Any:
        entries = json.loads(run.manifest_path(step).read_bytes())["outputs"]
        return parcel.unpack(self.store.root, entries, {})[f"{step}_value"]

    def execute(self, spec: UnitSpec, steps: Made) -> Iterator[list[Report]]:
        """Do what a unit does."""
        step, cell = steps[spec.step], _cell_id(spec.step, steps[spec.step])
        yield [{"kind": "unit-started", "pid": os.getpid(), "node": "here"}]
        self.computed.append(spec.step)
        self.before_unit(spec.step)
        if step.fails:
            error = {"code": "cell-failed", "ename": "ValueError", "evalue": "boom", "cell": cell}
            yield [{"kind": "unit-failed", "error": error, "duration_s": 0.1}]
            return
        manifest = self._publish(spec, step)
        self.after_unit(spec.step)
        yield [{"kind": "cell-started", "cell": cell}]
        yield [
            {"kind": "cell-output", "cell": cell, "ops": [{"op": "append", "output": _shown(spec)}]}
        ]
        yield [
            {
                "kind": "unit-succeeded",
                "outputs": told_outputs(manifest),
                "metrics": manifest["metrics"],
                "duration_s": 2.0,
            }
        ]

    def _publish(self, spec: UnitSpec, step: StepOf) -> dict[str, Any]:
        folder, store = Path(spec.cwd), Path(spec.store)
        run = layout.run_folder(store, spec.run)
        inputs: dict[str, Any] = {}
        for need in step.needs.split():
            if need not in step.settings.after:
                entries = json.loads(layout.manifest(run, need).read_bytes())["outputs"]
                inputs |= parcel.unpack(store, entries, {})
        read = {name: contents.digest(store, str(folder / name)) for name in step.reads}
        value = step.compute(inputs, folder)
        name = f"{spec.step}_value"
        manifest = {
            "schema": 1, "step": spec.step, "attempt": spec.attempt, "usage": {},
            "outputs": parcel.pack(store, spec.step, {name: value}, {}),
            "metrics": dict(step.metrics),
            "files": {
                "read": read, "written": {n: _kept(store, folder, n) for n in step.writes},
                "removed": [], "folders": [],
            },
            "modules": {name: contents.digest(store, str(folder / name)) for name in step.modules},
        }  # fmt: skip
        unit = json.loads(json.dumps(spec.notebook))
        unit["cells"][0]["outputs"] = [_shown(spec)]
        layout.executed_unit(run, spec.step, spec.attempt).write_text(json.dumps(unit))
        layout.manifest(run, spec.step).write_text(json.dumps(manifest))
        return manifest


class _Counting(FakeCluster):
    def __init__(self, workshop: Workshop, steps: Made) -> None:
        super().__init__(lambda spec: workshop.execute(spec, steps), bucket=workshop.bucket)
        self._workshop = workshop

    async def join(self) -> Joined:
        self._workshop.joined += 1
        return await super().join()


def _kept(store: Path, folder: Path, name: str) -> dict[str, Any]:
    found = (folder / name).stat()
    digest = copies.keep(store, str(folder / name))
    return {"digest": digest, "size": found.st_size, "mode": found.st_mode & 0o777}


def _shown(spec: UnitSpec) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": f"{spec.step} says so\n"}


def with_step(steps: Made, name: str, **changes: Any) -> dict[str, StepOf]:
    """Return the notebook with one step different."""
    return {**steps, name: replace(steps[name], **changes)}
