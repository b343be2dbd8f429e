"""The local cluster: one warm Ray per user and Python environment, shared by runs.

No Ray is imported here. `ensure()` finds the cluster or starts a keeper that does; whatever a
keeper left behind when it was killed is cleaned up first, by recorded process and start time.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psutil

from nbprism.runner.cluster import free as told
from nbprism.runner.cluster.capacity import local_capacity
from nbprism.runner.cluster.environment import ray_environment
from nbprism.runner.cluster.guard import end_session
from nbprism.runner.cluster.home import (
    ClusterHome,
    ClusterRecord,
    ProcessMark,
    cluster_mark,
    read_record,
)
from nbprism.runner.errors import ClusterBusy, ClusterUnreachable
from nbprism.runner.locks import held, is_held

ATTEMPTS: Final = 3
START_DEADLINE_S: Final = 60.0
STOP_DEADLINE_S: Final = 15.0
GUARD_DEADLINE_S: Final = 3.0
POLL_S: Final = 0.03
LEAVING_S: Final = 3.0
"""How long a driver may take to leave the cluster once it has told that its run is over."""


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """How to join the local cluster, and how large it is."""

    address: str
    token: str
    cpus: float
    gpus: float
    memory: int
    started: bool
    """False if it was up already."""


class Crowded(Exception):
    """As many drivers use the cluster as shall do so at once."""


def is_used() -> bool:
    """Return whether a driver is on the cluster now."""
    return ClusterHome.of_this_environment().leased()


def is_crowded() -> bool:
    """Return whether a driver that wants to join now has to wait for its turn."""
    return ClusterHome.of_this_environment().crowded()


def ensure() -> ClusterAddress:
    """Return a cluster that can be joined, started now if need be.

    One that was started with another version of nbprism or Ray is replaced, if nobody uses it.

    Raises:
        ClusterUnreachable: it did not come up, several times.
    """
    with _ensured() as (_, address):
        return address


@contextmanager
def joined(*, at_once: bool = True, wanted_at: float = math.inf) -> Iterator[ClusterAddress]:
    """Give a cluster as `ensure` does, and keep it up while the block runs.

    Args:
        at_once: Whether it is joined however many use it.
        wanted_at: When whoever joins began. A cluster that was taken down by force since then is
            not started again.

    Raises:
        ClusterUnreachable: it did not come up, several times.
        Crowded: so many use it that it is not this one's turn.
    """
    with ExitStack() as kept:
        # Taken before anybody else may stop the cluster.
        with _ensured(wanted_at) as (home, address):
            if not at_once and home.crowded():
                raise Crowded
            kept.enter_context(home.lease())
        yield address


@contextmanager
def _ensured(wanted_at: float = math.inf) -> Iterator[tuple[ClusterHome, ClusterAddress]]:
    """Give the cluster, which nobody can stop while the block runs."""
    home = ClusterHome.of_this_environment()
    home.prepare()
    with held(home.ensure_lock):
        home.sweep()
        record = home.living()
        if record is not None and (record.code == cluster_mark() or home.leased()):
            home.touch()
            yield home, _address(record, started=False)
        elif home.was_forced_since(wanted_at):
            raise ClusterUnreachable(
                "The local Ray was stopped with `nbprism cluster down --force` while this run went "
                "on. Resume the run: it starts Ray again."
            )
        else:
            yield home, _address(_start(home), started=True)


def status() -> dict[str, Any] | None:
    """Return the size, address and age of the cluster; None if it is not up."""
    home = ClusterHome.of_this_environment()
    record = home.living()
    if record is None:
        return None
    unreserved = told.read(home.free)
    return {
        "address": record.address,
        "cpus": record.cpus,
        "gpus": record.gpus,
        "memory": record.memory,
        "free": unreserved and unreserved.to_json(),
        "pid": record.keeper.pid,
        "since": record.keeper.created,
        "in_use": home.leased(),
    }


def free() -> told.Free | None:
    """Return what nobody has reserved, all of it where no cluster is up; None if nobody says."""
    home = ClusterHome.of_this_environment()
    if home.living() is None:
        has = local_capacity()
        return told.Free(has.cpus, has.gpus, has.memory)
    return told.read(home.free)


def down(*, force: bool = False) -> bool:
    """Stop the cluster and all that it started; return whether there was one.

    Raises:
        ClusterBusy: runs are using it, and `force` was not given.
    """
    home = ClusterHome.of_this_environment()
    if not home.path.is_dir():
        return False
    with held(home.ensure_lock):
        record = read_record(home.ready) or read_record(home.starting)
        if record is None:
            return False
        if not force and _stays_leased(home):
            raise ClusterBusy(
                "Runs are using the local cluster. Wait for them or cancel them first."
            )
        was_up = home.living() is not None
        if force:
            home.note_forced()
        _stop(home, record)
        return was_up


def _stays_leased(home: ClusterHome) -> bool:
    """Return whether it is in use, and not only by a driver whose run has just ended."""
    deadline = time.monotonic() + LEAVING_S
    while home.leased():
        if time.monotonic() > deadline:
            return True
        time.sleep(POLL_S)
    return False


def is_up(address: ClusterAddress) -> bool:
    """Return whether the cluster of that address is still there."""
    record = ClusterHome.of_this_environment().living()
    return record is not None and record.address == address.address


def ended(address: ClusterAddress) -> int | None:
    """Return a descriptor that becomes readable when the cluster of that address has ended.

    None if it has ended already, or this system has no such descriptors.
    """
    record = ClusterHome.of_this_environment().living()
    if record is None or record.address != address.address or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(record.keeper.pid)
    except ProcessLookupError:
        return None


def _address(record: ClusterRecord, *, started: bool) -> ClusterAddress:
    return ClusterAddress(
        address=record.address,
        token=record.token,
        cpus=record.cpus,
        gpus=record.gpus,
        memory=record.memory,
        started=started,
    )


def _start(home: ClusterHome) -> ClusterRecord:
    # Ray's raylet gives up when one of its agents needs more than 15 s to come up (ray#65983),
    # which happens on a busy machine; a second try usually finds it less busy.
    for _ in range(ATTEMPTS):
        _clean(home)
        if record := _start_once(home):
            return record
    _clean(home)
    raise ClusterUnreachable(
        f"Ray did not start on this machine, {ATTEMPTS} times in a row. If the machine is busy, "
        f"try again later; what Ray said is in {home.log}."
    )


def _start_once(home: ClusterHome) -> ClusterRecord | None:
    keeper = _launch_keeper(home)
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline and keeper.poll() is None:
        if record := home.living():
            _reap_later(keeper)
            return record
        time.sleep(POLL_S)
    keeper.kill()
    keeper.wait()
    return None


def _launch_keeper(home: ClusterHome) -> subprocess.Popen[bytes]:
    environment = ray_environment(os.environ, secrets.token_hex(32))
    with home.log.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "nbprism.runner.cluster.keeper", str(home.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=home.path,
            start_new_session=True,
        )


def _reap_later(process: subprocess.Popen[bytes]) -> None:
    """Collect the exit of a process that outlives this call, so that it leaves no zombie."""
    threading.Thread(target=process.wait, daemon=True, name="reap-keeper").start()


def _clean(home: ClusterHome) -> None:
    """Remove what a keeper that was killed may have left."""
    if record := read_record(home.starting) or read_record(home.ready):
        _stop(home, record)


def _stop(home: ClusterHome, record: ClusterRecord) -> None:
    if is_held(home.keeper_lock) and (keeper := record.keeper.find()):
        keeper.terminate()
        psutil.wait_procs([keeper], timeout=STOP_DEADLINE_S)
    _end_what_is_left(record)
    shutil.rmtree(record.temporary, ignore_errors=True)
    home.ready.unlink(missing_ok=True)
    home.starting.unlink(missing_ok=True)


def _end_what_is_left(record: ClusterRecord) -> None:
    """Kill what survived its keeper; normally the keeper's guard has done so by now."""
    marks = (*record.processes, record.keeper)
    deadline = time.monotonic() + GUARD_DEADLINE_S
    while any(mark.find() for mark in marks) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    if any(_in_session(mark, record.keeper.pid) for mark in marks):
        end_session(record.keeper.pid, spare=())


def _in_session(mark: ProcessMark, session: int) -> bool:
    try:
        return mark.find() is not None and os.getsid(mark.pid) == session
    except ProcessLookupError:
        return False
