"""What this server tells Prometheus, on Jupyter's own page `/metrics`, beside what Jupyter tells.

Of the process, as Jupyter's metrics are. How long each request took is among Jupyter's already
(`http_request_duration_seconds`, by handler).
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from nbprism.compiler.errors import PrismError
from nbprism.runner.store import RunFolder
from nbprism.server_ext.summaries import FINAL

COMPILE_SECONDS: Final = Histogram(
    "nbprism_compile_seconds",
    "How long it took to compile a notebook that is being edited.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
REFUSED: Final = Counter("nbprism_requests_refused", "Requests answered by an error.", ["code"])
STREAMS: Final = Gauge("nbprism_event_streams", "Runs that a browser is following now.")
FRAMES: Final = Counter("nbprism_event_frames", "Frames of events that were sent to browsers.")


class ActiveRuns(Collector):
    """The runs that were started here and have not ended, counted when Prometheus asks.

    Counts the submitted and the ended too: on one page, the numbers of these three agree.
    """

    def __init__(self) -> None:
        self._runs: dict[Path, RunFolder] = {}
        self._submitted = Counter(
            "nbprism_runs_submitted", "Runs that were started here.", ["cluster"], registry=None
        )
        self._ended = Counter(
            "nbprism_runs_ended", "Of these, the runs that have ended.", ["state"], registry=None
        )
        self._lock = Lock()

    def add(self, run: RunFolder, cluster: str) -> None:
        """Count a run that was started on a cluster; once, however often that was asked for."""
        with self._lock:
            if run.path not in self._runs:
                self._runs[run.path] = run
                self._submitted.labels(cluster).inc()

    def collect(self) -> list[Metric]:
        """Return the gauge and the two counters."""
        with self._lock:
            for run in tuple(self._runs.values()):
                if (state := _ended_in(run)) is not None:
                    del self._runs[run.path]
                    self._ended.labels(state).inc()
            going = GaugeMetricFamily(
                "nbprism_runs_active", "Of these, the runs that go on.", len(self._runs)
            )
            return [going, *self._submitted.collect(), *self._ended.collect()]


def _ended_in(run: RunFolder) -> str | None:
    """Return how a run has ended, or None while it goes on."""
    if run.is_alive():  # asking the lock is cheap; the log is read once, at the end
        return None
    try:
        state: str = run.summary()["state"]
    except (PrismError, OSError):
        return "deleted"
    return state if state in FINAL | {"lost"} else None


ACTIVE: Final = ActiveRuns()
REGISTRY.register(ACTIVE)
