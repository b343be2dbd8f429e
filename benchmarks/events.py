"""From a print in a step to a WebSocket client, and floods: `benchmarks/events.py [--quick]`.

Bars: 95 of 100 outputs arrive within 150 ms; a loop that prints 10,000 lines per second takes at
most 5 % longer than one that writes them to memory.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import jupyter
import pipelines
import results
from options import Options
from series import Series
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

PRINTS = 200
FLOOD = 20_000
START_S = 60
STAMPS = (
    "import random, time\n"
    f"for _ in range({PRINTS}):\n"
    "    time.sleep(random.uniform(0.02, 0.15))\n"
    "    print(time.time(), flush=True)\n"
)
WORK = (
    "import io, sys, time\n"
    "def loop(file):\n"
    "    began = time.perf_counter()\n"
    f"    for number in range({FLOOD}):\n"
    "        until = time.perf_counter() + 0.0001\n"
    "        while time.perf_counter() < until:\n"
    "            pass\n"
    "        print(number, 'of many lines', file=file)\n"
    "    return time.perf_counter() - began\n"
    "silent = loop(io.StringIO())\n"
    "loud = loop(sys.stdout)\n"
)


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    with pipelines.workplace() as folder:
        pipelines.took(pipelines.write(folder / "warm.ipynb", [("step:one", "x = 1")]))
        late = asyncio.run(_latencies(folder))
        slower = Series([_slowdown(folder, repeat) for repeat in range(options.repeats)])
    rows = [
        ("print to WebSocket client, ms", late.shown(), f"{late.quantile(0.95) * 1000:.0f}"),
        (f"a loop of {FLOOD:,} prints, % slower", slower.shown(unit_s=0.01, digits=1), ""),
    ]
    results.write(
        "events.py", "Events", results.table(("what", "median and range", "95 % below"), rows),
        quick=options.quick,
    )  # fmt: skip


async def _latencies(folder: Path) -> Series:
    """Return how long after each print its output was with the client, over one connection."""
    notebook = pipelines.write(folder / "stamps.ipynb", [("step:stamps", STAMPS)])
    token = secrets.token_hex(16)
    with jupyter.server(folder, token) as (port, _):
        await jupyter.until_up(port, token)
        run = pipelines.start(notebook)
        url = f"ws://127.0.0.1:{port}/nbprism/runs/{run.id}/events?path={notebook.name}&after=0"
        headers = {"Authorization": f"token {token}"}
        stream = await websocket_connect(HTTPRequest(url, headers=headers))
        found = Series()
        while (frame := await stream.read_message()) is not None:
            now = time.time()
            found.times += [now - stamp for event in json.loads(frame) for stamp in _stamps(event)]
    return found


def _stamps(event: dict[str, object]) -> Iterator[float]:
    ops = event.get("ops")
    for op in ops if isinstance(ops, list) else ():
        yield from map(float, op["output"]["text"].split())


def _slowdown(folder: Path, repeat: int) -> float:
    """Return by which share the loop that prints takes longer."""
    source = f"{WORK}# {repeat}\nslower = loud / silent - 1\n"
    cells = [("step:flood", source), ("metrics", "slower = float(slower)")]
    run = pipelines.start(pipelines.write(folder / "flood.ipynb", cells))
    pipelines.finish(run)
    time.sleep(pipelines.SETTLE_S)
    return float(run.summary()["metrics"]["slower"])


if __name__ == "__main__":
    main()
