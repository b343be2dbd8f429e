"""Notebook to pipeline: asks each part of the compiler in turn and puts the answers together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from threading import Lock
from typing import Any

from nbprism.compiler.checks import Draft, after_edges, check_draft, setup_edges
from nbprism.compiler.code.scripts import with_scripts
from nbprism.compiler.dataflow import infer
from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.fingerprint import code_parts, step_fingerprint
from nbprism.compiler.flow import CodeCell, Flow, StepFlow
from nbprism.compiler.history import History
from nbprism.compiler.kale.notebook import read_kale
from nbprism.compiler.kale.sweeps import sweep_findings
from nbprism.compiler.loop_checks import loop_findings
from nbprism.compiler.pipeline import Pipeline, Step
from nbprism.compiler.reading.garbage import collection_paused
from nbprism.compiler.reading.notebook import Notebook
from nbprism.compiler.reading.reader import Reader
from nbprism.compiler.settings.cells import in_notebook, with_setting_cells
from nbprism.compiler.settings.step import StepSettings, read_settings
from nbprism.compiler.tagging.setup import is_setup
from nbprism.compiler.tagging.steps import Assignment, assign_steps

_Made = tuple[StepFlow, tuple[tuple[str, str], ...], StepSettings, tuple[str, ...]]
"""All that a step is made of: its flow, its cells and their sources, its settings."""
_DEFAULT = StepSettings()


class Compiler:
    """Compiles one notebook time and again while it is edited.

    Remembers what the last edit left alone; the pipelines are those of `compile_notebook`. May be
    used from several threads, which then wait for each other.
    """

    def __init__(self) -> None:
        self._reader = Reader()
        self._history = History()
        self._code: dict[str, CodeCell] = {}
        self._steps: dict[str, tuple[_Made, Step]] = {}
        self._lock = Lock()

    @property
    def walked(self) -> int:
        """How many cells the last compilation had to look at anew."""
        return self._history.walked

    def read(self, raw: Mapping[str, Any], *, name: str, path: Path | None = None) -> Notebook:
        """Return the notebook as it is now, as `read_notebook` does.

        Raises:
            NotebookUnreadable: it is not a Python notebook of format 4.
        """
        with self._lock, collection_paused():
            return self._reader.read(raw, name=name, path=path)

    def compile(self, notebook: Notebook) -> Pipeline:
        """Return the pipeline of the notebook as it is now, with everything found wrong with it.

        Never raises for what a notebook says: errors are among the pipeline's diagnostics.
        """
        with self._lock, collection_paused():
            return self._compiled(notebook)

    def _compiled(self, notebook: Notebook) -> Pipeline:
        notebook, kale_findings = read_kale(notebook)
        assigned = assign_steps(notebook, is_setup, self._code)
        self._code = {cell.id: cell for cell in assigned.code}
        settings, setting_findings = read_settings(notebook.metadata)
        code = with_scripts(assigned.code, notebook.path.parent if notebook.path else None)
        flow = infer(with_setting_cells(code, settings), self._history)
        draft = _draft(notebook, assigned, settings, flow)
        findings = (
            *notebook.findings,
            *kale_findings,
            *sweep_findings(notebook.metadata, flow.parameters, _typed(notebook)),
            *assigned.findings,
            *setting_findings,
            *map(in_notebook, flow.diagnostics),
            *loop_findings(flow, settings),
            *check_draft(draft),
        )
        return Pipeline(
            notebook.name,
            flow.parameters,
            self._all_steps(notebook, assigned, settings, flow),
            tuple(draft.edges),
            _placed(findings, draft),
            assigned.cells,
        )

    def _all_steps(
        self,
        notebook: Notebook,
        assigned: Assignment,
        settings: Mapping[str, StepSettings],
        flow: Flow,
    ) -> tuple[Step, ...]:
        sources = {cell.id: cell.source for cell in notebook.cells}
        flows = {step.name: step for step in flow.steps}
        known = self._steps
        self._steps = {}
        for name, cells in assigned.steps.items():
            own = tuple((cell, sources[cell]) for cell in cells)
            asked = settings.get(name, _DEFAULT)
            # Mappings are equal in any order, their JSON is not.
            written = (*asked.resources, *asked.env_vars)
            made = (flows.get(name, StepFlow(name)), own, asked, written)
            before = known.get(name)
            if before is None or before[0] != made:
                before = (made, _step(made[0], dict(own), asked))
            self._steps[name] = before
        return tuple(step for _, step in self._steps.values())


def compile_notebook(notebook: Notebook) -> Pipeline:
    """Return the pipeline of a notebook, with everything found wrong with it.

    Never raises for what a notebook says: errors are among the pipeline's diagnostics.
    """
    return Compiler().compile(notebook)


def _typed(notebook: Notebook) -> str:
    """Return the notebook's file as one would type it next to it."""
    return notebook.path.name if notebook.path else f"{notebook.name}.ipynb"


def _draft(
    notebook: Notebook, assigned: Assignment, settings: Mapping[str, StepSettings], flow: Flow
) -> Draft:
    positions = {cell.id: cell.index for cell in notebook.cells}
    sources = {cell.id: cell.source for cell in notebook.cells}
    reporting = [step.name for step in flow.steps if step.metrics]
    understood = all(finding.severity != "error" for finding in flow.diagnostics)
    files = {step.name: step.files for step in flow.steps if step.files}
    draft = Draft(
        assigned.steps, positions, settings, flow.edges, sources, reporting, files,
        assigned.setup, understood,
    )  # fmt: skip
    return replace(draft, edges=(*flow.edges, *after_edges(draft), *setup_edges(draft)))


def _step(flow: StepFlow, cells: Mapping[str, str], settings: StepSettings) -> Step:
    parts = code_parts(flow, cells, settings)
    taken_and_given = {item.name: getattr(flow, item.name) for item in fields(StepFlow)}
    return Step(
        **taken_and_given,
        cells=tuple(cells),
        settings=settings,
        fingerprint=step_fingerprint(flow, parts),
        parts=parts,
    )


def _placed(findings: Iterable[Diagnostic], draft: Draft) -> tuple[Diagnostic, ...]:
    """Give findings about a step its first cell, and sort all by place in the notebook."""
    located = {_located(finding, draft): None for finding in findings}
    return tuple(
        sorted(
            located,
            key=lambda found: (
                draft.positions.get(found.cell or "", -1),
                found.line or 0,
                found.code,
                found.message,
            ),
        )
    )


def _located(finding: Diagnostic, draft: Draft) -> Diagnostic:
    if finding.cell is None and finding.step is not None and finding.step in draft.steps:
        return replace(finding, cell=draft.steps[finding.step][0])
    return finding
