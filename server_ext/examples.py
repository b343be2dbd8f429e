"""The example notebooks that come with nbprism, and copies of them for a user to play with."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbprism.server_ext.errors import ExampleMissing, FolderMissing
from nbprism.server_ext.roots import ContentsRoot

SHIPPED: Final = Path(__file__).parent.parent / "examples"


@dataclass(frozen=True, slots=True)
class Examples:
    """Lists the examples and copies them into the folder that a server shows."""

    root: ContentsRoot
    folder: Path = SHIPPED

    def listed(self) -> list[dict[str, Any]]:
        """Return name, title and first words of each example."""
        return [_described(file) for file in sorted(self.folder.glob("*.ipynb"))]

    def copy(self, name: str, into: str) -> str:
        """Copy an example into a folder and return the contents path of the copy.

        A copy that nobody changed is not made a second time.

        Raises:
            ExampleMissing: there is no such example.
            FolderMissing: the folder does not exist.
            PathOutsideRoot: the folder is not inside the root.
        """
        sources = {file.name: file for file in self.folder.glob("*.ipynb")}
        if name not in sources:
            raise ExampleMissing(f"There is no example {name!r}. There are: {', '.join(sources)}.")
        folder = self.root.directory(into)
        if not folder.is_dir():
            raise FolderMissing(f"The folder {into!r} does not exist.")
        content = sources[name].read_bytes()
        target = next(path for path in _candidates(folder, name) if _is_free(path, content))
        target.write_bytes(content)
        return target.relative_to(self.root.directory("")).as_posix()


def _candidates(folder: Path, name: str) -> Iterator[Path]:
    yield folder / name
    stem, suffix = Path(name).stem, Path(name).suffix
    yield from (folder / f"{stem}-{number}{suffix}" for number in itertools.count(1))


def _is_free(path: Path, content: bytes) -> bool:
    if path.is_symlink():
        return False
    return not path.exists() or path.read_bytes() == content


def _described(file: Path) -> dict[str, Any]:
    cells = json.loads(file.read_bytes())["cells"]
    source = next((cell["source"] for cell in cells if cell["cell_type"] == "markdown"), "")
    title, _, rest = "".join(source).strip().partition("\n")
    first = rest.strip().split("\n\n")[0].replace("\n", " ")
    return {"name": file.name, "title": title.lstrip("# ") or file.stem, "text": first}
