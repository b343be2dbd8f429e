"""What the panel costs in a real browser: `benchmarks/panel.py [--quick]`.

Bars: 95 of 100 chips follow their event within 150 ms; the page's memory does not grow with the
runs it followed. The runs' logs are written here, as a driver writes them, so that the time of
each event is known and no Ray is in the way.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import results
from chromium import browser
from options import Options
from series import Series

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "server")]

from lab import Lab  # noqa: E402
from notebook_page import NotebookPage  # noqa: E402
from playwright.sync_api import CDPSession, Page  # noqa: E402
from runs import Driver, accepted_run, driven  # noqa: E402
from sample import two_steps  # noqa: E402

EVENTS = 60
RUNS = 50
OUTPUTS = 200
"""Events with output in each of the runs after which memory is measured."""
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
WATCH = """() => {
  window.seen = [];
  new MutationObserver(changes => {
    for (const { target } of changes) {
      window.seen.push([target.dataset.state, Date.now()]);
    }
  }).observe(document.querySelector('.jp-Notebook'), {
    subtree: true, attributes: true, attributeFilter: ['data-state']
  });
}"""


def main() -> None:
    """Measure and tell."""
    from nbprism.runner import events as ev

    options = Options.parse(__doc__)
    runs = 5 if options.quick else RUNS
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        lab = Lab(Path(folder))
        (lab.root / "a.ipynb").write_text(json.dumps(two_steps()))
        lab.start()
        try:
            page = chromium.new_page(viewport={"width": 1600, "height": 1000})
            NotebookPage(page, lab, "a.ipynb").open()
            waits = latencies(page, lab, ev)
            session = page.context.new_cdp_session(page)
            before = heap(session)
            for _ in range(runs):
                whole_run(page, lab, ev)
            after = heap(session)
        finally:
            lab.stop()
    grown = f"{after:.1f}, before them {before:.1f}"
    rows = [
        ("event written to chip changed, ms", waits.shown(), f"{waits.quantile(0.95) * 1000:.0f}"),
        (f"JavaScript memory after {runs} runs of {OUTPUTS} outputs each, MB", grown, ""),
    ]
    results.write(
        "panel.py", "Panel", results.table(("what", "median and range", "95 % below"), rows),
        quick=options.quick,
    )  # fmt: skip


def latencies(page: Page, lab: Lab, ev: Any) -> Series:
    """Return how long it takes from writing an event to the chip that shows it."""
    run = accepted_run(lab.root)
    waits = Series()
    with driven(run) as driver:
        driver.start()
        follow(page, "waiting")
        page.evaluate(WATCH)
        for attempt in range(1, EVENTS + 1):
            begin(driver, ev, attempt)
            waits.times.append(wait_for(page, "running", time.time()))
            fail(driver, ev, attempt)
            waits.times.append(wait_for(page, "waiting", time.time()))
        driver.end()
    return waits


def begin(driver: Driver, ev: Any, attempt: int) -> None:
    driver.write(ev.StepQueued, step="load", attempt=attempt)
    driver.write(ev.StepStarted, step="load", attempt=attempt, pid=1)
    driver.write(ev.CellStarted, step="load", attempt=attempt, cell="a")


def fail(driver: Driver, ev: Any, attempt: int) -> None:
    failure = ev.Failure(code="cell-failed")
    driver.write(
        ev.StepFailed, step="load", attempt=attempt, duration_s=0.1, error=failure, will_retry=True
    )


def wait_for(page: Page, state: str, since: float) -> float:
    """Return the seconds from `since` to the moment a chip got this state."""
    found = page.wait_for_function(
        "([state]) => window.seen.find(([is]) => is === state)?.[1]", arg=[state]
    )
    at = float(found.json_value()) / 1000
    page.evaluate("window.seen.length = 0")
    return max(0.0, at - since)


def whole_run(page: Page, lab: Lab, ev: Any) -> None:
    """Let the page follow a run with much output from its beginning to its end."""
    run = accepted_run(lab.root)
    with driven(run) as driver:
        driver.start()
        follow(page, "waiting")
        begin(driver, ev, 1)
        for number in range(OUTPUTS):
            output = {"output_type": "stream", "name": "stdout", "text": f"{number} {'x' * 200}\n"}
            ops = ({"op": "append", "output": output},)
            driver.write(ev.CellOutput, step="load", attempt=1, cell="a", ops=ops)
        driver.write(ev.CellEnded, step="load", attempt=1, cell="a", ok=True)
        driver.write(ev.StepSucceeded, step="load", attempt=1, duration_s=0.1)
        driver.write(ev.StepSkipped, step="double", reason="for the benchmark")
        driver.end()
    page.locator('.nbprism-Chip[data-state="succeeded"]').first.wait_for()
    page.locator('.nbprism-Chip[data-state="skipped"]').first.wait_for()


def follow(page: Page, state: str) -> None:
    """Make the page look for a run that was started elsewhere."""
    page.evaluate(LOOK)
    page.locator(f'.nbprism-Chip[data-state="{state}"]').first.wait_for()


def heap(session: CDPSession) -> float:
    """Return the megabytes that the page's JavaScript holds after a collection."""
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    return float(used) / 1e6


if __name__ == "__main__":
    main()
