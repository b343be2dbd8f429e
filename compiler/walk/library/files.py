"""Which file paths a step writes and reads, where the notebook spells them out."""

from __future__ import annotations

import ast
import posixpath
from itertools import chain

from nbprism.compiler.walk.arguments import Arguments
from nbprism.compiler.walk.heap import EMPTY, UNKNOWN, Obj, Value, union
from nbprism.compiler.walk.library import file_tables, paths
from nbprism.compiler.walk.machine import Machine
from nbprism.compiler.walk.records import FileUse


def note_function(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> None:
    """Note the file that a library function reads or writes, if its path is known."""
    first = _named(arguments)
    if path in file_tables.OPENS:
        _opened(machine, first, _mode(node, *file_tables.OPENS[path]))
    if path in file_tables.READS_FOLDER:
        _note_folder(machine, first, "*")
    if path in file_tables.MATCHES_FILES:
        read(machine, first)
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
    if name in file_tables.READING_METHODS:
        read(machine, _named(arguments))
    if obj.path in file_tables.CONNECTIONS and _writes_rows(name, node):
        wrote(machine, obj.contents())
    if name == "to_sql":
        connections = (o for o in arguments.all() if o.path in file_tables.CONNECTIONS)
        wrote(machine, union(connection.contents() for connection in connections))
    if paths.is_path(obj):
        _note_path(machine, name, obj, node, arguments)


def _note_path(machine: Machine, name: str, obj: Obj, node: ast.Call, arguments: Arguments) -> None:
    itself = frozenset((obj,))
    if name == "open":
        _opened(machine, itself, _mode(node, 0, "r"))
    if name in file_tables.PATH_FOLDERS:
        _note_folder(machine, itself, "*")
    for pattern in paths.texts(_named(arguments)) if name in file_tables.PATH_MATCHES else ():
        _note_folder(machine, itself, pattern)
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
    for path in map(posixpath.normpath, paths.patterns(value)):
        # Nothing that begins with what nobody can see tells one file from others.
        if not path.startswith(UNKNOWN):
            activity.files[FileUse(path, machine.statement.place, machine.line, writes)] = None


def _note_folder(machine: Machine, folder: Value, pattern: str) -> None:
    """Note that the step looks for files in a folder, or below it."""
    inside = frozenset((machine.heap.text(pattern),))
    read(machine, paths.strings(machine, (folder, inside), separator="/"))


def _mode(node: ast.Call, position: int, usual: str) -> str:
    """Return the mode that a file is opened with, `r+` if it cannot be seen."""
    modes = [
        *node.args[position : position + 1],
        *(keyword.value for keyword in node.keywords if keyword.arg == "mode"),
    ]
    for mode in modes:
        return str(mode.value) if isinstance(mode, ast.Constant) else "r+"
    return usual
