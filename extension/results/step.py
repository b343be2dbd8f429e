"""One step of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from nbprism.compiler.plan import Unit
from nbprism.results.artifact import ArtifactRef
from nbprism.results.outputs import StepOutputs, outputs_of, outputs_so_far
from nbprism.runner import layout
from nbprism.runner.errors import ArtifactMissing
from nbprism.runner.events import Failure
from nbprism.runner.reading import read_acceptance
from nbprism.runner.remote.address import LOCAL
from nbprism.runner.store import RunFolder


class StepRun(Mapping[str, Any]):
    """A step of a run; `step["model"]` is the value it gave under that name.

    As a mapping it has the names that can be loaded; a value is loaded once per `StepRun`.
    """

    def __init__(self, folder: RunFolder, unit: Unit, summary: Mapping[str, Any]) -> None:
        self._folder = folder
        self._unit = unit
        self._summary = summary
        self._loaded: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return self._unit.step

    @property
    def state(self) -> str:
        """One of `waiting`, `queued`, `running`, `succeeded`, `reused`, `failed`, and so on."""
        return str(self._summary["state"])

    @property
    def duration_s(self) -> float | None:
        """Seconds its last attempt took, or has taken so far."""
        duration = self._summary.get("duration_s")
        return None if duration is None else float(duration)

    @property
    def attempts(self) -> int:
        """How often it was tried."""
        return int(self._summary["attempts"])

    @property
    def error(self) -> Failure | None:
        """Why it did not succeed: the cell, the line, the traceback, what to do."""
        form = self._summary.get("error")
        return None if form is None else Failure.from_json(form)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters it reads, with their values in this run."""
        return self._unit.parameters

    @property
    def metrics(self) -> dict[str, Any]:
        """The scalars it reported as metrics of the run."""
        return dict(self._manifest.get("metrics", {}))

    @property
    def artifacts(self) -> dict[str, ArtifactRef]:
        """What it gave, by name, nothing loaded yet."""
        return {name: self._ref(self.name, name, entry) for name, entry in self._given.items()}

    @property
    def changed(self) -> tuple[str, ...]:
        """Inputs that it changed in place though its code does not say so."""
        return tuple(self._manifest.get("changed", {}))

    @property
    def inputs(self) -> dict[str, ArtifactRef]:
        """What it was given, by name; also of a step that failed. Nothing is loaded yet."""
        found = {}
        takes = self._folder.state().steps[self.name].takes
        for name, made in self._unit.inputs.items():
            source, kind = (takes[name], "changed") if name in takes else (made, "outputs")
            entry = _read_manifest(self._folder, source).get(kind, {}).get(name)
            if entry is not None:
                found[name] = self._ref(source, name, entry)
        return found

    @property
    def outputs(self) -> StepOutputs:
        """What its cells wrote in its last attempt, or have written so far if it runs.

        Displaying it displays them.
        """
        attempt = layout.last_attempts(self._folder.path).get(self.name)
        if attempt is None or self.state == "running":
            return outputs_so_far(self.name, self._unit.cells, self._folder.events())
        place = layout.executed_unit(self._folder.path, self.name, attempt)
        executed = json.loads(place.read_text(encoding="utf-8"))
        return outputs_of(self.name, self._unit.cells, executed)

    @property
    def code(self) -> str:
        """The source of its cells as they ran."""
        cells = {cell["id"]: cell["source"] for cell in self._unit.notebook["cells"]}
        return "\n\n".join("".join(cells[cell]) for cell in self._unit.cells)

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._artifact(name).load()
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, entry in self._given.items() if entry.get("archive"))

    def _ipython_key_completions_(self) -> list[str]:
        """Return what Tab offers within the brackets: what it gave."""
        return list(self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def _artifact(self, name: str) -> ArtifactRef:
        if (entry := self._given.get(name)) is None:
            known = ", ".join(self._given) or "nothing"
            raise ArtifactMissing(
                f"Step '{self.name}' of run {self._folder.id} is {self.state} and has no "
                f"'{name}'. It gave: {known}."
            )
        return self._ref(self.name, name, entry)

    def _ref(self, step: str, name: str, entry: Mapping[str, Any]) -> ArtifactRef:
        return ArtifactRef(step, name, entry, self._folder.store, self._cluster)

    @cached_property
    def _cluster(self) -> str | None:
        cluster = read_acceptance(self._folder.log_path).cluster
        return None if cluster == LOCAL else cluster

    @property
    def _given(self) -> dict[str, Any]:
        kinds = ("kept", "changed", "outputs")
        return {
            name: entry for kind in kinds for name, entry in self._manifest.get(kind, {}).items()
        }

    @cached_property
    def _final_manifest(self) -> dict[str, Any]:
        return _read_manifest(self._folder, self.name)

    @property
    def _manifest(self) -> dict[str, Any]:
        return self._final_manifest if self.state in {"succeeded", "reused"} else {}

    def __repr__(self) -> str:
        took = "" if self.duration_s is None else f", {self.duration_s:.1f} s"
        return f"<StepRun {self.name}: {self.state}{took}>"


def _read_manifest(folder: RunFolder, step: str) -> dict[str, Any]:
    try:
        text = folder.manifest_path(step).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    found: dict[str, Any] = json.loads(text)
    return found
