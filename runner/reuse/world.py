"""Whether the files, modules and archives that a record speaks of are still as it saw them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nbprism.runner.cluster.environment import users_environment
from nbprism.runner.kernels.environment import kernel_environment
from nbprism.runner.manifests import are_there, is_there
from nbprism.runner.observed import contents, questions, variables
from nbprism.runner.reuse.causes import RESULT_REMOVED, Cause
from nbprism.runner.reuse.records import Record

NOT_OBSERVED: Final = Cause("not-observed", "it is not known which files it read")


class World:
    """What lies around the notebook now, as far as steps have read it."""

    def __init__(
        self,
        store: Path,
        folder: Path,
        environ: Mapping[str, str],
        ahead: Mapping[str, str] | None = None,
    ) -> None:
        """Look from the working directory of the units.

        Args:
            store: Where archives, and what is known of large files, are kept.
            folder: The working directory of the units.
            environ: The environment variables of whoever submits the run.
            ahead: Files that will have these digests by the time they are read.
        """
        self._store, self._folder = store, folder
        self._environ = users_environment(environ)
        self._ahead = {} if ahead is None else ahead

    def objection(self, record: Record, env_vars: Mapping[str, str]) -> Cause | None:
        """Return why the record no longer stands for its step, or None if it does.

        Args:
            record: The record.
            env_vars: Variables that the step's settings add.
        """
        return next(self._objections(record.manifest, env_vars), None)

    def has_part_in(self, record: Record) -> bool:
        """Return whether the record speaks of files of the user's at all."""
        files = record.manifest.get("files") or {}
        return any(files.values()) or bool(record.manifest.get("modules"))

    def grew_later(self, manifest: Mapping[str, Any]) -> str | None:
        """Return a file that the step wrote and that got another size after it was copied.

        Such as a compressed one that nobody closed: the end of the kernel did.
        """
        for path, written in manifest["files"]["written"].items():
            with contextlib.suppress(OSError):  # removed since: it can be put back
                if (self._folder / path).stat().st_size != written["size"]:
                    return str(path)
        return None

    def _objections(
        self, manifest: Mapping[str, Any], env_vars: Mapping[str, str]
    ) -> Iterator[Cause]:
        files = manifest.get("files")
        if files is None:
            yield NOT_OBSERVED
            return
        yield from self._variables(manifest.get("environment", {}), env_vars)
        yield from self._reads(files)
        yield from self._answers(files)
        for path, seen in manifest.get("modules", {}).items():
            if seen is None or self._state(path, files) != seen:
                yield Cause("module-changed", f"module {path} changed", name=path)
        yield from self._writes(files)
        if not are_there(manifest, self._store):
            yield RESULT_REMOVED

    def _variables(
        self, read: Mapping[str, str | None], env_vars: Mapping[str, str]
    ) -> Iterator[Cause]:
        if read:
            environ = kernel_environment(self._environ, env_vars)
            for name in variables.differing(read, environ):
                text = f"environment variable {name} changed"
                yield Cause("variable-changed", text, name=name)

    def _reads(self, files: Mapping[str, Any]) -> Iterator[Cause]:
        for path, seen in files["read"].items():
            if seen is None:
                yield Cause("file-changed", f"file {path} changed while it was read", name=path)
            elif self._state(path, files) != seen:
                yield Cause("file-changed", f"file {path} changed", name=path)

    def _writes(self, files: Mapping[str, Any]) -> Iterator[Cause]:
        for path, written in files["written"].items():
            # Only what lies below the working directory is kept, and can be put back.
            digest = written["digest"]
            lost = digest is None or not is_there(self._store, digest, written["size"])
            if lost and (digest is None or self._state(path, files) != digest):
                yield Cause("file-changed", f"file {path}, which it wrote, changed", name=path)

    def _answers(self, files: Mapping[str, Any]) -> Iterator[Cause]:
        """Yield which questions of the step about files would be answered otherwise now."""
        for path, told in files.get("asked", {}).items():
            now = told and self._answer(path, told)
            if now is None:
                text = f"file {path} came or went while it ran"
            elif now == told:
                continue
            elif contents.ABSENT in {now, told}:
                text = f"{path} is {'not ' if now == contents.ABSENT else ''}there now"
            else:
                text = f"{path} changed"
            yield Cause("file-changed", text, name=path)

    def _answer(self, path: str, told: str) -> str:
        if path not in self._ahead:
            return questions.answer_now(f"{self._folder / path}", told)
        if self._ahead[path] == contents.ABSENT:
            return contents.ABSENT
        return told if told.startswith("file") else "file"

    def _state(self, path: str, files: Mapping[str, Any]) -> str | None:
        if path in self._ahead:
            return self._ahead[path]
        return contents.state(self._store, self._folder, path, files)
