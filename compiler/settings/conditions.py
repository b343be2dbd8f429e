"""The condition of a step (`when`): one Python expression that only looks at values."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from nbprism.compiler.settings.quantities import QuantityInvalid

_REFUSED: Final[Mapping[type[ast.AST], str]] = {
    ast.Await: "`await`",
    ast.Yield: "`yield`",
    ast.YieldFrom: "`yield`",
    ast.NamedExpr: "`:=`",
}


def condition(value: Any) -> str:
    """Return the text of a condition.

    Raises:
        QuantityInvalid: it is not one Python expression, or it would do more than look.
    """
    if not isinstance(value, str) or not value.strip():
        raise QuantityInvalid("must be a Python expression such as 'accuracy > 0.9'")
    text = value.strip()
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        place = f"column {error.offset}" if error.offset else "at its end"
        hint = "; to compare, write `==`" if _assigns(text) else ""
        raise QuantityInvalid(
            f"must be one Python expression ({error.msg.partition('.')[0]}, {place}{hint})"
        ) from error
    except (ValueError, MemoryError, RecursionError) as error:
        raise QuantityInvalid(f"must be a Python expression that can be read ({error})") from error
    for node in ast.walk(tree):
        if what := _REFUSED.get(type(node)):
            raise QuantityInvalid(f"must only look at values; {what} is not possible in it")
    return text


def _assigns(text: str) -> bool:
    try:
        return isinstance(ast.parse(text).body[0], ast.Assign)
    except (SyntaxError, IndexError):
        return False
