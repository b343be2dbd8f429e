"""A run as it is shown where Python runs: a live view in a notebook, a table on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from nbprism.results.page import graph_text, run_page, run_text
from nbprism.runner import events as ev
from nbprism.runner.following import follow
from nbprism.runner.state import fold
from nbprism.runner.summary import state_of

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from nbprism.results.run import Run

REFRESH_S: Final = 0.25
"""How often the view of a run that is going on is drawn at most."""


def in_notebook() -> bool:
    """Return whether this is a kernel, whose front end shows HTML and widgets."""
    return getattr(_shell(), "kernel", None) is not None


def cell_number() -> int | None:
    """Return the number of the cell that is running; None where there are no cells."""
    number: int | None = getattr(_shell(), "execution_count", None)
    return number


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


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
        LiveView(run).start(wait=wait)


def _show_on_terminal(run: Run, *, wait: bool) -> None:
    from rich.console import Console

    from nbprism.results.live_table import LiveTable

    if not wait:
        sys.stdout.write(snapshot(run)["text/plain"] + "\n")
        return
    with LiveTable(Console(), run.plan.notebook) as table:
        for event in follow(run.folder):
            table.show(event)


class LiveView:
    """A widget that follows a run, and leaves plain HTML behind when the run has ended.

    The HTML is what a saved notebook, a restarted kernel and a front end without widgets show.
    """

    def __init__(self, run: Run) -> None:
        import ipywidgets as widgets

        self._run = run
        self._state = state_of(run.folder.events())
        self._table = widgets.HTML(self._html())
        self._cancel = widgets.Button(description="Cancel", tooltip="Stop the run")
        self._cancel.on_click(self._on_cancel)
        self._more = widgets.ToggleButtons(
            options=["Steps", "Graph", "Log"], value="Steps", description=""
        )
        self._more.observe(self._on_more, "value")
        self._page = widgets.Output()
        self._log: list[str] = []
        self._widget = widgets.VBox(
            [self._table, widgets.HBox([self._more, self._cancel]), self._page]
        )

    def start(self, *, wait: bool) -> None:
        """Display the view; return at once, or, if `wait`, when the run has ended."""
        from IPython.display import display

        handle = display(self._bundle(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        if wait:
            self._follow(handle, cancels=True)
        else:
            threading.Thread(
                target=self._follow,
                args=(handle,),
                name=f"nbprism-view-{self._run.id}",
                daemon=True,
            ).start()

    def _follow(self, handle: DisplayHandle, *, cancels: bool = False) -> None:
        stop = threading.Event()
        clock = threading.Thread(target=self._tick, args=(stop,), daemon=True)
        clock.start()
        try:
            for event in follow(self._run.folder, cancels=cancels):
                self._take(event)
        finally:
            stop.set()
            clock.join()
            handle.update(snapshot(self._run), raw=True)  # type: ignore[no-untyped-call]
            self._widget.close()

    def _take(self, event: ev.Event) -> None:
        self._state = fold(self._state, event)
        if isinstance(event, ev.CellOutput):
            self._log.append(_log_lines(event))

    def _tick(self, stop: threading.Event) -> None:
        while not stop.wait(REFRESH_S):
            self._table.value = self._html()

    def _html(self) -> str:
        return run_page(self._state, self._run.plan, now=time.time())

    def _bundle(self) -> dict[str, Any]:
        widget = self._widget._repr_mimebundle_()  # the documented hook of ipywidgets
        return {**widget, "text/html": self._html(), "text/plain": repr(self._run)}

    def _on_cancel(self, _: Any) -> None:
        self._cancel.disabled = True
        self._run.cancel()

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
