"""Requests that schemathesis makes up from `openapi.yaml`, against a real Jupyter server."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, assume, settings
from ports import free_port
from runs import accepted_run
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import nbprism.server_ext

DOCUMENT = Path(nbprism.server_ext.__file__).parent / "openapi.yaml"
START_DEADLINE_S = PATIENCE_S = 60
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

# The socket is not HTTP; tests/server/test_event_stream.py speaks to it.
schema = schemathesis.openapi.from_dict(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))
schema = schema.exclude(operation_id="events")

pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # of a library that is not ours
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Server:
    """A Jupyter server of its own, over a folder with one run."""

    address: str
    token: str
    run: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    root = folder / "root"
    root.mkdir()
    run = accepted_run(root)
    port, token = free_port(), secrets.token_hex(16)
    command = [
        sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={token}",
        "--ServerApp.jpserver_extensions=nbprism=True",
        "--PrismApp.cluster=nowhere",  # what is made up may compile, and must not run
    ]  # fmt: skip
    names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = {**os.environ, **{name: str(folder / name.lower()) for name in names}}
    environment["NBPRISM_CLUSTERS"] = str(folder / "clusters.toml")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        server = Server(f"http://127.0.0.1:{port}", token, run.id)
        try:
            _await(server, process, folder / "log")
            yield server
        finally:
            process.terminate()
            process.wait(30)
    assert "internal error" not in (folder / "log").read_text()


@schema.parametrize()
@few
def test_every_answer_is_one_that_is_described(case: schemathesis.Case, server: Server) -> None:
    _check(case, server)


@schema.include(path_regex=r"/runs/\{run\}").exclude(operation_id="delete").parametrize()
@few
def test_so_are_those_about_a_run_that_is_there(case: schemathesis.Case, server: Server) -> None:
    case.path_parameters["run"] = server.run
    if case.query is not None and "path" in case.query:
        case.query["path"] = "a.ipynb"
    if isinstance(case.body, dict) and "path" in case.body:
        case.body["path"] = "a.ipynb"
    _check(case, server)


def _check(case: schemathesis.Case, server: Server) -> None:
    # Such a name makes the address that of another operation, or of none.
    assume(str(case.path_parameters.get("run", "x")).strip("./") != "")
    assume("/" not in str(case.path_parameters.get("run", "")))
    base = f"{server.address}/nbprism"
    headers = {**(case.headers or {}), **server.headers}
    answer = case.call(base_url=base, headers=headers, timeout=PATIENCE_S)
    # 501 and 503 are answers; of a bug the answer is 500.
    assert answer.status_code != HTTPStatus.INTERNAL_SERVER_ERROR, answer.text
    case.validate_response(answer, checks=CHECKS)


def _await(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    request = urllib.request.Request(f"{server.address}/api/status", headers=server.headers)  # noqa: S310
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(log.read_text()[-4000:])
