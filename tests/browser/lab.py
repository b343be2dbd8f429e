"""A real `jupyter lab`, with the extension as it is in this checkout, and its own everything."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 90
GRACE_S = 10
"""JupyterLab sometimes never ends on SIGTERM when a page was reloaded just before."""


class Lab:
    """A JupyterLab over `folder/root`, with its own settings, port and token.

    `python` may be another environment's: with another JupyterLab, or with more installed.
    """

    application = "jupyterlab"

    def __init__(self, folder: Path, python: Path | str = sys.executable) -> None:
        self.folder = folder
        self._python = str(python)
        self._top = folder / "root"
        self._top.mkdir(parents=True, exist_ok=True)
        self.root = self._top
        """The folder that notebooks are in: a test's own."""
        self._port = free_port()
        self._token = secrets.token_hex(16)
        self._address = f"http://127.0.0.1:{self._port}"
        self._environment = _environment(folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def clusters(self) -> Path:
        """The list of clusters of its user, which need not be there."""
        return Path(self._environment["NBPRISM_CLUSTERS"])

    @property
    def state(self) -> Path:
        """The folder in which its runs keep the cluster's state."""
        return Path(self._environment["NBPRISM_STATE_DIR"])

    def enter(self, folder: str) -> None:
        """Work in a folder of its own, where no step was run yet that could be reused."""
        self.root = self._top / folder
        self.root.mkdir()

    def page_of(self, notebook: str) -> str:
        """Return the address that opens a notebook, in a workspace where nothing else is open."""
        workspace = f"{self.root.name}-{Path(notebook).stem}"
        return self._to(f"lab/workspaces/{workspace}/tree", notebook)

    def use_theme(self, theme: str) -> None:
        """Set the theme; a page that is opened afterwards has it."""
        self.set("apputils-extension", "themes", {"theme": theme})

    def set_own(self, settings: dict[str, str]) -> None:
        """Write settings of nbprism's, as a user's are; a page that is opened afterwards has them."""
        folder = self.folder / "settings" / "nbprism"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plugin.jupyterlab-settings").write_text(json.dumps(settings))

    def set(self, extension: str, plugin: str, settings: dict[str, Any]) -> None:
        """Write settings of JupyterLab's own, as a user's are."""
        folder = self.folder / "settings" / "@jupyterlab" / extension
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(settings))

    def enable(self, *, extension: bool) -> None:
        """Let pages that are opened from now on have our extension, or not."""
        folder = self.folder / "etc" / "labconfig"
        folder.mkdir(parents=True, exist_ok=True)
        disabled = {"disabledExtensions": {"nbprism": not extension}}
        (folder / "page_config.json").write_text(json.dumps(disabled))

    def start(self) -> None:
        """Start it and wait until it answers; the second time it is the same server again."""
        command = [
            self._python, "-m", self.application, "--no-browser", "--allow-root",
            f"--ServerApp.port={self._port}", "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={self._top}",
            f"--IdentityProvider.token={self._token}",
        ]  # fmt: skip
        with (self.folder / "lab.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_DEADLINE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError((self.folder / "lab.log").read_text()[-4000:])
            time.sleep(0.2)

    def stop(self) -> None:
        """End the server and its kernels; runs and the cluster are not its own."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a crash or an impatient administrator would, kernels included."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(GRACE_S)

    def stop_cluster(self) -> None:
        """Take down the local Ray that its runs started."""
        call = "from nbprism.runner.cluster import local; local.down(force=True)"
        subprocess.run([self._python, "-c", call], env=self._environment, timeout=60, check=True)

    def _to(self, place: str, notebook: str) -> str:
        path = (self.root / notebook).relative_to(self._top).as_posix()
        return f"{self._address}/{place}/{path}?token={self._token}"

    def _answers(self) -> bool:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self._address}/api/status", headers={"Authorization": f"token {self._token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False


class Notebook7(Lab):
    """The same with Notebook 7 for JupyterLab."""

    application = "notebook"

    def page_of(self, notebook: str) -> str:
        """Return the address that opens a notebook."""
        return self._to("notebooks", notebook)


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
        "NBPRISM_CLUSTERS": str(folder / "config" / "clusters.toml"),
    }


def _write_settings(folder: Path) -> None:
    """Answer what JupyterLab asks at its first start; and save only what a test saves."""
    (folder / "home").mkdir(exist_ok=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    for name, settings in (
        ("apputils-extension/notification", news),
        ("docmanager-extension/plugin", {"autosave": False}),
    ):
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))


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
