"""The papermill engine `nbprism`: executes a notebook and says what is happening.

    papermill in.ipynb out.ipynb --engine nbprism

Papermill loads its engines while it is being imported itself, so this module imports nothing of it
at the top; that also keeps `import papermill` light for whoever has nbprism installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbprism.runner.unit.execution import Execution


class PrismEngine:
    """What papermill calls; the work is done by an `Execution`, which the runner passes in."""

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        execution: Execution | None = None,
        **options: Any,
    ) -> Any:
        """Execute the notebook and return it; it is saved once, at the end, however it ends.

        Whatever `kernel_name` says, the kernel runs on this very interpreter: the one that has
        nbprism.

        Raises:
            DeadKernelError: the kernel died (not if the caller passed an `execution` to look at).
            CellTimeoutError: `execution_timeout` passed (likewise).
        """
        from papermill.iorw import write_ipynb

        own = execution is None
        running = _alone(options) if execution is None else execution
        _prepare(nb)
        try:
            running.run(nb)
        finally:
            _describe(nb, running)
            if output_path:
                write_ipynb(nb, output_path)
        if own:
            _raise_like_nbclient(running)
        return nb

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the kernel that the notebook asks for."""
        return name or nb.metadata.get("kernelspec", {}).get("name") or "python3"

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language of the notebook, which papermill writes parameters in."""
        return language or nb.metadata.get("language_info", {}).get("name") or "python"


def _alone(options: dict[str, Any]) -> Execution:
    """Return an execution as papermill's own options ask for it."""
    from nbprism.runner.unit.execution import Execution, Limits

    return Execution(
        limits=Limits(
            timeout_s=options.get("execution_timeout"),
            startup_timeout_s=options.get("start_timeout") or 60,
        )
    )


def _prepare(nb: Any) -> None:
    for cell in nb.cells:
        cell.metadata["papermill"] = {"status": "pending", "exception": None}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _describe(nb: Any, running: Execution) -> None:
    """Write what happened where papermill's readers look for it; true, unlike its own."""
    ended_by = running.ended_by
    stopped_at: Any = getattr(ended_by, "cell", None)
    for cell in nb.cells:
        if cell is stopped_at:
            cell.metadata["papermill"] = {"status": "failed", "exception": True}
            break
        cell.metadata["papermill"] = {"status": "completed", "exception": False}
    nb.metadata.setdefault("papermill", {})["exception"] = True if ended_by else None


def _raise_like_nbclient(running: Execution) -> None:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from nbprism.runner.unit.verdicts import KernelDied, TimedOut

    if isinstance(running.ended_by, KernelDied):
        raise DeadKernelError(str(running.ended_by)) from running.ended_by
    if isinstance(running.ended_by, TimedOut):
        raise CellTimeoutError(str(running.ended_by)) from running.ended_by
