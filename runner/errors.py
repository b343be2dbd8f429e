"""What the runner raises when an operation cannot be done.

    PrismError
    ├── RunNotFound            the store has no run of that id
    ├── RunConflict            the run's state does not allow it: cancelling a finished run
    ├── InvalidTransition      an event or command that the state machine does not allow
    ├── TraceUnsent            an OpenTelemetry collector did not take a run
    ├── StoreError             the store cannot do what was asked
    │   ├── StoreFull          no space left, or a quota
    │   ├── LogUnreadable      an events.jsonl this version cannot read
    │   ├── ArtifactMissing    a manifest names an artifact that is not there
    │   ├── ArtifactCorrupt    an artifact whose bytes do not match its digest
    │   └── ArtifactForeign    an artifact with code of another Python
    ├── ClusterError           the cluster cannot do what was asked
    │   ├── ClusterUnreachable it does not start, or does not answer
    │   ├── ClusterUnknown     there is no cluster of that name, or it is described wrongly
    │   ├── ClusterUnauthorized it does not let us in
    │   ├── ClusterLacks       its Python or its disk is not what jobs need
    │   ├── ClusterBusy        runs are using it
    │   └── ClusterRejected    it refused the request
    └── UnitError              a unit did not do its work
        ├── CellFailed         the user's code raised
        ├── KernelDied         the kernel ended under a cell
        ├── UnitTimeout        the step took longer than its `timeout_s`
        ├── ConditionFalse     the step's `when` says that it shall not run
        ├── ConditionFailed    the step's `when` could not be evaluated
        ├── ItemsInvalid       a step cannot run once for each item of what it was given
        └── ArtifactUnsupported  a value that cannot be moved to another process

Every error is built from one sentence, so that it pickles and crosses Ray unchanged.
"""

from __future__ import annotations

from nbprism.compiler.errors import PrismError


class RunNotFound(PrismError):
    """The store has no run of that id."""

    code = "run-not-found"


class RunConflict(PrismError):
    """The run's state does not allow what was asked."""

    code = "run-conflict"


class InvalidTransition(PrismError):
    """An event or a command that the state machine does not allow; the story is in the text."""

    code = "invalid-transition"


class TraceUnsent(PrismError):
    """A run could not be sent to an OpenTelemetry collector."""

    code = "trace-unsent"


class StoreError(PrismError):
    """The store cannot do what was asked."""

    code = "store-error"


class StoreFull(StoreError):
    """There is no space left where the store is."""

    code = "store-full"


class LogUnreadable(StoreError):
    """A run's log was damaged, or written by a newer nbprism."""

    code = "log-unreadable"


class ArtifactMissing(StoreError):
    """A manifest names an artifact that the store does not have."""

    code = "artifact-missing"


class ArtifactCorrupt(StoreError):
    """An artifact's bytes do not match its digest."""

    code = "artifact-corrupt"


class ArtifactForeign(StoreError):
    """An artifact holds code that another Python compiled."""

    code = "artifact-foreign"


class ClusterError(PrismError):
    """The cluster cannot do what was asked."""

    code = "cluster-error"


class ClusterUnreachable(ClusterError):
    """The cluster does not start, or does not answer."""

    code = "cluster-unreachable"


class ClusterUnknown(ClusterError):
    """There is no cluster of that name, or the list of clusters describes it wrongly."""

    code = "cluster-unknown"


class ClusterUnauthorized(ClusterError):
    """The cluster does not let us in."""

    code = "cluster-unauthorized"


class ClusterLacks(ClusterError):
    """The cluster's Python or disk is not what jobs need."""

    code = "cluster-lacks"


class ClusterBusy(ClusterError):
    """The cluster cannot be stopped while runs are using it."""

    code = "cluster-busy"


class ClusterRejected(ClusterError):
    """The cluster refused the request."""

    code = "cluster-rejected"


class UnitError(PrismError):
    """A unit did not do its work."""

    code = "unit-error"


class CellFailed(UnitError):
    """The user's code raised in a cell."""

    code = "cell-failed"


class KernelDied(UnitError):
    """The kernel ended while a cell was running."""

    code = "kernel-died"


class UnitTimeout(UnitError):
    """The step took longer than its `timeout_s`."""

    code = "unit-timeout"


class ConditionFalse(UnitError):
    """The step's own condition says that it shall not run; the text is the reason."""

    code = "condition-false"

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: no frame between a setting and its reader is the user's."""
        return [str(self)]


class ConditionFailed(UnitError):
    """The step's condition could not be evaluated."""

    code = "condition-failed"

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class ItemsInvalid(UnitError):
    """A step cannot run once for each item of what it was given."""

    code = "items-invalid"


class ArtifactUnsupported(UnitError):
    """A value cannot be moved to another process."""

    code = "artifact-unsupported"
