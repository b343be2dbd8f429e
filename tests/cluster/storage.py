"""An S3 server on loopback, in a process of its own."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from ports import free_port

START_S = 60.0
BUCKET = "nbprism"


@dataclass(frozen=True)
class S3:
    """The server and what one needs to use it."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def credentials(self) -> Mapping[str, str]:
        """The variables by which both sides find it and are let in."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "who",
            "AWS_SECRET_ACCESS_KEY": "nobody-else-knows",
            "AWS_REGION": "us-east-1",
        }

    def address(self) -> str:
        """Return a store in the bucket that nobody else uses."""
        return f"s3://{BUCKET}/{secrets.token_hex(4)}"


def serve(environment: Path) -> S3:
    """Start the server and make the bucket."""
    port = free_port()
    command = [
        environment / "bin" / "python",
        "-m",
        "moto.server",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = S3(f"http://127.0.0.1:{port}", process)
    deadline = time.monotonic() + START_S
    while True:
        try:
            httpx.put(f"{found.url}/{BUCKET}", timeout=5).raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the S3 server does not start"
            assert process.poll() is None, "the S3 server has ended"
            time.sleep(0.2)
        else:
            return found
