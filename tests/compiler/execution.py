"""Runs a notebook both ways: in one namespace top to bottom, and as units in some order."""

from __future__ import annotations
import __future__

import contextlib
import io
import pickle
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbprism.compiler.code.magics import parse_cell
from nbprism.compiler.flow import CodeCell, Flow, StepFlow
from nbprism.runner.artifacts import rebuild
from nbprism.runner.artifacts.pickler import ArtifactPickler
from nbprism.runner.artifacts.sharing import SharedMemory
from nbprism.runner.unit import random_state

Namespace = dict[str, Any]
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
FUTURES = __future__.annotations.compiler_flag


class CellRaised(Exception):
    """The code of a cell raised."""


@dataclass
class Trace:
    """What was printed by every cell, and what every name was when a cell had run."""

    printed: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)


def run_top_to_bottom(cells: Sequence[CodeCell]) -> Trace:
    """Return what one kernel does with the notebook."""
    namespace: Namespace = {"__name__": "__main__"}
    trace = Trace()
    with _empty_folder():
        for cell in cells:
            trace.printed[cell.id] = execute(cell.source, namespace)
            trace.values[cell.id] = snapshot(namespace)
    return trace


@contextlib.contextmanager
def _empty_folder() -> Iterator[None]:
    """Write and read files where no earlier run left any."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def run_as_units(cells: Sequence[CodeCell], flow: Flow, order: Sequence[str]) -> Trace:
    """Return what the units do, executed in that order, each in a namespace of its own."""
    saved: dict[str, bytes] = {}
    trace = Trace()
    with _empty_folder():
        for name in order:
            _run_unit(cells, flow.step(name), flow, saved, trace)
    return trace


def _run_unit(
    cells: Sequence[CodeCell], step: StepFlow, flow: Flow, saved: dict[str, bytes], trace: Trace
) -> None:
    namespace: Namespace = {"__name__": "__main__"}
    for parameter in flow.parameters:
        if parameter.name in step.parameters:
            namespace[parameter.name] = pickle.loads(pickle.dumps(parameter.default))  # noqa: S301
    for fragment in step.replay:
        if not fragment.after_load:
            execute(fragment.source, namespace)
    _load(namespace, step, saved)
    for fragment in step.replay:
        if fragment.after_load:
            execute(fragment.source, namespace)
    for cell in cells:
        if cell.step == step.name:
            trace.printed[cell.id] = execute(cell.source, namespace)
            trace.values[cell.id] = snapshot(namespace)
    present = {name: namespace[name] for name in step.outputs if name in namespace}
    saved[step.name] = _dump(present | random_state.taken(step.outputs), namespace)


def _dump(values: Namespace, namespace: Namespace) -> bytes:
    sink = io.BytesIO()
    pickler = ArtifactPickler(sink, namespace, SharedMemory(values))
    pickler.dump(values)
    buffers = [bytearray(buffer.raw()) for buffer in pickler.buffers]
    return pickle.dumps((sink.getvalue(), buffers))


def _load(namespace: Namespace, step: StepFlow, saved: Mapping[str, bytes]) -> None:
    wanted = {item.name: item.source for item in (*step.inputs, *step.carried)}
    for source in dict.fromkeys(wanted.values()):
        stream, buffers = pickle.loads(saved[source])  # noqa: S301
        with rebuild.into(namespace):
            values = pickle.loads(stream, buffers=buffers)  # noqa: S301
        mine = {
            name: values[name] for name, of in wanted.items() if of == source and name in values
        }
        namespace.update(random_state.put_back(mine))


class Shell:
    """The little of IPython's shell that random notebooks use."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Run the body; what `%%capture` runs shows nothing."""
        shown = execute(body, self._namespace)
        if name != "capture":
            sys.stdout.write(shown)

    def run_line_magic(self, name: str, line: str) -> None:
        """Run the statement after `%time`; other magics set nothing here."""
        if name == "time":
            exec(line, self._namespace)

    def getoutput(self, command: str) -> list[str]:
        """Return what `echo {name}` prints."""
        return [command.removeprefix("echo ").format(**self._namespace)]


def execute(source: str, namespace: Namespace) -> str:
    """Run a cell and return what it prints."""
    code = parse_cell(source)
    namespace.setdefault("get_ipython", lambda: Shell(namespace))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            flags = namespace.get("__future_flags__", 0)
            compiled = compile(code.text, "<cell>", "exec", flags, dont_inherit=True)
            # As in IPython, `from __future__ import ...` holds for the cells that follow.
            namespace["__future_flags__"] = compiled.co_flags & FUTURES
            exec(compiled, namespace)
        except Exception as error:
            raise CellRaised(f"{type(error).__name__}: {error} in\n{source}") from error
    return printed.getvalue()


def snapshot(namespace: Namespace) -> dict[str, Any]:
    """Return the names with their values as plain comparable data."""
    return {
        name: plain(value)
        for name, value in namespace.items()
        if not name.startswith("__") and name != "get_ipython"
    }


def plain(value: Any, depth: int = 0) -> Any:
    """Return the value as data that compares equal exactly if it means the same."""
    kind = type(value).__name__
    if depth > 8:
        return "..."
    if value is None or isinstance(value, (int, float, str, bool)):
        return (kind, value)
    if isinstance(value, dict):
        return (kind, [(plain(k, depth + 1), plain(v, depth + 1)) for k, v in value.items()])
    if isinstance(value, (list, tuple)):
        return (kind, [plain(item, depth + 1) for item in value])
    if isinstance(value, (set, frozenset)):
        return (kind, sorted(map(repr, value)))
    if isinstance(value, type) or callable(value) or kind == "module":
        return (kind, getattr(value, "__name__", ""))
    if kind in ("ndarray", "DataFrame", "Series") or not hasattr(value, "__dict__"):
        return (kind, _ADDRESS.sub("", repr(value)))
    return (kind, [(k, plain(v, depth + 1)) for k, v in sorted(vars(value).items())])
