"""Units as Ray tasks on the local cluster; imported by the driver only.

A unit is a streaming task: what its generator yields arrives here while it runs. It never retries
by itself (`max_retries=0`): cells are not idempotent, and attempts are the run's to count.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import Any, Final

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.cluster import local
from nbprism.runner.cluster.environment import joining, ray_environment, users_environment
from nbprism.runner.cluster.made_by_ray import runtime_environment
from nbprism.runner.cluster.port import Joined, Report, UnitGone
from nbprism.runner.cluster.ray_failures import failure_of
from nbprism.runner.errors import ClusterUnreachable
from nbprism.runner.unit.spec import UnitSpec

EXECUTE_UNIT: Final = "nbprism.runner.unit.attempt:execute_unit"
POLITE_S: Final = 5.0
"""How long a unit may take to end after it was asked, before its process is killed."""
LEAVING_S: Final = 1.0
"""How long a unit that has told its end may take to return."""
JOIN_ATTEMPTS: Final = 2
TURN_S: Final = 1.0
"""How often a driver that waits for its turn looks again; some up to twice as seldom."""

log = logging.getLogger("nbprism.cluster")


@dataclass(frozen=True, slots=True)
class _Running:
    """A unit that is on the cluster, and whether it is over."""

    reports: Any
    """Ray's generator of what the unit yields."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class LocalRay:
    """The local cluster, as one driver uses it."""

    bucket: str | None = None
    """Results of this machine stay on its disk."""

    def __init__(self, execute: str = EXECUTE_UNIT, users: Mapping[str, str] | None = None) -> None:
        """Prepare; nothing is started or imported yet.

        Args:
            execute: What executes a unit, as `module:function`. Only Ray's workers import it.
            users: Environment variables that units get from whoever submitted the run; default:
                those of this process.
        """
        self._execute = execute
        self._units: dict[tuple[str, str, int], _Running] = {}
        self._held = contextlib.ExitStack()
        self._users = users_environment(os.environ) if users is None else dict(users)
        self._began = time.time()
        """When the run began that is served now."""
        self._address: local.ClusterAddress | None = None
        self._abandoned: list[Any] = []
        """Units nobody listens to any more, though they may not have ended."""

    def serve(self, environ: Mapping[str, str]) -> None:
        """Take what units inherit from `environ`, that of whoever submits the next run."""
        self._users = users_environment(environ)
        self._began = time.time()

    async def join(self) -> Joined:
        """Join the cluster, started now if need be, and keep it up until `leave`."""
        for attempt in range(1, JOIN_ATTEMPTS + 1):
            address = await self._joined()
            if self._address is not None and self._address.address == address.address:
                return _told(address)
            try:
                # Not in a thread: Ray wants to be connected from the main one.
                _connect(address)
                break
            except (ConnectionError, RuntimeError, TimeoutError) as error:
                log.warning("Joining the cluster failed (%d): %s", attempt, error)
                self._held.close()
                if attempt == JOIN_ATTEMPTS:
                    raise ClusterUnreachable(f"The local Ray does not answer: {error}.") from error
        self._address = address
        return _told(address)

    async def _joined(self) -> local.ClusterAddress:
        """Return the cluster, kept up from now on, when it is this driver's turn."""
        # Whoever runs inside a step does not wait: the step may wait for it.
        at_once = "RAY_ADDRESS" in self._users
        while True:
            if at_once or not local.is_crowded():
                with contextlib.suppress(local.Crowded):  # somebody else was quicker
                    return await self._entered(at_once=at_once)
            await asyncio.sleep(TURN_S * (1 + os.getpid() % 10 / 10))

    async def _entered(self, *, at_once: bool) -> local.ClusterAddress:
        """Return the cluster; Ray is imported while it starts, or after it was this one's turn."""
        # Before the import: Ray reads its settings once.
        ours = ray_environment(os.environ)
        os.environ.clear()
        os.environ.update(ours)
        is_alone = not local.is_used()
        cluster = local.joined(at_once=at_once, wanted_at=self._began)
        joined = asyncio.ensure_future(asyncio.to_thread(self._held.enter_context, cluster))
        if is_alone:
            await asyncio.sleep(0)  # lets the thread begin
            import_module("ray")
        address = await joined
        import_module("ray")
        return address

    async def execute(self, spec: UnitSpec, settings: StepSettings) -> AsyncIterator[list[Report]]:
        """Run the unit as a Ray task."""
        async for found in self._run(run_unit, settings, spec):
            yield await self._value(spec, found)

    async def _value(self, spec: UnitSpec, reference: Any) -> Any:
        """Return what a unit yielded; what it died of may stand there instead.

        Raises:
            UnitGone: its process ended.
        """
        import ray

        try:
            return await reference
        except ray.exceptions.RayError as error:
            log.warning("Step %s, attempt %d: %s", spec.step, spec.attempt, error)
            raise UnitGone(failure_of(error)) from error

    async def _run(
        self, function: Any, settings: StepSettings, spec: UnitSpec, *more: Any
    ) -> AsyncIterator[Any]:
        """Run a unit by a generator function, and yield references to what it yields."""
        import ray

        placed = _with_environment(spec, self._users)
        reports = _task(function, settings).remote(self._execute, placed, *more)
        unit = (spec.run, spec.step, spec.attempt)
        running = self._units[unit] = _Running(reports)
        try:
            async for reference in reports:
                yield reference
        except ray.exceptions.RayError as error:
            log.warning("Step %s, attempt %d: %s", spec.step, spec.attempt, error)
            raise UnitGone(failure_of(error)) from error
        except (asyncio.CancelledError, GeneratorExit):
            self._abandoned.append(reports)
            raise
        finally:
            running.gone.set()
            del self._units[unit]

    async def stop(self, run: str, step: str, attempt: int) -> None:
        """Cancel the task; after a while kill its worker, and its kernel with it."""
        for force in (False, True):
            unit = self._units.get((run, step, attempt))
            if unit is None:
                return
            _cancel(unit.reports, force=force)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(unit.gone.wait(), POLITE_S)

    def is_there(self) -> bool:
        return self._address is not None and local.is_up(self._address)

    def ended(self) -> int | None:
        """Return a descriptor that becomes readable when the cluster has ended.

        None if there is no cluster this process is connected to, or no such descriptors here.
        """
        return None if self._address is None else local.ended(self._address)

    def leave(self) -> None:
        """Let the cluster go, but stay connected: the next run finds its workers warm."""
        if self.is_there():
            self._end_abandoned()
        self._held.close()

    def _end_abandoned(self) -> None:
        if not self._abandoned:
            return
        import ray

        ends = {reports.completed(): reports for reports in self._abandoned}
        self._abandoned.clear()
        # Most have told their end already, and only have to return.
        _, running = ray.wait([*ends], num_returns=len(ends), timeout=LEAVING_S)
        for end in running:
            _cancel(ends[end], force=True)

    def disconnect(self) -> None:
        """End what this process has on the cluster."""
        # Without a cluster this would wait for answers that do not come; and a run that reused all
        # its steps has not even imported Ray.
        if self.is_there():
            import ray

            ray.shutdown()
        self._address = None


def _told(address: local.ClusterAddress) -> Joined:
    return Joined(address.cpus, address.gpus, address.memory, address.started)


def _connect(address: local.ClusterAddress) -> None:
    os.environ["RAY_AUTH_TOKEN"] = address.token
    import ray

    ray.init(
        address=address.address,
        namespace="nbprism",
        log_to_driver=False,
        configure_logging=False,
    )


def _task(function: Any, settings: StepSettings) -> Any:
    return _known(function).options(
        num_cpus=settings.cpus,
        num_gpus=settings.gpus,
        memory=settings.memory,
        accelerator_type=settings.accelerator_type,
        resources=dict(settings.resources),
        runtime_env=_made(settings),
    )


@cache
def _known(function: Any) -> Any:
    """Return the function as a task; once, for each one made is sent to all workers anew."""
    import ray

    remote: Any = ray.remote  # its overloads know no generators
    return remote(max_retries=0, num_returns="streaming")(function)


def _made(settings: StepSettings) -> dict[str, Any] | None:
    import ray

    return runtime_environment(settings, ray.get_runtime_context().runtime_env)


def run_unit(execute: str, spec: UnitSpec) -> Any:
    """Execute a unit inside a Ray worker; what it starts itself with Ray runs on this cluster."""
    import ray

    from nbprism.runner.kernels import warm  # the driver, which imports this file, has no kernels

    address = ray.get_runtime_context().gcs_address
    spec = replace(spec, env_vars=joining(os.environ, address, spec.env_vars))
    # Ray blocks SIGINT in its processes. A kernel would inherit that, and could not be interrupted.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # The node's raylet outlives the run, and the warm process goes with it. It is our parent unless
    # we are in a container, whose warm process is of no use to others.
    if os.environ.get("RAY_RAYLET_PID") == str(os.getppid()):
        warm.end_with(os.getppid())
    module, _, function = execute.partition(":")
    reports = getattr(import_module(module), function)(spec)
    try:
        yield from reports
    finally:
        # A cancelled task ends here; closing the generator ends its kernel.
        close = getattr(reports, "close", None)
        if close is not None:
            close()


def _cancel(unit: Any, *, force: bool) -> None:
    import ray

    # A task that has just ended cannot be cancelled, which is as good.
    with contextlib.suppress(ValueError, ray.exceptions.RayError):
        ray.cancel(unit, force=force)


def _with_environment(spec: UnitSpec, users: dict[str, str]) -> UnitSpec:
    # On another machine nothing is known of the user's variables: units have those of the cluster.
    return replace(spec, env_vars={**users, **spec.env_vars}, inherits=not users)
