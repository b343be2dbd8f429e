"""Environments that lie over ours: another JupyterLab, or more packages, and all the rest of ours."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path


def layered(place: Path, *packages: str) -> Path:
    """Make an environment with these packages and, where they do not say otherwise, ours.

    Returns:
        Its Python.
    """
    uv = Path(sys.executable).with_name("uv")
    python = place / "bin" / "python"
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, place], check=True)
    subprocess.run(
        [uv, "pip", "install", "-q", "--python", python, *packages], check=True, timeout=300
    )
    (found,) = place.glob("lib/python*/site-packages")
    # Comes after the environment's own packages; a plain path would leave out what is editable.
    below = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})"
    (found / "zz-below.pth").write_text(below, encoding="utf-8")
    return python
