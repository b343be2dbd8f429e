"""What an operator sees: metrics for Prometheus, and a record of who did what."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Client, Fetch
from prometheus_client import REGISTRY
from runs import accepted_run, driven
from sample import two_steps

from nbprism.server_ext import metrics


@pytest.fixture
def records(jp_serverapp: Any) -> io.StringIO:
    """Give what Jupyter's event system writes for an operator."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    jp_serverapp.event_logger.register_handler(handler)
    return stream


@pytest.fixture
def active(monkeypatch: pytest.MonkeyPatch) -> Iterator[metrics.ActiveRuns]:
    """Count runs from nothing: metrics are of the process, and runs of tests before may go on."""
    of_process, own = metrics.ACTIVE, metrics.ActiveRuns()
    monkeypatch.setattr(metrics, "ACTIVE", own)
    REGISTRY.unregister(of_process)
    REGISTRY.register(own)
    yield own
    REGISTRY.unregister(own)
    REGISTRY.register(of_process)


async def numbers(fetch: Fetch) -> dict[str, float]:
    """Return our metrics as Prometheus reads them."""
    page = (await fetch("metrics", method="GET")).body.decode()
    found = re.findall(r"^(nbprism_\S+) (\S+)$", page, flags=re.MULTILINE)
    return {name: float(value) for name, value in found}


async def test_compiling_and_refusals_are_counted(client: Client, jp_fetch: Fetch) -> None:
    before = await numbers(jp_fetch)
    await client.post("compile", form={"path": "a.ipynb", "notebook": two_steps()})
    await client.get("runs", "nobody", path="a.ipynb")
    after = await numbers(jp_fetch)
    refused = 'nbprism_requests_refused_total{code="run-not-found"}'
    compiled = "nbprism_compile_seconds_count"
    assert after[compiled] > before[compiled]  # what a test before asked for may end only now
    assert after[refused] == before.get(refused, 0) + 1


async def test_a_run_is_active_until_it_has_ended(
    active: metrics.ActiveRuns, jp_fetch: Fetch, jp_root_dir: Path
) -> None:
    run = accepted_run(jp_root_dir)
    active.add(run, "local")
    active.add(run, "local")
    with driven(run) as driver:
        driver.start()
        going = await numbers(jp_fetch)
        driver.end()
    after = await numbers(jp_fetch)
    submitted = 'nbprism_runs_submitted_total{cluster="local"}'
    succeeded = 'nbprism_runs_ended_total{state="succeeded"}'
    assert (going[submitted], going["nbprism_runs_active"]) == (1, 1)
    assert (after["nbprism_runs_active"], after[succeeded]) == (0, 1)


async def test_a_run_that_was_deleted_is_active_no_more(
    active: metrics.ActiveRuns, jp_fetch: Fetch, jp_root_dir: Path
) -> None:
    run = accepted_run(jp_root_dir)
    active.add(run, "local")
    assert (await numbers(jp_fetch))["nbprism_runs_active"] == 1
    run.log_path.unlink()
    assert (await numbers(jp_fetch))["nbprism_runs_active"] == 0


async def test_who_cancelled_what_is_on_record(
    client: Client, jp_root_dir: Path, records: io.StringIO
) -> None:
    run = accepted_run(jp_root_dir)
    with driven(run) as driver:
        driver.start()
        await client.post("runs", run.id, "cancel", form={"path": "a.ipynb"})
    (record,) = [json.loads(line) for line in records.getvalue().splitlines()]
    assert record["__schema__"] == "urn:nbprism:events:runs:v1"
    assert (record["action"], record["run"], record["path"]) == ("cancel", run.id, "a.ipynb")
    assert record["user"]


async def test_what_was_refused_is_not_on_record(client: Client, records: io.StringIO) -> None:
    await client.post("runs", "nobody", "cancel", form={"path": "a.ipynb"})
    assert records.getvalue() == ""
