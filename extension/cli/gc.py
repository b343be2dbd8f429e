"""`nbprism gc` and `nbprism pin`: what a store keeps, and for how long."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from nbprism.cli.runs import store_option
from nbprism.compiler.settings.quantities import QuantityInvalid, byte_size
from nbprism.results.finding import find_run, stores_near
from nbprism.runner.artifacts.bucket import Bucket, is_bucket
from nbprism.runner.bucket_gc import collect_in
from nbprism.runner.gc import collect, summed
from nbprism.runner.remote.address import find_cluster
from nbprism.runner.store import Store

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _age(_: click.Context, __: click.Parameter, text: str) -> float:
    fits = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", text.strip())
    if fits is None:
        raise click.BadParameter(f"{text!r} is no age such as 12h, 30d or 8w.")
    return float(fits[1]) * _SECONDS[fits[2]]


def _bytes(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return byte_size(text)
    except QuantityInvalid as error:
        raise click.BadParameter(f"It {error}, not {text!r}.") from error


@click.command()
@click.option(
    "--older-than", "older_than_s", default="30d", show_default=True, metavar="AGE", callback=_age,
    help="Remove runs made longer ago, such as 12h, 30d or 8w.",
)  # fmt: skip
@click.option(
    "--max-size", "max_bytes", metavar="SIZE", callback=_bytes,
    help="Remove the oldest runs until the rest takes no more, such as 10GB.",
)  # fmt: skip
@click.option(
    "--cluster",
    metavar="NAME",
    help="Look into the bucket of a cluster in your list instead of the stores here.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print what went as JSON.")
def gc(
    *,
    older_than_s: float,
    max_bytes: int | None,
    cluster: str | None,
    dry_run: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """Remove old runs, and results and values that no run needs. Pinned runs stay."""
    if cluster is not None:
        if max_bytes is not None or store is not None:
            raise click.UsageError("With --cluster, age alone decides: leave out the other limits.")
        form = summed([collect_in(_bucket_of(cluster), older_than_s=older_than_s, dry_run=dry_run)])
        _say(form, dry_run=dry_run, as_json=as_json)
        return
    stores = [Store(store)] if store else stores_near()
    form = summed(
        collect(one, older_than_s=older_than_s, max_bytes=max_bytes, dry_run=dry_run)
        for one in stores
    )
    _say(form, dry_run=dry_run, as_json=as_json)


def _bucket_of(cluster: str) -> Bucket:
    store = find_cluster(cluster).store
    if store is None or not is_bucket(store):
        raise click.UsageError(
            f"Your list of clusters names no bucket as the store of '{cluster}': what it keeps is "
            "on its own disks."
        )
    return Bucket(store)


def _say(form: Any, *, dry_run: bool, as_json: bool) -> None:
    click.echo(json.dumps(form) if as_json else _in_words(form, dry_run=dry_run))


def _in_words(form: Any, *, dry_run: bool) -> str:
    would = "Would remove" if dry_run else "Removed"
    return (
        f"{would} {len(form['runs'])} runs, {form['records']} results and {form['artifacts']} "
        f"values: {form['bytes'] / 1e6:.1f} MB."
    )


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--undo", is_flag=True, help="Let it be removed again.")
@store_option
def pin(*, run_id: str, undo: bool, store: Path | None) -> None:
    """Keep RUN from being deleted, whatever its age."""
    folder = find_run(run_id, Store(store) if store else None)
    folder.pin(pinned=not undo)
    click.echo(f"Run {folder.id} is {'no longer ' if undo else ''}pinned.")
