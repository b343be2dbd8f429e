"""Ten trivial steps, one after the other, warm: `python benchmarks/chain.py [--quick] [PEER]...`.

Bars: under 100 ms per step on a quiet machine, and at least 8 times less than papermill.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pipelines
import results
from options import Options
from peer import PEERS, CannotRun, Peer
from series import Series

STEPS = 10
OURS = "nbprism"


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    with pipelines.workplace() as folder:
        notebook = pipelines.write(folder / "chain.ipynb", pipelines.chain(STEPS))
        runs: dict[str, Callable[[], tuple[float, float | None]]] = {OURS: lambda: _ours(notebook)}
        refused: dict[str, str] = {}
        for peer in PEERS:
            if options.wants(peer.name):
                _prepare(peer, folder, runs, refused)
        whole, inner = _measured(runs, options.repeats)
    results.write(
        "chain.py", "Chain: ten trivial steps, milliseconds per step",
        [*_table(whole, inner), *_notes(refused)], quick=options.quick,
    )  # fmt: skip


def _prepare(
    peer: Peer,
    folder: Path,
    runs: dict[str, Callable[[], tuple[float, float | None]]],
    refused: dict[str, str],
) -> None:
    place = folder / peer.name
    try:
        peer.install()
        peer.run(place)
    except CannotRun as error:
        refused[peer.name] = str(error)
    else:
        runs[peer.name] = lambda: peer.run(place)


def _ours(notebook: Path) -> tuple[float, float]:
    """Return what the command takes, and a run that a living process asks for."""
    inner = pipelines.took(notebook)
    # A constant that was never there before, so that no step is reused.
    command = [str(Path(sys.executable).with_name("nbprism")), "run", "--json", str(notebook)]
    cells = pipelines.chain(STEPS)
    cells[0] = (cells[0][0], f"x0 = {time.time_ns()}")
    pipelines.write(notebook, cells)
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    took = time.perf_counter() - began
    time.sleep(pipelines.SETTLE_S)
    return took, inner


def _measured(
    runs: dict[str, Callable[[], tuple[float, float | None]]], repeats: int
) -> tuple[dict[str, Series], dict[str, Series]]:
    whole = {name: Series() for name in runs}
    inner = {name: Series() for name in runs}
    runs[OURS]()
    for _ in range(repeats):
        for name, run in runs.items():
            command, steps = run()
            whole[name].times.append(command / STEPS)
            if steps is not None:
                inner[name].times.append(steps / STEPS)
    return whole, inner


def _table(whole: dict[str, Series], inner: dict[str, Series]) -> list[str]:
    what = {peer.name: peer.what for peer in PEERS} | {OURS: "a notebook in a kernel"}
    rows = [
        (
            name, what[name], series.shown(), inner[name].shown() if inner[name].times else "",
            f"{series.median / whole[OURS].median:.1f}",
        )
        for name, series in sorted(whole.items(), key=lambda item: item[1].median)
    ]  # fmt: skip
    return results.table(("tool", "a step is", "whole command", "steps alone", "times ours"), rows)


def _notes(refused: dict[str, str]) -> list[str]:
    told = [f"{name} is missing: `{reason}`." for name, reason in refused.items()]
    return [
        "",
        "Steps alone: timed inside a process that is there already; for nbprism from the request "
        "to the run's last event, the cluster warm.",
        *told,
    ]


if __name__ == "__main__":
    main()
