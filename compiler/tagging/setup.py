"""Whether a cell only imports, defines or configures, so that every unit may repeat it.

Decided from its text alone, with the usual names for the usual packages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbprism.compiler.code.magics import QUIET_MAGICS, SETUP_MAGICS, is_deep, parse_cell
from nbprism.compiler.code.recent import kept_while_recent
from nbprism.compiler.walk.library.tables import CHEAP_CALLS, CONFIGURATION
from nbprism.compiler.walk.shell import is_shell_call

_USUAL = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "mpl": "matplotlib",
    "sns": "seaborn",
    "tf": "tensorflow", "sm": "statsmodels.api", "jnp": "jax.numpy", "sk": "sklearn",
    "pl": "polars",
}  # fmt: skip
_MADE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)
_MAKING = frozenset({"__new__", "__init__", "__post_init__"})
_PLAIN = "types.SimpleNamespace"
"""What a data class of plain values is as good as."""
_MAKES_FOLDER = frozenset({"os.makedirs", "os.mkdir", "os.chdir"})
_QUICK_METHODS = frozenset(
    {"append", "extend", "insert", "update", "setdefault", "add", "seed", "manual_seed"}
    | {"basicConfig", "setLevel", "filterwarnings", "simplefilter", "set_option"}
)
_QUICK_CALLS = frozenset(
    {"torch.device", "torch.cuda.is_available", "logging.getLogger", "re.compile"}
    | {"datetime.date", "datetime.datetime", "datetime.timedelta", "types.SimpleNamespace"}
)
_STRING_METHODS = frozenset(
    """
    format join split strip lower upper replace with_suffix joinpath resolve absolute
    expanduser mkdir get keys values items copy startswith endswith parent exists
    """.split()  # noqa: SIM905 - a list of one word a line would be a page long
)


@kept_while_recent
def is_setup(source: str) -> bool:
    """Return whether every statement of the cell imports, defines or configures, at no cost."""
    tree = parse_cell(source).tree
    if tree is None:
        return False
    names = _imported(tree)
    return not is_deep(tree) and all(sets_up(node, names) for node in tree.body)


def is_quick(node: ast.stmt, names: dict[str, str]) -> bool:
    """Return whether repeating the statement in each unit costs nothing worth a word."""
    match node:
        case ast.Assert(test=test):
            return is_cheap(test, names)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=method), args=args, keywords=more)):
            given = [*args, *(keyword.value for keyword in more)]
            if method in _QUICK_METHODS and all(is_cheap(arg, names) for arg in given):
                return True
    return not is_deep(node) and sets_up(node, names)


def _imported(tree: ast.Module) -> dict[str, str]:
    return imported_names([tree])


def imported_names(trees: Iterable[ast.AST]) -> dict[str, str]:
    """Return what the names that the code imports stand for, and the usual ones."""
    names = dict(_USUAL)
    for node in (inner for tree in trees for inner in ast.walk(tree)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                names[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            names[node.name] = _PLAIN if _is_plain_data(node, names) else ""
    return names


def _is_plain_data(node: ast.stmt, names: dict[str, str]) -> bool:
    """Return whether the statement makes a data class whose instances cost nothing to make."""
    if not isinstance(node, ast.ClassDef) or node.bases:
        return False
    made = [by.func if isinstance(by, ast.Call) else by for by in node.decorator_list]
    return [dotted(by, names) for by in made] == ["dataclasses.dataclass"] and not any(
        (isinstance(inner, ast.FunctionDef) and inner.name in _MAKING)
        or (isinstance(inner, ast.AnnAssign) and inner.value and not is_cheap(inner.value, names))
        for inner in node.body
    )


def sets_up(node: ast.stmt, names: dict[str, str]) -> bool:
    """Return whether the statement imports, defines or configures, at no cost."""
    if isinstance(node, _MADE):
        return True
    match node:
        case ast.Assign(value=value):
            return is_cheap(value, names)
        case ast.AnnAssign(value=value):
            return value is None or is_cheap(value, names)
        case ast.AugAssign(value=value):
            return is_cheap(value, names)
        case ast.Expr(value=value):
            return _configures(value, names)
        case ast.Try():
            parts = [
                *node.body,
                *(s for h in node.handlers for s in h.body),
                *node.orelse,
                *node.finalbody,
            ]
            return all(sets_up(part, names) or _is_print(part) for part in parts)
        case ast.If(test=test):
            inner = all(sets_up(part, names) for part in (*node.body, *node.orelse))
            return inner and is_cheap(test, names)
    return False


def _is_print(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def _configures(value: ast.expr, names: dict[str, str]) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.Call() if is_shell_call(value):
            magic = value.args[0].value if isinstance(value.args[0], ast.Constant) else ""
            return magic in SETUP_MAGICS or (
                magic in QUIET_MAGICS and magic not in ("pip", "conda")
            )
        case ast.Call(func=ast.Attribute(attr="mkdir")):
            return is_cheap(value, names)
        case ast.Call(func=func):
            path = dotted(func, names)
            known = path in CONFIGURATION or path in _MAKES_FOLDER
            return known and all(is_cheap(arg, names) for arg in value.args)
    return False


def is_cheap(node: ast.expr, names: dict[str, str]) -> bool:
    """Return whether evaluating the expression costs nothing and changes nothing."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Await, ast.Yield, ast.YieldFrom, ast.ListComp, ast.GeneratorExp)):
            return isinstance(inner, ast.ListComp) and all(
                is_cheap(c, names) for c in ast.iter_child_nodes(inner) if isinstance(c, ast.expr)
            )
        if isinstance(inner, ast.Call) and not is_cheap_call(inner, names):
            return False
    return True


def is_cheap_call(call: ast.Call, names: dict[str, str]) -> bool:
    """Return whether the call itself costs nothing and changes nothing."""
    path = dotted(call.func, names)
    if path in CHEAP_CALLS or path in _QUICK_CALLS:
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr in _STRING_METHODS


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """Return the dotted path that the expression names, or nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    root = names.get(node.id, f"builtins.{node.id}")
    return ".".join([root, *reversed(parts)]) if root else ""
