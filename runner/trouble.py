"""What to say when a run, or a unit of it, cannot go on for reasons outside of the user's code."""

from __future__ import annotations

import logging
import secrets
import traceback

from nbprism.compiler.errors import PrismError
from nbprism.runner.events import Failure

log = logging.getLogger("nbprism.driver")


def told(error: PrismError) -> Failure:
    """Return what one of our own errors says for itself."""
    return Failure(code=error.code, ename=type(error).__name__, evalue=str(error))


def too_small(found: list[str]) -> Failure:
    """Return what to say when steps would wait for ever."""
    return Failure(
        code="cluster-too-small",
        ename="ClusterTooSmall",
        evalue=" ".join(found),
        hint="The cluster that is up is smaller than this machine: stop it, and run it again.",
    )


def cluster_lost() -> Failure:
    """Return what to say when the cluster went away."""
    return Failure(
        code="cluster-lost",
        ename="ClusterLost",
        evalue="The cluster went away while the run was going on.",
        hint="Run it again: the local cluster starts by itself.",
    )


def silent() -> Failure:
    """Return what to say when a unit ended without a last report."""
    return Failure(
        code="internal-error",
        ename="UnitSilent",
        evalue="The unit ended without saying how.",
        hint="This is a fault in nbprism; please report it.",
    )


def fault(error: BaseException) -> Failure:
    """Return what to say when the driver itself is at fault; the log gets all of it."""
    error_id = secrets.token_hex(4)
    log.error("Internal error %s", error_id, exc_info=error)
    return Failure(
        code="internal-error",
        ename=type(error).__name__,
        evalue=f"Internal error {error_id} in the driver of the run: {error}",
        traceback=tuple(traceback.format_exception(error)),
        hint="This is a fault in nbprism; please report it with the run's driver.log.",
    )


def misread(step: str, path: str, writer: str) -> Failure:
    """Return what to say when a step read a file as another run had written it."""
    return Failure(
        code="file-of-another-run",
        ename="FileOfAnotherRun",
        evalue=f"Step '{step}' read {path}, which another run may have written by then: it is not "
        f"known to hold what step '{writer}' of this run wrote.",
        hint="Another run in the same folder, or another program, writes that file too. Resume "
        "this run when the other one is over, or write to a name with the parameters in it.",
    )
