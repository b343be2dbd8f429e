"""A Ray cluster as a real one is: its own environment, its own Ray, reached over HTTP alone."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil
from ports import free_port

from nbprism.runner.errors import ClusterError
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.jobs import Jobs

START_S = 90.0
ATTEMPTS = 3
_T = TypeVar("_T")


@dataclass(frozen=True)
class Head:
    """A cluster's head that this session started."""

    url: str
    token: str
    process: subprocess.Popen[bytes]
    store: Path
    folder: Path
    """Its temporary files."""
    agents: tuple[int, ...]
    """The ports of its agents."""


@contextmanager
def brought_up(attempt: Callable[[], AbstractContextManager[_T | None]]) -> Iterator[_T]:
    """Give what an attempt gives, after others that gave None.

    On a busy machine Ray ends nodes whose agents need long to start (ray#65983).
    """
    for _ in range(ATTEMPTS):
        with attempt() as found:
            if found is not None:
                yield found
                return
    raise AssertionError(f"no cluster for the test after {ATTEMPTS} attempts")


@contextmanager
def running(
    environment: Path, store: Path, more: Mapping[str, str] | None = None
) -> Iterator[Head]:
    """Give a head that takes jobs; take it down in the end."""

    @contextmanager
    def attempt() -> Iterator[Head | None]:
        # Short: Ray's sockets are in it, and their paths must not be long.
        folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        found = start(environment, folder, store, more)
        try:
            yield found if answers(found) else None
        finally:
            end(found.process)
            shutil.rmtree(folder, ignore_errors=True)

    with brought_up(attempt) as head:
        yield head


def start(
    environment: Path, folder: Path, store: Path, more: Mapping[str, str] | None = None
) -> Head:
    """Start a head; `more` are variables of its environment."""
    token = secrets.token_hex(16)
    # The agent's, too: two heads on one machine would take the same one, and only one gets jobs.
    gcs, dashboard, client, agent, environments = (free_port() for _ in range(5))
    binaries = environment / "bin"
    variables = {name: text for name, text in os.environ.items() if not name.startswith("RAY_")}
    variables |= {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "NBPRISM_JOB_STORE": str(store),
        "TMPDIR": str(folder),
        **(more or {}),
    }
    variables.pop("PYTHONPATH", None)
    command = [
        binaries / "ray", "start", "--head", "--block", f"--port={gcs}", "--dashboard-host=127.0.0.1",
        f"--dashboard-port={dashboard}", f"--ray-client-server-port={client}",
        f"--dashboard-agent-listen-port={agent}", f"--runtime-env-agent-port={environments}", "--num-cpus=2",
        "--num-gpus=2", '--resources={"accelerator_type:T4": 1}', "--object-store-memory=200000000", f"--temp-dir={folder}",
        "--min-worker-port=0", "--max-worker-port=0",
    ]  # fmt: skip
    with (store / "head.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    url = f"http://127.0.0.1:{dashboard}"
    return Head(url, token, process, store, folder, (agent, environments))


def answers(head: Head) -> bool:
    """Return whether the head can take jobs and will stay: its node is up, and so are its agents."""
    cluster = RemoteCluster(head.url, {"Authorization": f"Bearer {head.token}"})
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and head.process.poll() is None:
        with contextlib.suppress(ClusterError, psutil.NoSuchProcess), Jobs(cluster) as jobs:
            if jobs.nodes() and listened_on(psutil.Process(head.process.pid)) >= {*head.agents}:
                return True
        time.sleep(0.5)
    return False


def listened_on(*ancestors: psutil.Process) -> set[int]:
    """Return the ports on which these processes, or what they started, take connections."""
    found = set()
    for ancestor in ancestors:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in (ancestor, *ancestor.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    lines = process.net_connections("inet")
                    found |= {
                        line.laddr.port for line in lines if line.status == psutil.CONN_LISTEN
                    }
    return found


def end(process: subprocess.Popen[bytes]) -> None:
    """End the head and all that it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        _, alive = psutil.wait_procs(family, timeout=15)
        for left in alive:
            left.kill()
        psutil.wait_procs(alive, timeout=5)
