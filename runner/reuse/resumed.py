"""The run that is resumed: whatever it finished is taken over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from nbprism.compiler.plan import Unit
from nbprism.compiler.plan_folder import PLAN_FILE
from nbprism.runner import layout
from nbprism.runner.manifests import are_there, content_of
from nbprism.runner.reading import read_state
from nbprism.runner.reuse.takeover import Earlier


class Resumed:
    """A run that ended early, however it ended."""

    def __init__(self, store: Path, run: str) -> None:
        self._store = store
        self._run = layout.run_folder(store, run)

    def finished(self, unit: Unit, contents: Mapping[str, str]) -> Earlier | None:
        """Return what the run made of the step from these inputs, if it got so far.

        Raises:
            OSError, ValueError, KeyError: the run is gone, or damaged.
        """
        # A manifest that is there was published, whether or not the driver lived to write it down.
        manifest = layout.manifest(self._run, unit.step)
        if not manifest.exists() or self._fingerprints.get(unit.step) != unit.fingerprint:
            return None
        form = json.loads(manifest.read_bytes())
        took = form.get("took", {})
        for name, now in contents.items():
            # Manifests of before it was noted do not say what was loaded.
            if name not in took and name not in unit.inputs:
                continue
            then = took[name] if name in took else self._content(name, unit.inputs[name])
            if then != now:
                return None
        written = form.get("files", {}).get("written", {}).values()
        if not are_there(form, self._store) or any(file["digest"] is None for file in written):
            return None
        attempt = self._attempts[unit.step]
        return Earlier(
            run=self._run.name,
            duration_s=self._durations.get(unit.step) or 0.0,
            manifest=form,
            manifest_path=manifest,
            unit_path=layout.executed_unit(self._run, unit.step, attempt),
            cells=unit.cells,
        )

    def _content(self, name: str, step: str) -> str:
        form = json.loads(layout.manifest(self._run, step).read_bytes())
        return content_of(form["outputs"][name])

    @cached_property
    def _attempts(self) -> Mapping[str, int]:
        return layout.last_attempts(self._run)

    @cached_property
    def _fingerprints(self) -> Mapping[str, str]:
        plan: dict[str, Any] = json.loads((self._run / PLAN_FILE).read_bytes())
        return {unit["step"]: unit["fingerprint"] for unit in plan["units"]}

    @cached_property
    def _durations(self) -> Mapping[str, float | None]:
        steps = read_state(layout.log(self._run)).steps
        return {name: step.saved_s or step.duration_s for name, step in steps.items()}
