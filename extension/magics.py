"""`%nbprism` and `%%nbprism`: runs from a cell, a step's inputs by hand, a cell on the cluster.

%load_ext nbprism
%nbprism run train.ipynb lr=0.1        run a notebook and watch it
%nbprism status [RUN]                  how a run stands; the newest near here without a name
%nbprism load RUN STEP                 a step's inputs into this kernel
%nbprism load RUN STEP NAME...         of what it gave, these values
%nbprism diff RUN RUN                  what differs
%nbprism resume RUN [STEP]             go on from where it ended, or again from STEP on
%%nbprism gpus=1 memory=4GB            run this cell on the cluster, with this kernel's values
%%nbprism --no-wait cpus=2             the same, returning at once
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbprism.compiler.errors import PrismError
from nbprism.compiler.spelling import did_you_mean

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbprism.offload.remote import RemoteCell
    from nbprism.results.run import Run

CELL_OPTIONS: Final = ("--no-wait", "--cluster")


class MagicUsage(PrismError):
    """A magic was called in a way it does not know."""

    code = "magic-usage"


def register(shell: InteractiveShell) -> None:
    """Give a shell the magics."""
    magics = _Magics(shell)
    shell.register_magic_function(magics.line, "line", "nbprism")  # type: ignore[arg-type]
    shell.register_magic_function(magics.cell, "cell", "nbprism")  # type: ignore[arg-type]


class _Magics:
    """The magics of one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._verbs: dict[str, Callable[[list[str]], Any]] = {
            "run": self._run,
            "status": self._status,
            "load": self._load,
            "diff": self._diff,
            "resume": self._resume,
        }

    def line(self, line: str) -> Any:
        """Perform `%nbprism VERB ...`."""
        with _in_a_sentence():
            return self._perform(line)

    def _perform(self, line: str) -> Any:
        verb, *arguments = shlex.split(line) or ["status"]
        if (perform := self._verbs.get(verb)) is None:
            hint = did_you_mean(verb, self._verbs) or f"Verbs are {', '.join(self._verbs)}."
            raise MagicUsage(f"%nbprism has no verb '{verb}'. {hint}")
        return perform(arguments)

    def cell(self, line: str, cell: str) -> Any:
        """Perform `%%nbprism SETTING=VALUE ...`."""
        with _in_a_sentence():
            return self._elsewhere(line, cell)

    def _elsewhere(self, line: str, cell: str) -> RemoteCell | None:
        from nbprism.offload.capture import capture
        from nbprism.offload.remote import send

        words = shlex.split(line)
        options = _cell_options(words)
        namespace = self._shell.user_ns
        settings = _assignments(words)
        source = cell if options.is_hidden else _lined_up(line, cell)
        captured = capture(source, namespace, settings, name=_cell_name())
        remote = send(captured, namespace, cluster=options.cluster)
        _tell(captured.notes)
        if not options.wait:
            return remote
        remote.stream()
        remote.result()
        _tell(remote.notes())
        return None

    def _run(self, arguments: list[str]) -> Run:
        from nbprism.submission import run

        paths = [word for word in arguments if "=" not in word]
        if len(paths) > 1:
            raise MagicUsage(f"One notebook at a time, not {len(paths)}: {', '.join(paths)}.")
        parameters = _assignments(word for word in arguments if "=" in word)
        return run(paths[0] if paths else None, parameters=parameters)

    def _status(self, arguments: list[str]) -> None:
        from nbprism.results.finding import runs_near
        from nbprism.results.run import Run

        if arguments:
            Run.find(arguments[0]).show()
            return
        newest = max(runs_near(), key=lambda folder: folder.id, default=None)
        if newest is None:
            print("No runs yet. `%nbprism run NOTEBOOK` makes one.")  # noqa: T201 - the answer
        else:
            Run(newest).show()

    def _load(self, arguments: list[str]) -> None:
        from nbprism.results.loading import load_inputs, load_values
        from nbprism.results.run import Run

        run, step, names = _step(arguments)
        found, namespace = Run.find(run), self._shell.user_ns
        loaded = load_values(found, step, names, namespace) if names else None
        print(loaded or load_inputs(found, step, namespace))  # noqa: T201 - the answer

    def _diff(self, arguments: list[str]) -> Any:
        from nbprism.results.comparison import diff

        return diff(*_two(arguments, "diff RUN RUN"))

    def _resume(self, arguments: list[str]) -> Run:
        from nbprism.results.run import Run

        if len(arguments) not in (1, 2):
            raise MagicUsage("It is %nbprism resume RUN, or RUN and the STEP to run again from.")
        run, *step = arguments
        return Run.find(run).resume(*step).show(wait=True)


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"[nbprism] {note}", file=sys.stderr)  # noqa: T201 - what a cell cannot do elsewhere


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Let IPython show an error of nbprism as what it says, without how nbprism came to say it."""
    try:
        yield
    except PrismError as error:
        said = f"{type(error).__name__}: {error}"
        error._render_traceback_ = lambda: [said]  # type: ignore[attr-defined]
        raise


def _lined_up(line: str, cell: str) -> str:
    """Return the cell with lines numbered as its user sees them, below the magic's own."""
    # A cell magic of its own has to stay in the first line.
    return cell if cell.lstrip().startswith("%%") else f"#%%nbprism {line}\n{cell}"


def _step(arguments: list[str]) -> tuple[str, str, list[str]]:
    if len(arguments) < 2:  # noqa: PLR2004
        raise MagicUsage(
            "It is %nbprism load RUN STEP for a step's inputs; with NAMES it is what the step gave."
        )
    run, step, *names = arguments
    return run, step, names


def _two(arguments: list[str], usage: str) -> tuple[str, str]:
    if len(arguments) != 2:  # noqa: PLR2004
        raise MagicUsage(f"It is %nbprism {usage}.")
    return arguments[0], arguments[1]


@dataclass(frozen=True, slots=True)
class _CellOptions:
    """What stands before the settings of a cell."""

    wait: bool = True
    cluster: str = "local"
    is_hidden: bool = False
    """Whether the magic's line is not in the cell that the user sees, as from JupyterLab's menu."""


def _cell_options(words: list[str]) -> _CellOptions:
    """Take the options out of `words`."""
    found = _CellOptions()
    while words and words[0].startswith("--"):
        option, _, value = words.pop(0).partition("=")
        if option == "--no-wait":
            found = replace(found, wait=False)
        elif option == "--hidden":
            found = replace(found, is_hidden=True)
        elif option == "--cluster" and value:
            found = replace(found, cluster=value)
        elif option == "--cluster":
            raise MagicUsage("Which cluster? Give its name, as in --cluster=farm.")
        else:
            hint = did_you_mean(option, CELL_OPTIONS) or "It is --no-wait or --cluster=NAME."
            raise MagicUsage(f"%%nbprism has no option '{option}'. {hint}")
    return found


def _assignments(words: Iterable[str]) -> dict[str, Any]:
    from nbprism.compiler.parameter_values import value_of

    found = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise MagicUsage(f"'{word}' is not of the form NAME=VALUE, as in gpus=1.")
        found[name] = value_of(text)
    return found


def _cell_name() -> str:
    """Return what runs of this notebook's cells are called, to tell them from its own."""
    from nbprism.compiler.errors import NotebookUnreadable
    from nbprism.submission import this_notebook

    try:
        return f"{this_notebook().stem}-cell"
    except NotebookUnreadable:
        return f"{Path.cwd().name or 'kernel'}-cell"
