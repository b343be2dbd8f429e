"""Which file paths a step writes and reads, where the notebook spells them out."""

from __future__ import annotations

import ast
import posixpath
from itertools import chain

from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import EMPTY, Obj, Value, union
from nbprism.compiler.walk.library import file_tables, paths
from nbprism.compiler.walk.machine import Machine
from nbprism.compiler.walk.records import FileUse

_OPEN = frozenset({"builtins.open", "io.open", "gzip.open", "bz2.open", "lzma.open"})


def note_function(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> None:
    """Note the file that a library function reads or writes, if its path is known."""
    first = _named(arguments)
    if path in _OPEN:
        _opened(machine, first, _mode(node, 1))
    if path in file_tables.READS_FILE or path in file_tables.DATABASES:
        read(machine, first)
    if path in file_tables.WRITES_FILE:
        wrote(machine, first)
    if path in file_tables.WRITES_FILE_SECOND:
        wrote(machine, union(arguments.positional[1:2]))


def note_method(
    machine: Machine, name: str, obj: Obj, node: ast.Call, arguments: Arguments
) -> None:
    """Note the file that a method reads or writes, if its path is known."""
    if name in file_tables.WRITING_METHODS:
        wrote(machine, _named(arguments))
    if obj.path in file_tables.CONNECTIONS and _writes_rows(name, node):
        wrote(machine, obj.contents())
    if name == "to_sql":
        connections = (o for o in arguments.all() if o.path in file_tables.CONNECTIONS)
        wrote(machine, union(connection.contents() for connection in connections))
    if not paths.is_path(obj):
        return
    itself = frozenset((obj,))
    if name == "open":
        _opened(machine, itself, _mode(node, 0))
    if name in file_tables.PATH_READS:
        read(machine, itself)
    if name in file_tables.PATH_WRITES:
        wrote(machine, itself)


def _writes_rows(method: str, node: ast.Call) -> bool:
    """Return whether a method of a database connection, or of its cursor, may change rows."""
    if method != "execute":
        return method in ("commit", "executemany", "executescript")
    text = node.args[0] if node.args else None
    query = text.value if isinstance(text, ast.Constant) else ""
    return not str(query).lstrip().lower().startswith(("select", "pragma", "explain", "show"))


def _named(arguments: Arguments) -> Value:
    by_keyword = (arguments.keywords.get(name, EMPTY) for name in file_tables.FILE_KEYWORDS)
    return union(chain(arguments.positional[:1], by_keyword))


def _opened(machine: Machine, value: Value, mode: str) -> None:
    if not any(letter in mode for letter in "wx"):
        read(machine, value)
    if any(letter in mode for letter in "wax+"):
        wrote(machine, value)


def wrote(machine: Machine, value: Value) -> None:
    """Note that the step writes the files of those names."""
    _note(machine, value, writes=True)


def read(machine: Machine, value: Value) -> None:
    """Note that the step reads the files of those names."""
    _note(machine, value, writes=False)


def _note(machine: Machine, value: Value, *, writes: bool) -> None:
    if (activity := machine.activity) is None:
        return
    for path in map(posixpath.normpath, paths.texts(value)):
        activity.files[FileUse(path, machine.statement.place, machine.line, writes)] = None


def _mode(node: ast.Call, position: int) -> str:
    """Return the mode that a file is opened with, `r+` if it cannot be seen."""
    modes = [
        *node.args[position : position + 1],
        *(keyword.value for keyword in node.keywords if keyword.arg == "mode"),
    ]
    for mode in modes:
        return str(mode.value) if isinstance(mode, ast.Constant) else "r+"
    return "r"
