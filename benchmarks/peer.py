"""Other tools, each in an environment of its own that is made when it is first needed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".environments"
INSTALL_S = 600
RUN_S = 600


class CannotRun(Exception):
    """It does not install, or does not run; the text is the last line it said."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One tool and how it runs a chain of ten steps."""

    name: str
    requirements: tuple[str, ...]
    script: str
    """A file in `peers/`."""
    arguments: tuple[str, ...] = ()
    what: str = ""

    def install(self) -> None:
        """Make its environment.

        Raises:
            CannotRun: it does not install.
        """
        done = self._folder / "installed"
        wanted = " ".join(self.requirements)
        if done.exists() and done.read_text() == wanted:
            return
        uv = [sys.executable, "-m", "uv"]
        _run(
            [*uv, "venv", "--clear", "-q", "--python", sys.executable, str(self._folder)], INSTALL_S
        )
        _run(
            [*uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(self._python),
             *self.requirements],
            INSTALL_S,
        )  # fmt: skip
        done.write_text(wanted)

    def run(self, folder: Path) -> tuple[float, float | None]:
        """Return the seconds that the command took, and its steps alone if it tells.

        Raises:
            CannotRun: it fails.
        """
        folder.mkdir(parents=True, exist_ok=True)
        arguments = [part.format(folder=folder) for part in self.arguments]
        began = time.perf_counter()
        said = _run(
            [str(self._python), str(HERE / "peers" / self.script), *arguments], RUN_S, folder
        )
        took = time.perf_counter() - began
        inner = [line.split()[1] for line in said.splitlines() if line.startswith("inner ")]
        return took, float(inner[0]) if inner else None

    @property
    def _folder(self) -> Path:
        return ENVIRONMENTS / self.name

    @property
    def _python(self) -> Path:
        return self._folder / "bin" / "python"


PEERS = (
    Peer(
        "papermill", ("papermill==2.7.0", "ipykernel"), "papermill_chain.py", ("{folder}",),
        "a notebook in a kernel",
    ),
    Peer(
        "ploomber", ("ploomber==0.23.3", "setuptools<81", "ipykernel"), "ploomber_chain.py",
        ("{folder}",), "a notebook in a kernel",
    ),
    Peer(
        "metaflow", ("metaflow==2.19.39", "setuptools<81"), "metaflow_chain.py",
        ("--no-pylint", "--quiet", "run"), "a function in a process",
    ),
    Peer(
        "prefect", ("prefect==3.8.8", "fastapi==0.139.0"), "prefect_chain.py", (),
        "a function in the flow's process",
    ),
    Peer(
        "dagster", ("dagster==1.13.27",), "dagster_chain.py", (),
        "a function in a process (forkserver)",
    ),
)  # fmt: skip


def _run(command: list[str], limit_s: float, folder: Path | None = None) -> str:
    own = {
        "USERNAME": "bench", "METAFLOW_DEFAULT_METADATA": "local",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180", "PREFECT_LOGGING_LEVEL": "ERROR",
        "PLOOMBER_STATS_ENABLED": "false", "DAGSTER_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1",
    }  # fmt: skip
    if folder is not None:
        own |= {"DAGSTER_HOME": str(folder), "PREFECT_HOME": str(folder), "HOME": str(folder)}
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, cwd=folder,
            env={**environ, **own}, check=True,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or ["it said nothing"]
        raise CannotRun(said[-1][:300]) from error
    except subprocess.TimeoutExpired as error:
        raise CannotRun(f"it took more than {limit_s:g} s") from error
    return done.stdout
