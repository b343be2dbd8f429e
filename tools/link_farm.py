"""Lay the links that let an editable install import the flat top-level folders as one package.

`compiler/` imports as `nbprism.compiler`, and so on. hatchling cannot rewrite paths in editable
mode (docs/adr/0004-packaging.md), so `.editable/nbprism` links every file of `extension/` and each
of the other folders, and `dev-mode-dirs` names `.editable`. Run it again after adding a file at
the top of `extension/`.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("compiler", "runner", "server_ext", "examples")


def lay(root: Path = ROOT) -> Path:
    """Make `.editable/nbprism` mirror the folders, and return it."""
    farm = root / ".editable" / "nbprism"
    farm.mkdir(parents=True, exist_ok=True)
    wanted = {
        path.name: path for path in (root / "extension").iterdir() if path.name != "__pycache__"
    }
    wanted |= {name: root / name for name in FOLDERS}
    for link in farm.iterdir():
        if link.name not in wanted and link.is_symlink():
            link.unlink()
    for name, target in wanted.items():
        _link(farm / name, target)
    return farm


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        if link.resolve() == target:
            return
        link.unlink()
    link.symlink_to(target, target_is_directory=target.is_dir())


if __name__ == "__main__":
    lay()
