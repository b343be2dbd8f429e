"""What to say when a run is over: its numbers, where its results are, and how to go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from nbprism.results.page import short


def print_ending(console: Console, summary: Mapping[str, Any]) -> None:
    """Print how the run of a summary ended, and, if it did not succeed, the ways on."""
    for name, value in summary["metrics"].items():
        console.print(f"  {name} = [bold]{short(value)}[/]", highlight=False)
    if summary["executed"]:
        where = _near(summary["executed"])
        console.print(f"Executed notebook: {where}", soft_wrap=True, highlight=False)
    if (error := summary["error"]) and error["step"] is None:
        console.print(f"[red]{error['evalue']}[/] {error['hint']}", soft_wrap=True, highlight=False)
    took = summary["duration_s"]
    within = "" if took is None else f" in {took:.1f} s"
    console.print(f"Run {summary['state']}{within}.", highlight=False)
    for way in ways_on(summary):
        console.print(way, style="dim", markup=False, soft_wrap=True, highlight=False)


def ways_on(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what can be done after a run that did not succeed; what is done is not done again."""
    run, notebook, error = summary["run"], _near(summary["notebook"]), summary["error"]
    if summary["state"] == "failed" and error and error["step"]:
        if error["code"] == "cell-failed":
            first = "When that is done" if error["hint"] else "Correct the cell, then"
            yield f"{first}: nbprism run {notebook}"
        load = f"%nbprism load {run} {error['step']}"
        yield f"Its inputs, in a kernel:  %load_ext nbprism  and  {load}"
    if summary["state"] in {"failed", "cancelled", "lost"}:
        yield f"As it was, from where it stopped: nbprism resume {run}"


def _near(path: str) -> str:
    """Return the path relative to the working directory where that is shorter."""
    here = Path.cwd()
    absolute = Path(path).resolve()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
