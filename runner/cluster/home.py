"""The folder that says all about the local cluster of one user and one Python environment.

In it:

    ensure.lock   held while somebody starts, joins or stops the cluster
    keeper.lock   held by the keeper as long as it lives
    starting.json what a keeper has begun, from its first moment: enough to clean up after it
    cluster.json  a cluster that can be joined
    free.json     what nobody has reserved on it just now
    used          its time of change says when somebody last asked for the cluster
    forced        when somebody last took it down though it was in use
    standby.lock  held by a driver that stands by for the next run (`standby.py`)
    leases/       a lock for each process that is using the cluster, taken under ensure.lock
    keeper.log    what the keeper and Ray said
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import platformdirs
import psutil

from nbprism.runner.code_mark import code_mark
from nbprism.runner.files import write_atomically
from nbprism.runner.locks import held, is_held

STATE_VARIABLE: Final = "NBPRISM_STATE_DIR"
FEWEST: Final = 8
PER_CPU: Final = 4
"""So many drivers, or by CPU if that is more, use the local cluster at once. One that holds Ray
takes 65 MB, and steps of more runs than that would only wait for CPUs."""


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    created: float

    @classmethod
    def of(cls, process: psutil.Process) -> ProcessMark:
        return cls(process.pid, process.create_time())

    def find(self) -> psutil.Process | None:
        """Return the process, if it is still there and still the same one."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 0.01  # noqa: PLR2004 - clock ticks
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """A keeper, what it started, and how to join it."""

    keeper: ProcessMark
    temporary: str
    """Ray's session folder; the keeper removes it at its end."""
    code: str = ""
    """The `cluster_mark()` it was started with."""
    token: str = ""
    address: str = ""
    cpus: float = 0.0
    gpus: float = 0.0
    memory: int = 0
    processes: tuple[ProcessMark, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ClusterRecord:
        known = {item.name: data[item.name] for item in fields(cls) if item.name in data}
        known["keeper"] = ProcessMark(**data["keeper"])
        known["processes"] = tuple(ProcessMark(**mark) for mark in data["processes"])
        return cls(**known)


class ClusterHome:
    """The files of one local cluster."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ensure_lock = path / "ensure.lock"
        self.keeper_lock = path / "keeper.lock"
        self.starting = path / "starting.json"
        self.ready = path / "cluster.json"
        self.free = path / "free.json"
        self.used = path / "used"
        self.forced = path / "forced"
        self.leases = path / "leases"
        self.log = path / "keeper.log"

    @classmethod
    def of_this_environment(cls) -> ClusterHome:
        """Return the home for this user and this Python environment."""
        root = os.environ.get(STATE_VARIABLE) or platformdirs.user_state_dir("nbprism")
        name = f"{sys.prefix} {platform.python_version()}"
        return cls(Path(root) / f"local-{hashlib.sha256(name.encode()).hexdigest()[:12]}")

    def prepare(self) -> None:
        """Make the folder, readable by its user only: it holds the cluster's token."""
        self.leases.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)

    def living(self) -> ClusterRecord | None:
        """Return the cluster that can be joined now, if there is one."""
        record = read_record(self.ready)
        return record if record is not None and is_held(self.keeper_lock) else None

    def touch(self) -> None:
        self.used.touch()

    def note_forced(self) -> None:
        """Note that it is taken down now though it is in use."""
        write_atomically(self.forced, f"{time.time()}".encode())

    def was_forced_since(self, moment: float) -> bool:
        """Return whether it was taken down after that moment though it was in use."""
        try:
            return float(self.forced.read_text()) > moment
        except (OSError, ValueError):
            return False

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Keep the cluster up while the block runs, or this process lives.

        To be entered by who holds `ensure_lock`: until it is locked, the mark is that of a dead
        process.
        """
        path = self.leases / f"{os.getpid()}-{secrets.token_hex(4)}.lock"
        try:
            with held(path):
                self.touch()
                yield
        finally:
            path.unlink(missing_ok=True)
            self.touch()

    def leased(self) -> bool:
        """Return whether a living process uses the cluster."""
        return any(map(is_held, self.leases.glob("*.lock")))

    def crowded(self) -> bool:
        """Return whether as many drivers use the cluster as shall do so at once."""
        most = max(FEWEST, PER_CPU * (os.cpu_count() or 1))
        marks = list(self.leases.glob("*.lock"))
        return len(marks) >= most and sum(map(is_held, marks)) >= most

    def sweep(self) -> None:
        """Remove the marks of dead processes; to be called by who holds `ensure_lock`."""
        for path in self.leases.glob("*.lock"):
            if not is_held(path):
                path.unlink(missing_ok=True)


def cluster_mark() -> str:
    """Return what changes when nbprism or Ray does: workers that wait have imported the old one."""
    return f"{version('ray')} {code_mark()}"


def read_record(path: Path) -> ClusterRecord | None:
    """Return the record at `path`; None if there is none, or nothing that can be read as one."""
    try:
        return ClusterRecord.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(path: Path, record: ClusterRecord) -> None:
    """Write the record so that readers see all of it or none."""
    write_atomically(path, json.dumps(record.to_json()).encode(), durable=False)
    path.chmod(0o600)
