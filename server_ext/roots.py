"""The folder that a Jupyter server shows, and the way from a contents path to a file in it.

Containment is decided on resolved paths, never on string prefixes: `/srv/data-secret` starts with
`/srv/data` and is not inside it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nbprism.server_ext.errors import FilesElsewhere, PathOutsideRoot

LONGEST_NAME = 255
"""Bytes in the name of a file, on the filesystems people use."""


@dataclass(frozen=True, slots=True)
class ContentsRoot:
    """The root folder of the contents manager, and the drive names to take off a path."""

    folder: Path | None
    """None where the contents are not files of this machine."""
    drives: tuple[str, ...] = ()

    def notebook(self, path: str) -> Path:
        """Return the file that a contents path names; the file need not exist.

        Raises:
            FilesElsewhere: the server's contents are not files.
            PathOutsideRoot: the path leaves the root, through `..`, a link or a trick.
        """
        file = self.directory(path)
        if file == self.directory(""):
            raise PathOutsideRoot(path)
        return file

    def directory(self, path: str) -> Path:
        """Return the folder that a contents path names; empty is the root itself.

        Raises:
            FilesElsewhere: the server's contents are not files.
            PathOutsideRoot: the path leaves the root, through `..`, a link or a trick.
        """
        if self.folder is None:
            raise FilesElsewhere(
                "This server keeps its notebooks in a place that runs cannot read. "
                "nbprism needs a contents manager that serves local files."
            )
        root = self.folder.resolve()
        try:
            found = (root / self.local(path)).resolve()
        except (OSError, ValueError, RuntimeError) as error:  # NUL, too long, a loop of links
            raise PathOutsideRoot(path) from error
        if not found.is_relative_to(root):
            raise PathOutsideRoot(path)
        return found

    def local(self, path: str) -> str:
        """Return a contents path without drive and leading slash.

        Raises:
            PathOutsideRoot: it cannot be the path of a file.
        """
        drive, colon, rest = path.partition(":")
        local = rest if colon and drive in self.drives else path
        # Contents paths are relative to the root, with or without a slash before them.
        local = local.lstrip("/")
        too_long = any(len(os.fsencode(part)) > LONGEST_NAME for part in local.split("/"))
        if "\0" in local or too_long or Path(local).is_absolute():
            raise PathOutsideRoot(path)
        return local
