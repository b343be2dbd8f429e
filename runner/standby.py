"""A driver whose run is over stands by for the next one.

It has Python, Ray and a job whose workers are warm, which a new driver takes a second or two to
get. There is one per local cluster; it takes one run after another, and ends with the cluster. A
run that finds none, or one of other code of nbprism or Ray, gets a driver of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbprism.runner.cluster.home import ClusterHome, cluster_mark
from nbprism.runner.locks import held
from nbprism.runner.private_socket import NotPrivate, connect, listen, private_folder
from nbprism.runner.store import RunFolder

ANSWER_S: Final = 1.0
MAX_REQUEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """A run to lead, from whoever submits it."""

    run: RunFolder
    environ: Mapping[str, str]


def hand_over(run: RunFolder, environ: Mapping[str, str]) -> bool:
    """Return whether a driver that stands by has taken the run."""
    try:
        line = connect(_address())
    except NotPrivate:
        return False
    if line is None:
        return False
    request = {"run": str(run.path), "environ": dict(environ), "code": cluster_mark()}
    with line:
        line.settimeout(ANSWER_S)
        try:
            line.send(json.dumps(request).encode())
            return line.recv(16) == b"taken"
        except OSError:  # it ends just now, or the environment is too large to be sent
            return False


def stand_by(lead: Callable[[Request], object], gone: int) -> None:
    """Lead one run after another, until the cluster ends.

    Args:
        lead: Leads a run to its end.
        gone: A descriptor that becomes readable when the cluster has ended.
    """
    _be_quiet()
    while (request := _next(gone)) is not None:
        with _in_its_place(request.run):
            lead(request)


def _next(gone: int) -> Request | None:
    """Wait for a run; None when there is no more reason to."""
    with contextlib.suppress(TimeoutError, NotPrivate):
        address = _address()
        # Held by the one that stands by; another driver whose run ends now just ends.
        lock = ClusterHome.of_this_environment().path / "standby.lock"
        with held(lock, timeout_s=0), listen(address) as listener:
            try:
                return _accepted(listener, gone)
            finally:
                address.unlink(missing_ok=True)
    return None


def _accepted(listener: socket.socket, gone: int) -> Request | None:
    while True:
        ready, _, _ = select.select([listener.fileno(), gone], [], [])
        if gone in ready:
            return None
        line, _ = listener.accept()
        with line, contextlib.suppress(OSError):
            line.settimeout(ANSWER_S)
            data = line.recv(MAX_REQUEST)
            if not data:  # whoever it was has gone again
                continue
            asked = json.loads(data)
            if asked["code"] != cluster_mark():
                return None  # an older one is of no more use
            line.send(b"taken")
            return Request(RunFolder(Path(asked["run"])), asked["environ"])


@contextlib.contextmanager
def _in_its_place(run: RunFolder) -> Iterator[None]:
    """Write to the run's log, and work in its folder, as a driver of its own would."""
    with run.driver_log_path.open("ab") as log:
        _write_to(log.fileno())
    os.chdir(run.path)
    try:
        yield
    finally:
        _be_quiet()


def _be_quiet() -> None:
    """Hold on to nothing of a run: its folder may be removed."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    _write_to(nothing)
    os.close(nothing)
    os.chdir("/")


def _write_to(descriptor: int) -> None:
    for stream in (1, 2):
        os.dup2(descriptor, stream)


def _address() -> Path:
    home = str(ClusterHome.of_this_environment().path)
    return private_folder() / f"standby-{hashlib.sha256(home.encode()).hexdigest()[:16]}.sock"
