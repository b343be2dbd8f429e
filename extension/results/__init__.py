"""What a run gives back, as Python objects: `Run`, its steps, their values and outputs.

Everything is read from the run's folder when it is asked for, so the objects are cheap, can be made
again after a kernel restart, and never disagree with what the panel and the command line show.
"""

from __future__ import annotations

from nbprism.results.artifact import ArtifactRef
from nbprism.results.comparison import Diff, diff
from nbprism.results.listing import runs
from nbprism.results.outputs import StepOutputs
from nbprism.results.run import Run
from nbprism.results.step import StepRun
from nbprism.results.sweep import Sweep
from nbprism.results.timeline import Interval, Timeline

__all__ = [
    "ArtifactRef",
    "Diff",
    "Interval",
    "Run",
    "StepOutputs",
    "StepRun",
    "Sweep",
    "Timeline",
    "diff",
    "runs",
]
