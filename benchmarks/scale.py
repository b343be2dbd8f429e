"""Many nodes, and many runs at once: `python benchmarks/scale.py [--quick] [steps] [runs]`.

The nodes are simulated, as in Ray's own tests: raylets on this machine that know nothing of each
other. Bars: driver and server keep their memory, and their CPU time per step and per run.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jupyter
import pipelines
import psutil
import results
from fanout import MB, fan
from options import Options
from series import Series
from tornado.httpclient import AsyncHTTPClient

from nbprism.compiler import compile_notebook, make_plan, read_notebook
from nbprism.runner.cluster.on_cluster import JobRay
from nbprism.runner.driver import lead
from nbprism.runner.executed import assemble
from nbprism.runner.flow.rules import rules_of
from nbprism.runner.remote.job_store import STORE
from nbprism.runner.store import Store

NODES, STEPS = 50, (100, 300, 1_000)
RUNS = (10, 30, 100)
QUICK_NODES, QUICK_STEPS, QUICK_RUNS = 3, (10, 30), (2, 6)
POLL_S = 0.2
START_S = 240.0
SPARE = "RAY_enable_worker_prestart"
"""Whether nodes start workers ahead; those of 50 nodes would take 5 GB."""
CELLS = [("step:load", "x = 1"), ("step:twice", "y = 2 * x"), ("step:say", "print(y)")]


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    nodes = QUICK_NODES if options.quick else NODES
    if options.wants("runs"):
        with pipelines.workplace() as folder:
            body = asyncio.run(_runs(folder, QUICK_RUNS if options.quick else RUNS))
        results.write("scale.py runs", "Scale: many runs at once", body, quick=options.quick)
    if options.wants("steps"):
        with pipelines.workplace() as folder:
            body = _steps(folder, nodes, QUICK_STEPS if options.quick else STEPS)
        results.write("scale.py steps", "Scale: many nodes", body, quick=options.quick)


def _steps(folder: Path, nodes: int, counts: tuple[int, ...]) -> list[str]:
    """Return a table of runs on many nodes, by how many steps they have."""
    rows = []
    with _many_nodes(nodes, folder):
        for count in counts:  # the first of them has every node get ready
            took, cpu = _led(folder, count)
            held = psutil.Process().memory_full_info().uss / MB
            rows.append(
                (f"{count:,}", f"{took:.1f}", f"{took / count * 1000:.0f}",
                 f"{cpu / count * 1000:.1f}", f"{held:.0f}")
            )  # fmt: skip
    head = ("steps", "seconds", "ms per step", "driver's CPU, ms per step", "its memory then, MB")
    return [f"{nodes} simulated nodes of one CPU each:", "", *results.table(head, rows), ""]


@contextmanager
def _many_nodes(nodes: int, folder: Path) -> Iterator[None]:
    from ray.cluster_utils import Cluster

    os.environ[STORE] = str(folder / "node")
    os.environ[SPARE] = "0"
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, object_store_memory=80 * MB, wait=False)
        cluster.wait_for_nodes(timeout=START_S)
        os.environ["RAY_ADDRESS"] = cluster.address
        yield
    finally:
        for name in ("RAY_ADDRESS", SPARE):
            os.environ.pop(name, None)
        cluster.shutdown()


def _led(folder: Path, steps: int) -> tuple[float, float]:
    """Lead a run in this process; return its seconds, and this process's CPU seconds."""
    notebook = pipelines.write(folder / f"steps-{steps}.ipynb", fan(steps))
    source = read_notebook(notebook)
    plan = make_plan(source, compile_notebook(source), {})
    store = Store(folder / "driver")
    run = store.create_run(plan, notebook_path=notebook)
    began, used = time.perf_counter(), time.process_time()
    assert lead(run, JobRay(store.root, rules_of(plan)), assemble) == 0, run.summary()["error"]
    return time.perf_counter() - began, time.process_time() - used


async def _runs(folder: Path, counts: tuple[int, ...]) -> list[str]:
    """Return a table of runs that one server starts at once, by how many."""
    pipelines.took(pipelines.write(folder / "warm.ipynb", CELLS))
    token = secrets.token_hex(16)
    rows = []
    with jupyter.server(folder, token) as (port, pid):
        await jupyter.until_up(port, token)
        server = psutil.Process(pid)
        client = _Client(port, token)
        for count in counts:
            used = sum(server.cpu_times()[:2])
            began = time.perf_counter()
            accepted = Series(await asyncio.gather(*(client.submit(folder) for _ in range(count))))
            await client.until_over(count)
            took = time.perf_counter() - began
            cpu = sum(server.cpu_times()[:2]) - used
            rows.append(
                (f"{count}", f"{took:.1f}", f"{accepted.quantile(0.95) * 1000:.0f}",
                 f"{cpu / count * 1000:.0f}", f"{server.memory_full_info().uss / MB:.0f}")
            )  # fmt: skip
    head = (
        "runs at once", "seconds until all are over", "ms until accepted, 95 % below",
        "server's CPU, ms per run", "its memory then, MB",
    )  # fmt: skip
    return [f"Runs of {len(CELLS)} steps, all computed:", "", *results.table(head, rows), ""]


class _Client:
    """Speaks to the server as the panel does."""

    def __init__(self, port: int, token: str) -> None:
        self._url = f"http://127.0.0.1:{port}/nbprism/runs"
        self._headers = {"Authorization": f"token {token}"}
        self._client = AsyncHTTPClient(force_instance=True, max_clients=200)

    async def submit(self, folder: Path) -> float:
        """Start a run of a notebook of its own; return how long that took."""
        name = f"{secrets.token_hex(4)}.ipynb"
        path = pipelines.write(folder / name, CELLS)
        notebook = json.loads(path.read_bytes())
        form = {"path": name, "notebook": notebook, "cache": False, "submit_key": name}
        began = time.perf_counter()
        await self._client.fetch(
            self._url, method="POST", body=json.dumps(form), headers=self._headers,
            request_timeout=120,
        )  # fmt: skip
        return time.perf_counter() - began

    async def until_over(self, count: int) -> None:
        """Wait until the newest runs have ended, looking as a list of runs does."""
        while True:
            answer = await self._client.fetch(f"{self._url}?folder=", headers=self._headers)
            newest = json.loads(answer.body)["runs"][:count]
            if len(newest) == count and all(run["state"] == "succeeded" for run in newest):
                return
            assert not {"failed", "lost"} & {run["state"] for run in newest}, newest
            await asyncio.sleep(POLL_S)


if __name__ == "__main__":
    main()
