"""Pipelines under test: a pytest plugin with a cluster and a store of their own.

The plugin is there as soon as nbprism is installed; nothing is started until a test asks for it.

    def test_training_beats_the_baseline(prism):
        run = prism.run("train.ipynb", parameters={"rows": 500, "epochs": 1})
        assert run.metrics["accuracy"] > 0.6
        assert run["features"]["X"].shape == (500, 20)

Runs of a test are kept under its `tmp_path`, and the cluster is taken down with the session, so
tests meet neither each other nor the cluster and store of whoever runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nbprism.results.run import Run

__all__ = ["Prism", "prism", "prism_cluster"]


@dataclass(frozen=True, slots=True)
class Prism:
    """What the `prism` fixture gives: runs in a store that belongs to one test."""

    store: Path

    def run(
        self,
        notebook: Path | str,
        *,
        parameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        timeout_s: float = 600,
    ) -> Run:
        """Run a notebook to its end and return the run, which succeeded.

        Raises:
            RunUnsuccessful: it did not; the text names the step and the error.
            PlanRejected: it has errors, or a parameter or setting is wrong.
            TimeoutError: it took longer than `timeout_s`; it is cancelled.
        """
        run = self.submit(notebook, parameters=parameters, settings=settings)
        try:
            return run.wait(timeout_s).check()
        except TimeoutError:
            run.cancel()
            raise

    def submit(
        self,
        notebook: Path | str,
        *,
        parameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Run:
        """Start a run and return it at once: for tests of failing pipelines."""
        from nbprism.submission import submit

        return submit(notebook, parameters=parameters, settings=settings, store=self.store)


@pytest.fixture(scope="session")
def prism_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for a local cluster that belongs to this test session; runs start it when needed."""
    from nbprism.runner.cluster import local
    from nbprism.runner.cluster.home import STATE_VARIABLE

    folder = tmp_path_factory.mktemp("nbprism")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_VARIABLE, str(folder))
        yield folder
        local.down(force=True)


@pytest.fixture
def prism(prism_cluster: Path, tmp_path: Path) -> Prism:
    """Runs of notebooks in a store of this test's own."""
    return Prism(tmp_path / ".nbprism")
