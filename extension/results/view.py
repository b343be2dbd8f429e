"""A run as it is shown where Python runs: a live view in a notebook, a table on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nbprism.results.live_view import LiveView
from nbprism.results.page import graph_text, run_page, run_text
from nbprism.results.place import in_notebook
from nbprism.runner import events as ev
from nbprism.runner.flow.state import fold
from nbprism.runner.following import follow
from nbprism.runner.summary import state_of

if TYPE_CHECKING:
    from nbprism.results.run import Run


def snapshot(run: Run) -> dict[str, str]:
    """Return the run as it stands, as a MIME bundle for people."""
    state = state_of(run.folder.events())
    lost = run.state == "lost"
    return {
        "text/html": run_page(state, run.plan, now=time.time(), lost=lost),
        "text/plain": run_text(state, run.plan, lost=lost),
    }


def show_here(run: Run, *, wait: bool) -> None:
    """Show the run in the output of this cell, or on the terminal, as it goes on."""
    if not in_notebook():
        _show_on_terminal(run, wait=wait)
    elif run.ended:
        from IPython.display import display

        display(snapshot(run), raw=True)  # type: ignore[no-untyped-call]
    else:
        RunView(run).start(wait=wait)


def _show_on_terminal(run: Run, *, wait: bool) -> None:
    from rich.console import Console

    from nbprism.results.live_table import LiveTable

    if not wait:
        sys.stdout.write(snapshot(run)["text/plain"] + "\n")
        return
    with LiveTable(Console(), run.plan.notebook) as table:
        for event in follow(run.folder):
            table.show(event)


class RunView(LiveView):
    """One run: its steps, and on demand its graph and what its cells write."""

    def __init__(self, run: Run) -> None:
        import ipywidgets as widgets

        self._run = run
        self._state = state_of(run.folder.events())
        self._log: list[str] = []
        self._more = widgets.ToggleButtons(options=["Steps", "Graph", "Log"], value="Steps")
        self._more.observe(self._on_more, "value")
        self._page = widgets.Output()
        super().__init__(run.id)
        self._widget.children = [*self._widget.children, self._page]

    def _buttons(self) -> list[Any]:
        return [self._more]

    def _html(self) -> str:
        return run_page(self._state, self._run.plan, now=time.time())

    def _text(self) -> str:
        return run_text(self._state, self._run.plan)

    def _moments(self, *, cancels: bool) -> Iterator[bool]:
        for event in follow(self._run.folder, cancels=cancels):
            self._state = fold(self._state, event)
            if isinstance(event, ev.CellOutput):
                self._log.append(_log_lines(event))
            yield event.kind not in ev.CHATTER

    def _last(self) -> dict[str, str]:
        return snapshot(self._run)

    def _stop(self) -> None:
        self._run.cancel()

    def _again(self) -> str:
        return f'nbprism.Run.find("{self._run.id}").show()'

    def _on_more(self, change: Any) -> None:
        self._page.clear_output()
        pages: dict[str, Callable[[], None]] = {"Graph": self._show_graph, "Log": self._show_log}
        if (show := pages.get(change["new"])) is not None:
            with self._page:
                show()

    def _show_graph(self) -> None:
        from IPython.display import display

        text = graph_text(self._run.plan)
        bundle = {"text/vnd.mermaid": text, "text/plain": text}
        display(bundle, raw=True)  # type: ignore[no-untyped-call]

    def _show_log(self) -> None:
        sys.stdout.write("".join(self._log[-200:]) or "Nothing was written yet.\n")


def _log_lines(event: ev.CellOutput) -> str:
    from nbprism.results.outputs import text_of

    text = "".join(text_of(op.get("output", {})) for op in event.ops)
    return "".join(f"[{event.step}] {line}\n" for line in text.splitlines())
