"""What a cell seems to be for, judged by its words: good enough to propose tags, never to run.

Data flow knows what a cell reads and binds; this knows that `read_csv` is loading and `.fit` is
training, as a reader of the notebook would.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Literal

from nbprism.compiler.code.magics import parse_cell
from nbprism.compiler.tagging.setup import is_setup

CellKind = Literal[
    "empty", "install", "imports", "definitions", "constants", "metrics",
    "load", "split", "train", "evaluate", "plot", "other",
]  # fmt: skip

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_INSTALL = re.compile(r"\s*[!%]\s*(pip|pip3|conda|mamba|uv|apt|apt-get|python -m pip)\b")
_METRIC = re.compile(r"acc|score|loss|error|rmse|mse|mae|auc|f1|precision|recall|r2", re.IGNORECASE)
_ROLE_KINDS = ("imports", "definitions", "constants")
_MOST_LETTERS = 80
_CALLS: tuple[tuple[CellKind, re.Pattern[str]], ...] = (
    ("split", re.compile(r"train_test_split|random_split|\w*KFold|TimeSeriesSplit")),
    ("train", re.compile(r"fit|partial_fit|fit_generator|backward|train|train_model|fit_predict")),
    ("load", re.compile(r"read_\w+|load|load_\w+|fetch_\w+|loadtxt|genfromtxt|urlretrieve|open")),
    (
        "evaluate",
        re.compile(
            r"predict|predict_proba|evaluate|score|\w+_score|\w+_error|\w+_report|\w+_matrix"
        ),
    ),
    ("plot", re.compile(r"plot|scatter|hist|imshow|show|savefig|\w*plot|heatmap|subplots|bar")),
)
"""The first kind one of whose calls a cell makes."""


def kind_of(source: str) -> CellKind:
    """Return what a code cell seems to be for."""
    lines = [line for line in source.splitlines() if line.strip() and not _is_comment(line)]
    if not lines:
        return "empty"
    if all(_INSTALL.match(line) for line in lines):
        return "install"
    tree = parse_cell(source).tree
    if tree is None:
        return "other"
    kind = _kind_of_code(tree)
    if kind in _ROLE_KINDS or not is_setup(source):
        return kind
    # Configuration such as `pd.set_option(...)` stays with the imports or functions it stands by.
    if any(isinstance(node, _IMPORTS) for node in tree.body):
        return "imports"
    return "definitions" if any(isinstance(n, _DEFINITIONS) for n in tree.body) else kind


def assigned_name(source: str) -> str | None:
    """Return the first name that a cell gives a value, which often says what it makes."""
    tree = parse_cell(source).tree
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    return None


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _kind_of_code(tree: ast.Module) -> CellKind:
    body = [node for node in tree.body if not _is_text(node)]
    if body and all(isinstance(node, _IMPORTS) for node in body):
        return "imports"
    if body and all(isinstance(node, (*_IMPORTS, *_DEFINITIONS)) for node in body):
        return "definitions"
    if body and all(_is_constant(node) for node in body):
        return "constants"
    if body and all(_prints_metric(node) for node in body):
        return "metrics"
    called = set(_called(tree))
    for kind, words in _CALLS:
        if any(words.fullmatch(name) for name in called):
            return kind
    return "other"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_constant(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return False
    try:
        value = ast.literal_eval(node.value)
        # What JSON has no form for cannot be set per run; what is long is data.
        return bool(json.loads(json.dumps(value)) == value and len(repr(value)) <= _MOST_LETTERS)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False


def _prints_metric(node: ast.stmt) -> bool:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    call = node.value
    values = [value for value in call.args if not isinstance(value, ast.Constant)]
    return (
        isinstance(call.func, ast.Name)
        and call.func.id == "print"
        and bool(values)
        and all(isinstance(value, ast.Name) and _METRIC.search(value.id) for value in values)
    )


def _called(tree: ast.Module) -> Iterator[str]:
    """Yield the last words of what is called at the top level, not inside definitions."""
    pending: list[ast.AST] = [node for node in tree.body if not isinstance(node, _DEFINITIONS)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr
        pending.extend(ast.iter_child_nodes(node))
