"""Which step needs what from which: the public door of the data-flow analysis."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from nbprism.compiler.flow import CodeCell, Flow, Fragment, StepFlow
from nbprism.compiler.magics import parse_cell
from nbprism.compiler.pipeline import Edge, Input, Parameter

__all__ = ["CodeCell", "Flow", "Fragment", "StepFlow", "infer", "is_setup", "normalised"]

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
_BUILTINS = frozenset(dir(builtins)) | {"display", "get_ipython"}


@lru_cache(maxsize=16384)
def normalised(source: str) -> str:
    """Return the cell's code without comments and formatting, or its text if it is not Python."""
    tree = parse_cell(source).tree
    return ast.unparse(tree) if tree is not None else source


def is_setup(source: str) -> bool:
    """Return whether the cell only imports, defines or configures."""
    tree = parse_cell(source).tree
    return tree is not None and all(
        isinstance(node, _DEFINITIONS)
        or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Expr) and isinstance(node.value, (ast.Constant, ast.Call)))
        for node in tree.body
    )


def infer(cells: Sequence[CodeCell]) -> Flow:
    """Return what every step takes, gives and replays, and the edges with their reasons."""
    draft = _Draft()
    for cell in cells:
        draft.read(cell)
    return draft.flow()


class _Draft:
    def __init__(self) -> None:
        self.provider: dict[str, str] = {}
        self.fragments: dict[str, Fragment] = {}
        self.parameters: dict[str, Parameter] = {}
        self.steps: dict[str, None] = {}
        self.inputs: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
        self.replay: dict[str, dict[Fragment, None]] = defaultdict(dict)
        self.used: dict[str, dict[str, None]] = defaultdict(dict)
        self.metrics: dict[str, dict[str, None]] = defaultdict(dict)
        self.own: dict[str, set[str]] = defaultdict(set)

    def read(self, cell: CodeCell) -> None:
        tree = parse_cell(cell.source).tree
        if cell.step is not None:
            self.steps.setdefault(cell.step)
        for node in tree.body if tree is not None else ():
            if cell.step is not None:
                self.consume(cell, cell.step, node)
            self.bind(cell, node)

    def consume(self, cell: CodeCell, step: str, node: ast.stmt) -> None:
        for name, line in _reads(node):
            self.need(step, name, line)
        if cell.role == "metrics" and isinstance(node, ast.Assign):
            self.metrics[step].update(dict.fromkeys(_binds(node)))

    def need(self, step: str, name: str, line: int) -> None:
        if name in self.own[step]:
            return
        if name in self.provider and self.provider[name] != step:
            self.inputs[step].setdefault(name, (self.provider[name], line))
        elif name in self.fragments and self.fragments[name] not in self.replay[step]:
            fragment = self.fragments[name]
            self.replay[step][fragment] = None
            for inner, _ in _reads(*ast.parse(fragment.source).body):
                self.need(step, inner, line)
        elif name in self.parameters:
            self.used[step][name] = None

    def bind(self, cell: CodeCell, node: ast.stmt) -> None:
        names = tuple(_binds(node))
        if cell.role == "parameters":
            for name in names:
                value = ast.literal_eval(node.value)  # type: ignore[attr-defined]
                kind = "None" if value is None else type(value).__name__
                self.parameters[name] = Parameter(name, kind, value)
        elif isinstance(node, _DEFINITIONS) or cell.step is None:
            lines = cell.source.splitlines()[node.lineno - 1 : node.end_lineno]
            fragment = Fragment(cell.id, node.lineno, "\n".join(lines), names, "definition")
            for name in names:
                self.fragments[name] = fragment
                self.provider.pop(name, None)
        else:
            for name in names:
                self.provider[name] = cell.step
                self.own[cell.step].add(name)

    def flow(self) -> Flow:
        outputs: dict[str, dict[str, None]] = defaultdict(dict)
        edges = []
        for step in self.steps:
            grouped: dict[str, list[str]] = defaultdict(list)
            for name, (source, _) in self.inputs[step].items():
                outputs[source][name] = None
                grouped[source].append(name)
            for source, names in grouped.items():
                line = self.inputs[step][names[0]][1]
                quoted = ", ".join(f"`{name}`" for name in names)
                reason = f"`{step}` needs {quoted} from `{source}`, line {line}"
                edges.append(Edge(source, step, tuple(names), reason))
        steps = tuple(
            StepFlow(
                step,
                tuple(Input(name, source) for name, (source, _) in self.inputs[step].items()),
                tuple(outputs[step]),
                tuple(self.used[step]),
                tuple(self.replay[step]),
                tuple(self.metrics[step]),
            )
            for step in self.steps
        )
        return Flow(steps, tuple(edges), (), tuple(self.parameters.values()))


def _reads(*nodes: ast.AST) -> Iterator[tuple[str, int]]:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id not in _BUILTINS:
                yield inner.id, inner.lineno


def _binds(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name.split(".")[0]) for alias in node.names)
    else:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id
            elif isinstance(inner, (ast.Subscript, ast.Attribute)) and not isinstance(inner.ctx, ast.Load):
                root = inner.value
                if isinstance(root, ast.Name):
                    yield root.id
            elif isinstance(inner, ast.Attribute) and inner.attr in ("fit", "append", "update"):
                if isinstance(inner.value, ast.Name):
                    yield inner.value.id
