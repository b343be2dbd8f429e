"""What is shown in a cell's output while something goes on, and what it leaves behind."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Final

REFRESH_S: Final = 0.25
"""How often the view is drawn at most."""
LIVE_MIME: Final = "application/vnd.nbprism.live+json"
"""JupyterLab with nbprism shows the widget where it lives, and the HTML where it does not."""


class LiveView(ABC):
    """A widget that follows something, and leaves plain HTML behind when that has ended.

    The HTML is what a saved notebook, a restarted kernel and a front end without widgets show. It
    is brought up to date with every `moment`, as nobody knows when the notebook will be saved.
    """

    def __init__(self, name: str) -> None:
        import ipywidgets as widgets

        self._name = name
        self._table = widgets.HTML(self._html())
        self._cancel = widgets.Button(description="Cancel", tooltip="Stop what is shown here")
        self._cancel.on_click(self._on_cancel)
        self._controls = widgets.HBox([*self._buttons(), self._cancel])
        self._widget = widgets.VBox([self._table, self._controls])

    @abstractmethod
    def _html(self) -> str:
        """Return how it stands, drawn from what `_moments` has taken in."""

    @abstractmethod
    def _text(self) -> str:
        """Return the same as plain text."""

    @abstractmethod
    def _moments(self, *, cancels: bool) -> Iterator[bool]:
        """Take in what happens until the end; yield whether it is worth keeping in the output."""

    @abstractmethod
    def _last(self) -> Mapping[str, str]:
        """Return what is left behind, as a MIME bundle."""

    @abstractmethod
    def _stop(self) -> None:
        """Do what the Cancel button asks for."""

    @abstractmethod
    def _again(self) -> str:
        """Return the code that shows the same once more."""

    def _buttons(self) -> list[Any]:
        return []

    def start(self, *, wait: bool) -> None:
        """Display the view; return at once, or, if `wait`, when it is over.

        Interrupting a view that is waited for cancels what it shows.
        """
        from IPython.display import display

        handle = display(self._bundle(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        if wait:
            self._follow(handle, cancels=True)
        else:
            name = f"nbprism-view-{self._name}"
            threading.Thread(target=self._follow, args=(handle,), name=name, daemon=True).start()

    def _follow(self, handle: Any, *, cancels: bool = False) -> None:
        stop = threading.Event()
        clock = threading.Thread(target=self._tick, args=(stop,), daemon=True)
        clock.start()
        try:
            for is_kept in self._moments(cancels=cancels):
                if is_kept:
                    handle.update(self._bundle(), raw=True)
        finally:
            stop.set()
            clock.join()
            self._end(handle)

    def _end(self, handle: Any) -> None:
        last = self._last()
        handle.update(last, raw=True)
        # A page that was loaded again does not know the handle: it still shows the widget.
        self._table.value = last["text/html"]
        self._widget.children = [self._table]
        for part in (*self._controls.children, self._controls):
            part.close()

    def _tick(self, stop: threading.Event) -> None:
        while not stop.wait(REFRESH_S):
            self._table.value = self._html()

    def _bundle(self) -> dict[str, Any]:
        widget = self._widget._repr_mimebundle_()  # the documented hook of ipywidgets
        live = {"schema": 1, "model": self._widget.model_id, "again": self._again()}
        # In this order: VS Code takes the first form that something there can show.
        return {
            **widget,
            LIVE_MIME: live,
            "text/html": self._html(),
            "text/plain": self._text(),
        }

    def _on_cancel(self, _: Any) -> None:
        self._cancel.disabled = True
        self._stop()
