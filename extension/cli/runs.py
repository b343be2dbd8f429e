"""`nbprism runs`, `show`, `logs`, `cancel` and `get`: what a store knows about runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nbprism.cli.follow import follow
from nbprism.cli.live import LOOKS, LiveTable
from nbprism.runner import events as ev
from nbprism.runner.store import RunFolder, Store

Command = Callable[..., Any]


def _store_option(command: Command) -> Command:
    return click.option(
        "--store", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False),
        help="The store to look in. Default: every .nbprism here, one folder below, or above.",
    )(command)  # fmt: skip


def find_run(run_id: str, store: Path | None) -> RunFolder:
    """Return the run of that id, or of that unique beginning or end of an id.

    Raises:
        click.BadParameter: no store near here has such a run, or several runs fit.
    """
    fitting = [run for near in _stores(store) for run in near.runs() if _fits(run.id, run_id)]
    if not fitting:
        raise click.BadParameter(f"There is no run '{run_id}' here. `nbprism runs` lists them.")
    if len(fitting) > 1:
        raise click.BadParameter(
            f"'{run_id}' fits several runs: {', '.join(r.id for r in fitting)}."
        )
    return fitting[0]


def _fits(run_id: str, wanted: str) -> bool:
    return run_id == wanted or run_id.startswith(wanted) or run_id.endswith(f"-{wanted}")


def _stores(store: Path | None) -> list[Store]:
    if store is not None:
        return [Store(store)]
    here = Path.cwd()
    near = [
        *here.glob(".nbprism"),
        *here.glob("*/.nbprism"),
        *(up / ".nbprism" for up in here.parents),
    ]
    return [Store(path) for path in near if path.is_dir()]


@click.command()
@click.argument(
    "notebook", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False
)
@_store_option
@click.option("--json", "as_json", is_flag=True, help="Print one summary per line.")
def runs(*, notebook: Path | None, store: Path | None, as_json: bool) -> None:
    """List the runs of NOTEBOOK, or all runs near here, the newest first."""
    summaries = list(_summaries(notebook, store))
    if as_json:
        for summary in summaries:
            click.echo(json.dumps(summary, ensure_ascii=False))
        return
    if not summaries:
        click.echo("No runs yet. `nbprism run NOTEBOOK` makes one.")
        return
    Console().print(_table(summaries))


def _summaries(notebook: Path | None, store: Path | None) -> Iterator[dict[str, Any]]:
    if notebook is not None:
        near = Store(store) if store else Store.beside(notebook)
        yield from map(RunFolder.listed, near.runs_of(notebook))
        return
    for near in _stores(store):
        yield from map(RunFolder.listed, near.runs())


def _table(summaries: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "when", "state", "time", "metrics"):
        table.add_column(heading, overflow="fold")
    for summary in summaries:
        when = datetime.fromtimestamp(summary["created_at"]).astimezone()
        style = LOOKS.get(summary["state"], ("", "yellow"))[1]
        took = summary["duration_s"]
        metrics = ", ".join(f"{name}={_short(value)}" for name, value in summary["metrics"].items())
        table.add_row(
            summary["run"], f"{when:%Y-%m-%d %H:%M:%S}", Text(summary["state"], style),
            "" if took is None else f"{took:.1f} s", metrics,
        )  # fmt: skip
    return table


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@click.command()
@click.argument("run_id", metavar="RUN")
@_store_option
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def show(*, run_id: str, store: Path | None, as_json: bool) -> None:
    """Show the steps of RUN, following it if it is still going. RUN may be shortened."""
    folder = find_run(run_id, store)
    if as_json:
        click.echo(json.dumps(folder.summary(), indent=2, ensure_ascii=False))
        return
    console = Console()
    with LiveTable(console, folder.plan().notebook) as table:
        for event in follow(folder, cancels=False):
            table.show(event)
    console.print_json(data=folder.summary()["metrics"])


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("step", required=False)
@_store_option
def logs(*, run_id: str, step: str | None, store: Path | None) -> None:
    """Print what the cells of RUN, or of one STEP of it, wrote as text."""
    folder = find_run(run_id, store)
    for event in folder.events():
        if isinstance(event, ev.CellOutput) and step in (None, event.step):
            _print_output(event, prefix="" if step else f"[{event.step}] ")


def _print_output(event: ev.CellOutput, prefix: str) -> None:
    for op in event.ops:
        text = _text_of(op.get("output", {}))
        for line in text.splitlines():
            click.echo(prefix + line)


def _text_of(output: dict[str, Any]) -> str:
    if output.get("output_type") == "error":
        return "\n".join(output.get("traceback", ()))
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return text if isinstance(text, str) else "".join(text)


@click.command()
@click.argument("run_id", metavar="RUN")
@_store_option
def cancel(*, run_id: str, store: Path | None) -> None:
    """Stop RUN and wait until nothing of it is left."""
    folder = find_run(run_id, store)
    folder.request_cancel()
    for _ in follow(folder, cancels=False):
        pass
    click.echo(f"Run {folder.id} is {folder.summary()['state']}.")


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("place", metavar="STEP.NAME")
@_store_option
def get(*, run_id: str, place: str, store: Path | None) -> None:
    """Print the value that STEP of RUN gave under NAME."""
    from nbprism.runner.artifacts import parcel

    step, _, name = place.partition(".")
    folder = find_run(run_id, store)
    given = _given(folder, step)
    if name not in given:
        raise click.BadParameter(
            f"{place!r} is not among what run {folder.id} gave: "
            + (", ".join(f"{step}.{known}" for known in given) or "nothing of that step is there")
            + "."
        )
    sys.stdout.write(f"{parcel.unpack(folder.store, {name: given[name]}, {})[name]}\n")


def _given(folder: RunFolder, step: str) -> dict[str, Any]:
    manifest = folder.manifest_path(step)
    outputs: dict[str, Any] = (
        json.loads(manifest.read_text())["outputs"] if manifest.exists() else {}
    )
    return outputs
