"""Ray's exceptions, told as failures of a step.

The only place that knows Ray's error classes. A hint says what usually is behind it.
"""

from __future__ import annotations

from nbprism.runner.events import Failure

_MEMORY_HINT = (
    "Most often the machine ran out of memory. Give the step more with `memory` in its settings, "
    "let fewer steps run at once, or handle less data in this cell."
)

_ENVIRONMENT_HINT = (
    "This was said on the node that made the step's environment. `pip` needs pip there, `conda` a "
    "conda, and `image` a podman that starts containers without root, and an image it can find."
)


def failure_of(error: BaseException) -> Failure:
    """Return what to tell people about an attempt that ended with this error of Ray's."""
    from ray import exceptions

    kinds = (
        (exceptions.OutOfMemoryError, _out_of_memory),
        (exceptions.TaskCancelledError, _stopped),
        (exceptions.NodeDiedError, _node_lost),
        (exceptions.RuntimeEnvSetupError, _environment),
        (exceptions.WorkerCrashedError, _worker_died),
        (exceptions.LocalRayletDiedError, _node_lost),
        (exceptions.ObjectLostError, _node_lost),
    )
    for kind, tell in kinds:
        if isinstance(error, kind):
            return tell(error)
    return _internal(error)


def _out_of_memory(error: BaseException) -> Failure:
    return Failure(
        code="out-of-memory",
        ename="OutOfMemory",
        evalue="Ray killed the step's process, because the machine was almost out of memory.",
        traceback=(str(error),),
        hint=_MEMORY_HINT,
    )


def _worker_died(error: BaseException) -> Failure:
    return Failure(
        code="worker-died",
        ename="WorkerDied",
        evalue="The process that ran the step was killed from outside, or crashed.",
        traceback=(str(error),),
        hint=_MEMORY_HINT,
    )


def _node_lost(error: BaseException) -> Failure:
    return Failure(
        code="node-lost",
        ename="NodeLost",
        evalue="The machine, or the Ray on it, that ran the step went away.",
        traceback=(str(error),),
        hint="Run it again; with `retries` in the step's settings that happens by itself.",
    )


def _environment(error: BaseException) -> Failure:
    told = str(error).strip()
    return Failure(
        code="environment",
        ename="EnvironmentFailed",
        evalue=_last_line(told),
        traceback=(told,),
        hint=_ENVIRONMENT_HINT,
    )


def _last_line(told: str) -> str:
    """Return where an installer, or the traceback around it, says what was wrong."""
    return told.rpartition("\n")[2].strip()


def _stopped(error: BaseException) -> Failure:
    return Failure(
        code="stopped", ename="Stopped", evalue="The step was stopped.", traceback=(str(error),)
    )


def _internal(error: BaseException) -> Failure:
    return Failure(
        code="internal-error",
        ename=type(error).__name__,
        evalue="The unit ended in a way that nbprism did not expect.",
        traceback=(str(error),),
        hint="This is a fault in nbprism; please report it with the text above.",
    )
