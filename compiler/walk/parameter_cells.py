"""Parameters of the pipeline, read from the cells tagged `parameters`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Set
from typing import Any

from nbprism.compiler.flow import Parameter
from nbprism.compiler.walk.findings import Findings
from nbprism.compiler.walk.records import Statement

_SCALARS = (int, float, str, bool, type(None))
_BINDING = (ast.Assign, ast.AnnAssign, ast.If, ast.Try, ast.Match)


def read_parameters(statements: Iterable[Statement], findings: Findings) -> tuple[Parameter, ...]:
    """Return the parameters with their defaults; what is no literal is reported."""
    found: dict[str, Parameter] = {}
    for statement in statements:
        if statement.cell.role == "parameters":
            _read(statement, found, findings)
    return tuple(found.values())


def _read(statement: Statement, found: dict[str, Parameter], findings: Findings) -> None:
    if statement.kind != "parameter":
        if isinstance(statement.node, _BINDING) and statement.binds:
            _report(statement, findings)
        return
    default = literal(statement.node.value)  # type: ignore[attr-defined]
    for name in statement.binds:
        found[name] = Parameter(name, type_of(default), default)


def is_parameter(node: ast.stmt) -> bool:
    """Return whether the statement gives a literal to plain names."""
    match node:
        case ast.Assign(targets=targets, value=value):
            plain = all(isinstance(target, ast.Name) for target in targets)
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
            plain = True
        case _:
            return False
    try:
        literal(value)
    except (ValueError, RecursionError):
        return False
    return plain


def sets_parameters(node: ast.stmt, needed: Set[str]) -> bool:
    """Return whether the statement of a parameters cell gives parameters their values.

    Args:
        node: the statement.
        needed: the names that statements of such cells above it read.
    """
    if not is_parameter(node):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    # What the cell already made of a first value would be made of the second one instead.
    return names.isdisjoint(needed)


def literal(node: ast.expr) -> Any:
    """Return the JSON value that the expression spells out.

    Raises:
        ValueError: it does not, or its value is no JSON value.
    """
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        value = _arithmetic(node, error)
    return _json(value)


def _arithmetic(node: ast.expr, error: Exception) -> Any:
    """`60 * 60` and `10 ** 6` are as good as literals."""
    match node:
        case ast.BinOp(left=left, right=right, op=op):
            a, b = literal(left), literal(right)
            if isinstance(a, (int, float)) and isinstance(b, (int, float)):
                return _calculate(a, op, b, error)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = literal(operand)
            if isinstance(value, (int, float)):
                return -value
    raise ValueError("not a literal") from error


def _calculate(a: float, op: ast.operator, b: float, error: Exception) -> float:
    try:
        match op:
            case ast.Add():
                return a + b
            case ast.Sub():
                return a - b
            case ast.Mult():
                return a * b
            case ast.Div():
                return a / b
            case ast.Pow() if abs(b) < 100:  # noqa: PLR2004
                power: float = a**b
                return power
    except ArithmeticError as problem:
        raise ValueError("not a number") from problem
    raise ValueError("not a literal") from error


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        raise ValueError("a tuple would come back as a list")  # noqa: TRY004
    if isinstance(value, list):
        return [_json(item) for item in value]
    if type(value) is dict and all(isinstance(key, str) for key in value):
        return {key: _json(item) for key, item in value.items()}
    if type(value) in _SCALARS:
        return value
    raise ValueError("not a JSON value")


def type_of(value: Any) -> str:
    """Return the name of the value's type as a pipeline's JSON spells it."""
    return "None" if value is None else type(value).__name__


def _report(statement: Statement, findings: Findings) -> None:
    listed = ", ".join(f"`{name}`" for name in statement.binds)
    findings.add(
        "parameter-not-literal", "warning",
        f"{listed} cannot be set per run: only numbers, strings, lists and dictionaries spelt out"
        " can.",
        "Write a literal, or move the line to a cell of its own below.",
        cell=statement.cell, line=statement.node.lineno,
    )  # fmt: skip
