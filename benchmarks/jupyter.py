"""A Jupyter server with our extension, to measure through."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

START_S = 60


@contextmanager
def server(folder: Path, token: str) -> Iterator[tuple[int, int]]:
    """Give its port and its process id; its root is the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    jupyter = str(Path(sys.executable).with_name("jupyter-server"))
    command = [
        jupyter, "--no-browser", "--allow-root", "--ServerApp.port_retries=0",
        f"--ServerApp.port={port}", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.jpserver_extensions=nbprism.server_ext=True",
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env=dict(os.environ)
        )
    try:
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


async def until_up(port: int, token: str) -> None:
    """Wait until it answers."""
    deadline = time.monotonic() + START_S
    url = f"http://127.0.0.1:{port}/api/status?token={token}"
    while True:
        try:
            await AsyncHTTPClient().fetch(url)
        except (OSError, HTTPClientError):
            assert time.monotonic() < deadline, "the server does not come up"
            await asyncio.sleep(0.1)
        else:
            return
