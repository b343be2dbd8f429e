"""Turns notebooks into pipelines and plans.

    notebook = read_notebook(path)              # NotebookUnreadable says what is wrong
    pipeline = compile_notebook(notebook)       # never raises; findings in pipeline.diagnostics
    plan = make_plan(notebook, pipeline, {})    # PlanRejected for errors and bad parameters
    write_plan(plan, folder)

A `Compiler` compiles a notebook while it is edited, at the cost of the edit. `suggest` proposes
tags for a notebook without steps, `from_kale` rewrites a Kale notebook.

    reading/      bytes to a `Notebook`
    kale/         a Kale notebook to one of ours
    tagging/      cells to steps and setup
    settings/     what a user asks for a step
    code/         what the text of a cell says
    walk/         what running the cells would do, found by walking them abstractly
    incremental/  what is remembered of a walk from one edit to the next
    linking/      what moves between steps

`compilation.py` asks them in turn, `dataflow.py` the last four. The vocabulary of all is here:
`flow.py`, `pipeline.py`, `plan.py`, `units.py`, `diagnostics.py`.

Pure: the same notebook gives the same bytes, and nothing here knows of Ray, servers or clocks.
"""

from __future__ import annotations

from nbprism.compiler.compilation import Compiler, compile_notebook
from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.errors import NotebookUnreadable, PlanRejected, PrismError
from nbprism.compiler.flow import Edge, Input, Parameter
from nbprism.compiler.kale.notebook import from_kale
from nbprism.compiler.overrides import with_settings
from nbprism.compiler.pipeline import Cell, Pipeline, Step
from nbprism.compiler.plan import Plan, Unit, make_plan
from nbprism.compiler.plan_folder import read_plan, write_plan
from nbprism.compiler.reading.notebook import Notebook, NotebookCell, read_notebook
from nbprism.compiler.settings.step import StepSettings
from nbprism.compiler.suggest import Proposal, suggest, with_tags

__all__ = [
    "Cell",
    "Compiler",
    "Diagnostic",
    "Edge",
    "Input",
    "Notebook",
    "NotebookCell",
    "NotebookUnreadable",
    "Parameter",
    "Pipeline",
    "Plan",
    "PlanRejected",
    "PrismError",
    "Proposal",
    "Step",
    "StepSettings",
    "Unit",
    "compile_notebook",
    "from_kale",
    "make_plan",
    "read_notebook",
    "read_plan",
    "suggest",
    "with_settings",
    "with_tags",
    "write_plan",
]
