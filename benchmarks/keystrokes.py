"""Typing in 500 cells, with nbprism and without: `benchmarks/keystrokes.py [--quick]`.

Bar: a keystroke takes less than 5 ms longer. One browser and one server, the two in turn: which
extensions a page has is read when it is opened.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import results
from chromium import browser
from options import Options
from playwright.sync_api import Browser, CDPSession, Page, expect
from series import Series

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from lab import Lab  # noqa: E402
from notebook_files import code, write_notebook  # noqa: E402

TURNS, QUICK_TURNS = 4, 2
NOTEBOOK = "long.ipynb"
CELLS = 500
WORDS = 6
WORD = "value = "
"""Typed as people do: a word, then a moment of thought, in which the compiler is asked."""
KEY_MS, THOUGHT_MS = 90, 600
LATENCIES = """() => {
  window.keys = [];
  window.addEventListener('keydown', ({ timeStamp }) => {
    requestAnimationFrame(() => {
      // What is posted in a frame comes after that frame was laid out and painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.keys.push(performance.now() - timeStamp);
      port2.postMessage(null);
    });
  }, { capture: true });
}"""


@dataclass(slots=True)
class Side:
    """Keystrokes with nbprism, or without."""

    latency: Series = field(default_factory=Series)
    """Seconds from the key to the frame that shows it, each key."""
    work: Series = field(default_factory=Series)
    """Seconds for which the page's main thread was busy, by keystroke; one number for each turn."""


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        lab = Lab(Path(folder))
        write(lab.root)
        lab.start()
        try:
            without, along = measure(chromium, lab, QUICK_TURNS if options.quick else TURNS)
        finally:
            lab.stop()
    rows = [*_rows("without nbprism", without), *_rows("with nbprism", along)]
    head = ("what", "median and range", "95 % below")
    results.write("keystrokes.py", "Typing", results.table(head, rows), quick=options.quick)


def write(folder: Path) -> None:
    """Write a notebook of 500 cells in 50 steps that use each other's values."""
    sources = ["x0 = 0", *(f"x{n} = {n} + x{n - 1}\nprint(x{n})" for n in range(1, CELLS))]
    cells = (code(f"c{n}", source, f"step:s{n // 10}") for n, source in enumerate(sources))
    write_notebook(folder / NOTEBOOK, *cells)


def measure(browser: Browser, lab: Lab, turns: int) -> tuple[Side, Side]:
    """Type without and with nbprism in turn; the first turn is not counted."""
    without, along = Side(), Side()
    for turn in range(turns):
        for is_along, side in ((False, without), (True, along)):
            lab.enable(extension=is_along)
            found = _typed(browser, lab, is_along=is_along)
            if turn:
                side.latency.times += found.latency.times
                side.work.times += found.work.times
    return without, along


def _typed(browser: Browser, lab: Lab, *, is_along: bool) -> Side:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.goto(lab.page_of(NOTEBOOK))
    editor = page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(3)
    expect(editor).to_be_visible()
    expect(page.locator(".nbprism-Chip:visible").first).to_be_visible(visible=is_along)
    editor.click()
    page.keyboard.press("Control+Home")
    _type(page)
    page.evaluate(LATENCIES)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = _busy(session)
    for _ in range(WORDS):
        _type(page)
    spent = _busy(session) - before
    keys = [float(latency) / 1000 for latency in page.evaluate("window.keys")]
    page.close()
    return Side(Series(keys), Series([spent / (WORDS * len(WORD))]))


def _type(page: Page) -> None:
    page.keyboard.type(WORD, delay=KEY_MS)
    page.wait_for_timeout(THOUGHT_MS)


def _busy(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(item["value"] for item in metrics if item["name"] == "TaskDuration"))


def _rows(name: str, side: Side) -> list[tuple[str, str, str]]:
    late = f"{side.latency.quantile(0.95) * 1000:.0f}"
    return [
        (f"key to frame, {CELLS} cells, {name}, ms", side.latency.shown(digits=1), late),
        (f"main thread by key, {CELLS} cells, {name}, ms", side.work.shown(digits=1), ""),
    ]


if __name__ == "__main__":
    main()
