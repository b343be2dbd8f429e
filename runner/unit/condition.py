"""In the kernel: whether a step's condition holds, and what it saw.

The values that were compared are noted while the expression is evaluated, once: what is said about
a decision is what the decision was made from.
"""

from __future__ import annotations

import ast
import reprlib
from collections.abc import Mapping
from typing import Any, Final

from nbprism.runner.errors import ConditionFailed, ConditionFalse

_NOTE: Final = "__nbprism_note__"
_LONGEST: Final = 60


def require(step: str, condition: str, namespace: dict[str, Any]) -> None:
    """Return if the condition is true of the names in `namespace`.

    Raises:
        ConditionFalse: it is not; the text says what it saw.
        ConditionFailed: it could not be evaluated.
    """
    seen: dict[str, Any] = {}
    try:
        holds = bool(_evaluated(condition, namespace, seen))
    except Exception as error:
        raise ConditionFailed(
            f"The condition (`when`) of step '{step}', `{condition}`, could not be evaluated: "
            f"{type(error).__name__}: {error}{_values(seen)}"
        ) from error
    if not holds:
        raise ConditionFalse(f"its condition `{condition}` is false{_values(seen)}")


def _evaluated(condition: str, namespace: Mapping[str, Any], seen: dict[str, Any]) -> Any:
    def note(name: str, value: Any) -> Any:
        seen[name] = value
        return value

    tree = ast.parse(condition, mode="eval")
    noting = ast.fix_missing_locations(ast.Expression(_Noting().part(tree.body)))
    # Names are looked up where the step's code would; nothing of ours is left in there.
    return eval(compile(noting, "<when>", "eval"), {**namespace, _NOTE: note})  # noqa: S307


class _Noting:
    """Wraps the operands of an expression, down to what is compared, so that they are noted."""

    def part(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.BoolOp(op=op, values=values):
                return ast.BoolOp(op, [self.part(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ast.UnaryOp(ast.Not(), self.part(operand))
            case ast.Compare(left=left, ops=ops, comparators=others):
                return ast.Compare(self._noted(left), ops, [self._noted(other) for other in others])
        return self._noted(node)

    def _noted(self, node: ast.expr) -> ast.expr:
        if _is_literal(node):
            return node
        note = ast.Name(_NOTE, ast.Load())
        return ast.Call(note, [ast.Constant(ast.unparse(node)), node], [])


def _is_literal(node: ast.expr) -> bool:
    return not any(isinstance(inner, (ast.Name, ast.Call)) for inner in ast.walk(node))


def _values(seen: Mapping[str, Any]) -> str:
    told = [f"{name} = {_shown(value)}" for name, value in seen.items()]
    return f" ({', '.join(told)})" if told else ""


def _shown(value: Any) -> str:
    """Return the value on one short line; of what is large, only what it is."""
    short = reprlib.Repr()
    short.maxother = short.maxstring = short.maxlong = _LONGEST
    try:
        plain = value.item() if getattr(value, "shape", None) == () else value
        text = short.repr(plain)
    except Exception:  # a `repr` of the user's own must not decide anything
        text = ""
    return text if text and "\n" not in text else f"a {type(value).__name__}"
