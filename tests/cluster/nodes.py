"""Machines of a cluster as network namespaces: an address, a /tmp and a /dev/shm of their own.

Nothing is shared between them but the network and, read-only by habit, the Python environment. What
a node writes is seen from here through `/proc/PID/root`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from nbprism.runner.errors import ClusterError
from nbprism.runner.remote.address import RemoteCluster
from nbprism.runner.remote.jobs import Jobs

GCS, DASHBOARD = 6379, 8265
AGENTS = (52365, 52366)
IP = shutil.which("ip")
START_S = 90.0
OBJECTS = 200_000_000
"""Bytes that fit into Ray's object store on each machine."""
HEALTH = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "3000",
    "RAY_health_check_failure_threshold": "3",
}


def why_not() -> str | None:
    """Return why there can be no such machines here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if IP is None:
        return "network namespaces need `ip` (iproute2)"
    name = f"nbp{secrets.token_hex(3)}"
    tried = _ip("netns", "add", name, check=False)
    if tried.returncode != 0:
        return f"no network namespace can be made here: {tried.stderr.strip()}"
    mount = _ip("netns", "exec", name, "mount", "-t", "tmpfs", "tmpfs", "/tmp", check=False)
    bridge = _ip("link", "add", name, "type", "bridge", check=False)
    _ip("link", "del", name, check=False)
    _ip("netns", "del", name)
    for done in (mount, bridge):
        if done.returncode != 0:
            return f"no machine of its own can be made here: {done.stderr.strip()}"
    return None


@dataclass(frozen=True)
class Machine:
    """A namespace with a Ray node in it."""

    name: str
    address: str
    process: subprocess.Popen[bytes]

    @property
    def mark(self) -> str:
        """Return the resource by which Ray tells the machine from others."""
        return f"node:{self.address}"

    def sees(self, path: Path) -> Path:
        """Return what the machine has at the absolute path, as it can be reached from here."""
        return Path(f"/proc/{self.process.pid}/root") / path.relative_to("/")

    def sent_bytes(self) -> int:
        """Return what came out of the machine so far."""
        return int(Path(f"/sys/class/net/{self.name}/statistics/rx_bytes").read_text())

    def is_up(self) -> bool:
        return self.process.poll() is None

    def has_agents(self) -> bool:
        """Return whether its agents are there: Ray ends a node whose agents take long to come."""
        try:
            for port in AGENTS:
                socket.create_connection((self.address, port), timeout=1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End all that runs on the machine at once, as a power loss does."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(10)

    def processes(self) -> list[psutil.Process]:
        """Return what runs on the machine: all of it was started by this test."""
        found = []
        for pid in _ip("netns", "pids", self.name).stdout.split():
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(int(pid)))
        return found


@dataclass
class Farm:
    """A cluster of such machines on a network of its own."""

    environment: Path
    logs: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    name: str = field(default_factory=lambda: f"nbp{secrets.token_hex(3)}")
    machines: list[Machine] = field(default_factory=list)
    _net: str = field(
        default_factory=lambda: f"10.{77 + secrets.randbelow(100)}.{secrets.randbelow(250)}"
    )
    _made: int = 0

    @property
    def url(self) -> str:
        return f"http://{self._net}.2:{DASHBOARD}"

    def open(self) -> None:
        _ip("link", "add", self.name, "type", "bridge")
        _ip("addr", "add", f"{self._net}.1/24", "dev", self.name)
        _ip("link", "set", self.name, "up")

    def close(self) -> None:
        for machine in self.machines:
            machine.kill()
        for number in range(self._made):
            # The cable too: a namespace goes away some time after its last process.
            _ip("link", "del", f"{self.name}-{number}", check=False)
            _ip("netns", "del", f"{self.name}-{number}", check=False)
        _ip("link", "del", self.name, check=False)

    def start(self, *resources: str, cpus: int = 1, gpus: int = 0) -> Machine:
        """Start a machine with a Ray node; the first one is the head."""
        number, self._made = self._made, self._made + 1
        name, address = f"{self.name}-{number}", f"{self._net}.{number + 2}"
        self._plug_in(name, address)
        role = (
            ["--head", f"--port={GCS}", f"--dashboard-host={address}", f"--dashboard-port={DASHBOARD}"]
            if number == 0
            else [f"--address={self._net}.2:{GCS}"]
        )  # fmt: skip
        has = ", ".join(f'"{resource}": 1' for resource in resources)
        command = [
            "/mnt/bin/python", "-m", "ray.scripts.scripts", "start", "--block", *role,
            f"--node-ip-address={address}", f"--num-cpus={cpus}", f"--num-gpus={gpus}",
            f"--object-store-memory={OBJECTS}", f"--resources={{{has}}}",
            f"--dashboard-agent-listen-port={AGENTS[0]}", f"--runtime-env-agent-port={AGENTS[1]}",
        ]  # fmt: skip
        log = (self.logs / f"{name}.log").open("wb")
        # A machine's own /tmp and /dev/shm; the environment is bound elsewhere before /tmp is covered.
        prepare = (
            f"mount --bind {self.environment} /mnt && mount -t tmpfs tmpfs /tmp && mount -t tmpfs "
            '-o size=1g tmpfs /dev/shm && exec "$@"'
        )
        with log:
            process = subprocess.Popen(
                [str(IP), "netns", "exec", name, "/bin/sh", "-c", prepare, "sh", *command],
                env=self._variables(), stdout=log, stderr=log, start_new_session=True, cwd="/",
            )  # fmt: skip
        machine = Machine(name, address, process)
        self.machines.append(machine)
        return machine

    @contextlib.contextmanager
    def cut_off(self, machine: Machine) -> Iterator[None]:
        """Have the machine's answers to us vanish; the others of its network still get theirs."""
        route = ["-n", machine.name, "route"]
        _ip(*route, "add", "blackhole", f"{self._net}.1/32")
        try:
            yield
        finally:
            _ip(*route, "del", "blackhole", f"{self._net}.1/32")

    def wait_for_all(self) -> bool:
        """Return whether the machines that are up are the cluster, within the time of a start."""
        cluster = RemoteCluster(self.url, {"Authorization": f"Bearer {self.token}"})
        expected = {machine.mark for machine in self.machines if machine.is_up()}
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.machines[-1].is_up():
            with contextlib.suppress(ClusterError), Jobs(cluster) as jobs:
                has = {name for node in jobs.nodes() for name in node.resources}
                there = [machine for machine in self.machines if machine.mark in has]
                if {machine.mark for machine in there} == expected and all(
                    machine.has_agents() for machine in there
                ):
                    return True
            time.sleep(0.3)
        return False

    def _plug_in(self, name: str, address: str) -> None:
        _ip("netns", "add", name)
        _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", name, "master", self.name, "up")
        _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        _ip("-n", name, "link", "set", "lo", "up")

    def _variables(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("RAY_")}
        for unwanted in ("PYTHONPATH", "NBPRISM_CLUSTERS", "TMPDIR"):
            kept.pop(unwanted, None)
        return {
            **kept,
            **HEALTH,
            # Not ours, which may lie in the /tmp that is covered there.
            "PATH": f"/mnt/bin:/usr/sbin:/sbin:{os.confstr('CS_PATH')}",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self.token,
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1",
            "RAY_USAGE_STATS_ENABLED": "0",
        }


def private_memory(roots: Sequence[Machine], marks: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield each process of the machines with a mark in its command line, and its own memory.

    Anonymous pages only: what is mapped from a file or from Ray's object store is nobody's copy.
    """
    for machine in roots:
        for process in machine.processes():
            with contextlib.suppress(psutil.Error, OSError):
                line = " ".join(process.cmdline())
                if any(mark in line for mark in marks):
                    status = Path(f"/proc/{process.pid}/status").read_text()
                    found = status.partition("RssAnon:")[2].split()[0]
                    yield line, int(found) * 1024


def _ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(IP), *arguments], check=check, capture_output=True, text=True)
