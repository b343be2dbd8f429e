"""In the kernel: note where in a cell an error came from.

The error message on the wire has only text for people, in a format that `%xmode` changes; the
place is taken from the traceback itself.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from nbprism.runner import own_json


def note_to(path: Path) -> None:
    """Write each failed cell's place and kind of error to `path`, replacing the last one's."""
    from IPython.core.getipython import get_ipython

    if (shell := get_ipython()) is not None:
        shell.events.register("post_run_cell", _Noting(path))


class _Noting:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.__name__ = "nbprism_noting"  # IPython names its callbacks in messages

    def __call__(self, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            return
        form = {
            "code": _code(error),
            "kinds": [kind.__name__ for kind in type(error).__mro__],
            "errno": error.errno if isinstance(error, OSError) else None,
            "line": _line(error, getattr(result.info, "raw_cell", "")),
        }
        self._path.write_text(own_json.dumps(form), encoding="utf-8")


def _code(error: BaseException) -> str | None:
    """Return the stable code of an error of ours; other libraries' `code` mean other things."""
    ours = type(error).__module__.startswith("nbprism.")
    return getattr(error, "code", None) if ours else None


def _line(error: BaseException, source: str) -> int | None:
    """Return the line of the cell that was being executed, from 1."""
    if isinstance(error, SyntaxError):
        return error.lineno
    for frame, line in traceback.walk_tb(error.__traceback__):
        # Above the cell there are only functions of IPython.
        if frame.f_code.co_name == "<module>":
            return min(line, max(1, len(source.splitlines())))
    return None
