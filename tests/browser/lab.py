"""A real `jupyter lab`, with the extension as it is in this checkout, and its own everything."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 90
GRACE_S = 10
"""JupyterLab sometimes never ends on SIGTERM when a page was reloaded just before."""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab and the folders it uses."""

    process: subprocess.Popen[bytes]
    folder: Path
    environment: dict[str, str]
    address: str
    token: str

    @property
    def root(self) -> Path:
        """The folder it shows."""
        return self.folder / "root"

    def page_of(self, notebook: str) -> str:
        """Return the address that opens a notebook."""
        return f"{self.address}/lab/tree/{notebook}?token={self.token}"

    def is_up(self) -> bool:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.address}/api/status", headers={"Authorization": f"token {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """End the server and its kernels; runs and the cluster are not its own."""
        self.process.terminate()
        try:
            self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(GRACE_S)

    def stop_cluster(self) -> None:
        """Take down the local Ray that its runs started."""
        call = "from nbprism.runner.cluster import local; local.down(force=True)"
        subprocess.run([sys.executable, "-c", call], env=self.environment, timeout=60, check=True)


def start_lab(folder: Path) -> Lab:
    """Return a JupyterLab that answers, over `folder/root`."""
    (folder / "root").mkdir(parents=True, exist_ok=True)
    port, token = _free_port(), secrets.token_hex(16)
    environment = _environment(folder)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder / 'root'}",
    ]  # fmt: skip
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    lab = Lab(process, folder, environment, f"http://127.0.0.1:{port}", token)
    _wait_for(lab)
    return lab


def _wait_for(lab: Lab) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while not lab.is_up():
        if lab.process.poll() is not None or time.monotonic() > deadline:
            lab.stop()
            raise RuntimeError((lab.folder / "lab.log").read_text()[-4000:])
        time.sleep(0.2)


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of the user is read or written."""
    _write_settings(folder)
    _link_extension(folder)
    return {
        **os.environ,
        "HOME": str(folder / "home"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_CONFIG_PATH": str(folder / "etc"),
        "JUPYTER_PATH": str(folder / "share"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "NBPRISM_STATE_DIR": str(folder / "state"),
    }


def _write_settings(folder: Path) -> None:
    """Answer the questions that JupyterLab asks when it is started for the first time."""
    (folder / "home").mkdir(exist_ok=True)
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(news))


def _link_extension(folder: Path) -> None:
    """Let this checkout's build come before one that may be installed."""
    built = CHECKOUT / "extension" / "labextension"
    if not (built / "package.json").exists():
        raise RuntimeError("The JupyterLab extension is not built: run `make setup`.")
    extensions = folder / "share" / "labextensions"
    extensions.mkdir(parents=True, exist_ok=True)
    (extensions / "nbprism").symlink_to(built)
    enabled = folder / "etc" / "jupyter_server_config.d"
    enabled.mkdir(parents=True, exist_ok=True)
    source = CHECKOUT / "jupyter-config" / "server-config" / "nbprism.json"
    (enabled / "nbprism.json").write_bytes(source.read_bytes())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
