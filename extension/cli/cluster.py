"""`nbprism cluster`: the local Ray that runs share, and the user's list of others."""

from __future__ import annotations

import json

import click

from nbprism.runner.remote.address import LOCAL, clusters_file, known_clusters


@click.group()
def cluster() -> None:
    """The local Ray, which starts with the first run and stops when idle; and other clusters."""


@cluster.command()
def up() -> None:
    """Start the local Ray now, so that the next run need not wait for it."""
    from nbprism.runner.cluster import local

    address = local.ensure()
    click.echo(f"The local Ray is up at {address.address}.")


@cluster.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(*, as_json: bool) -> None:
    """Say whether the local Ray is up, and how large it is."""
    from nbprism.runner.cluster import local

    state = local.status()
    if as_json:
        click.echo(json.dumps(state))
    elif state is None:
        click.echo("The local Ray is not running; the next run starts it.")
    else:
        gpus = f", {state['gpus']:g} GPUs" if state["gpus"] else ""
        use = "in use" if state["in_use"] else "idle"
        free = "" if state["free"] is None else f" {state['free']['cpus']:g} CPUs are free."
        click.echo(
            f"The local Ray is up at {state['address']}, {use}: {state['cpus']:g} CPUs{gpus}, "
            f"{state['memory'] / 1e9:.1f} GB of memory for steps.{free}"
        )


@cluster.command("list")
def list_clusters() -> None:
    """List the clusters that runs can be sent to by name."""
    known = known_clusters()
    for name in (LOCAL, *known):
        # The address and nothing else: headers may hold secrets.
        where = known[name].get("url", "has no url") if name in known else "the Ray of this machine"
        click.echo(f"{name:<16} {where}")
    if not known:
        click.echo(f"Name others in {clusters_file()}; docs/clusters.md says how.")


@cluster.command()
@click.option(
    "--force", is_flag=True, help="Also while runs use it or wait for it; they end as failed."
)
def down(*, force: bool) -> None:
    """Stop the local Ray and all that it started."""
    from nbprism.runner.cluster import local

    stopped = local.down(force=force)
    click.echo("The local Ray is stopped." if stopped else "The local Ray was not running.")
