"""Which literal file paths a step writes and reads."""

from __future__ import annotations

import ast

from nbprism.compiler import library
from nbprism.compiler.functions import Arguments
from nbprism.compiler.heap import Obj, Value, union
from nbprism.compiler.machine import Machine

_OPEN = frozenset({"builtins.open", "io.open", "gzip.open", "bz2.open", "lzma.open"})


def note_function(machine: Machine, path: str, node: ast.Call, arguments: Arguments) -> None:
    """Note the file that a library function reads or writes, if its path is a literal."""
    first = union(arguments.positional[:1])
    if path in _OPEN:
        mode = _mode(node)
        if any(letter in mode for letter in "wax+"):
            wrote(machine, first)
        if not any(letter in mode for letter in "wx"):
            read(machine, first)
    if path in library.WRITES_FILE:
        wrote(machine, first)
    if path in library.WRITES_FILE_SECOND:
        wrote(machine, union(arguments.positional[1:2]))
    if path in library.READS_FILE:
        read(machine, first)


def note_method(
    machine: Machine, name: str, obj: Obj, node: ast.Call, arguments: Arguments
) -> None:
    """Note the file that a method reads or writes, if its path is a literal."""
    if name in library.WRITING_METHODS:
        wrote(machine, union(arguments.positional[:1]))
    if name == "open":
        note_function(machine, "io.open", node, Arguments((obj.held("i:0"),)))
    if name in library.PATH_WRITES:
        wrote(machine, obj.held("i:0"))
    if name in library.PATH_READS:
        read(machine, obj.held("i:0"))


def wrote(machine: Machine, value: Value) -> None:
    """Note that the step writes the files of those names."""
    for obj in value:
        if obj.kind == "str" and machine.activity is not None:
            machine.activity.written.setdefault(obj.path, machine.line)


def read(machine: Machine, value: Value) -> None:
    """Note that the step reads the files of those names."""
    for obj in value:
        if (
            obj.kind == "str"
            and machine.activity is not None
            and obj.path not in machine.activity.written
        ):
            machine.activity.opened.setdefault(obj.path, machine.line)


def _mode(node: ast.Call) -> str:
    modes = [
        *node.args[1:2],
        *(keyword.value for keyword in node.keywords if keyword.arg == "mode"),
    ]
    return "".join(str(mode.value) for mode in modes if isinstance(mode, ast.Constant)) or "r"
