"""Every error that nbprism raises on purpose, to catch by name.

    PrismError                     the root: `str(error)` is a sentence, `error.code` a stable name
    ├── NotebookUnreadable         there is no such notebook, or it is none
    ├── PlanRejected               a plan cannot be made: wrong parameters, errors in the notebook
    ├── MagicUsage                 a magic was called in a way it does not know
    ├── RunNotFound                the store has no run of that id
    ├── RunAmbiguous               several runs fit what was asked for
    ├── RunUnfinished              the run has not ended, and only then has what was asked for
    ├── RunUnsuccessful            the run ended, but not well
    ├── RunConflict                the run's state does not allow it: resuming one that goes on
    ├── FormatUnknown              a run cannot be written in a file of that kind
    ├── TraceUnsent                an OpenTelemetry collector did not take a run
    ├── StoreError                 the store cannot do what was asked
    │   ├── StoreFull              no space left, or a quota
    │   ├── LogUnreadable          a log that this version cannot read
    │   ├── ArtifactMissing        there is no such value, or it was removed
    │   ├── ArtifactCorrupt        its bytes are not what was written; nothing of them is loaded
    │   └── ArtifactForeign        it holds code that another Python compiled
    ├── ClusterError               the cluster cannot do what was asked
    │   ├── ClusterUnreachable     it does not start, or does not answer
    │   ├── ClusterUnknown         there is no cluster of that name, or it is described wrongly
    │   ├── ClusterUnauthorized    it does not let us in
    │   ├── ClusterLacks           its Python or its disk is not what jobs need
    │   ├── ClusterBusy            runs are using it
    │   └── ClusterRejected        it refused the request
    └── UnitError                  a step did not do its work
        ├── CellFailed             its code raised
        ├── KernelDied             its kernel ended under a cell
        ├── UnitTimeout            it took longer than its `timeout_s`
        ├── ConditionFalse         its `when` says that it shall not run
        ├── ConditionFailed        its `when` could not be evaluated
        ├── ItemsInvalid           it cannot run once for each item of what it was given
        └── ArtifactUnsupported    a value was used that cannot be moved to another process

A `UnitError` happens inside a step; from outside it is `run.error`, and `run.check()` raises
`RunUnsuccessful`. Using a value that could not be moved raises `ArtifactUnsupported` wherever it is
used.

Example:
    >>> from nbprism.errors import PlanRejected
    >>> try:
    ...     nbprism.submit("train.ipynb", parameters={"rate": 1})
    ... except PlanRejected as error:
    ...     print(error.code)
    plan-rejected
"""

from __future__ import annotations

from nbprism.compiler.errors import NotebookUnreadable, PlanRejected, PrismError
from nbprism.magics import MagicUsage
from nbprism.results.errors import FormatUnknown, RunAmbiguous, RunUnfinished, RunUnsuccessful
from nbprism.runner.errors import (
    ArtifactCorrupt,
    ArtifactForeign,
    ArtifactMissing,
    ArtifactUnsupported,
    CellFailed,
    ClusterBusy,
    ClusterError,
    ClusterLacks,
    ClusterRejected,
    ClusterUnauthorized,
    ClusterUnknown,
    ClusterUnreachable,
    ConditionFailed,
    ConditionFalse,
    ItemsInvalid,
    KernelDied,
    LogUnreadable,
    RunConflict,
    RunNotFound,
    StoreError,
    StoreFull,
    TraceUnsent,
    UnitError,
    UnitTimeout,
)

__all__ = [
    "ArtifactCorrupt", "ArtifactForeign", "ArtifactMissing", "ArtifactUnsupported", "CellFailed",
    "ClusterBusy", "ClusterError", "ClusterLacks", "ClusterRejected", "ClusterUnauthorized",
    "ClusterUnknown", "ClusterUnreachable", "ConditionFailed", "ConditionFalse", "FormatUnknown",
    "ItemsInvalid", "KernelDied", "LogUnreadable", "MagicUsage", "NotebookUnreadable",
    "PlanRejected", "PrismError", "RunAmbiguous", "RunConflict", "RunNotFound", "RunUnfinished",
    "RunUnsuccessful", "StoreError", "StoreFull", "TraceUnsent", "UnitError", "UnitTimeout",
]  # fmt: skip
