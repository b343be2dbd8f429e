"""Warm kernels for any Jupyter client: the kernel provisioner `nbprism-warm`.

A kernelspec (`kernel.json`) that names it gets kernels from the warm process:

    "metadata": {
      "kernel_provisioner": {"provisioner_name": "nbprism-warm", "config": {"idle_s": 300}}
    }

The kernel runs on the interpreter that the client runs on; the command in the kernelspec is what
other installations, without nbprism, start. The warm process is shared by all clients of this user
and ends when nobody has asked it for `idle_s` seconds.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Float

from nbprism.runner.kernels import launch, warm
from nbprism.runner.kernels.channels import read_connection
from nbprism.runner.kernels.launch import KernelProcess, KernelRequest

START_DEADLINE_S = 60.0
LOOK_S = 0.01


class WarmProvisioner(KernelProvisionerBase):
    """The life of one kernel of a `KernelManager`."""

    idle_s = Float(300.0, help="How long the warm process waits for the next kernel.", config=True)

    _kernel: KernelProcess | None = None
    _fixed: dict[str, Any] | None = None
    """How clients reach the kernel already; a restarted one has to be found in the same place."""

    @property
    def has_process(self) -> bool:
        return self._kernel is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Return what `launch_kernel` needs; no command, for none is executed."""
        kwargs.pop("extra_arguments", None)
        return await super().pre_launch(cmd=list(self.kernel_spec.argv), **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel, and return how to connect to it.

        Raises:
            KernelStartFailed: it did not come up.
        """
        del cmd
        env = dict(kwargs.get("env") or os.environ)
        request = KernelRequest(
            cwd=kwargs.get("cwd") or os.getcwd(),  # noqa: PTH109 - as the client has it
            env=env,
            connection=self._fixed,
            warm=_warm_process(env, self.idle_s),
        )
        if self._fixed is not None:
            _sockets(self._fixed).mkdir(mode=0o700, exist_ok=True)
        self._kernel = await asyncio.to_thread(_ready, request)
        self._fixed = read_connection(self._kernel.folder)
        info: Any = {**self._fixed, "key": self._fixed["key"].encode()}
        self.connection_info = info
        return self.connection_info

    async def poll(self) -> int | None:
        return 0 if self._kernel is None else self._kernel.exit_code()

    async def wait(self) -> int | None:
        """Return the exit code of the kernel, once it has ended."""
        if self._kernel is None:
            return 0
        # Not in a thread: a client that leaves shuts its kernel down when there can be no more.
        while (code := self._kernel.exit_code()) is None:  # noqa: ASYNC110 - a process, not a task
            await asyncio.sleep(LOOK_S)
        await self.cleanup(restart=True)
        return code

    async def send_signal(self, signum: int) -> None:
        if self._kernel is not None and self._kernel.exit_code() is None:
            os.killpg(self._kernel.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Make sure that nothing of the kernel is left."""
        if self._kernel is not None:
            self._kernel.kill()
            self._kernel = None
        if self._fixed is not None and not restart:
            shutil.rmtree(_sockets(self._fixed), ignore_errors=True)


def _sockets(connection: Mapping[str, Any]) -> Path:
    return Path(connection["ip"]).parent


def _ready(request: KernelRequest) -> KernelProcess:
    kernel = launch.start(request)
    try:
        kernel.wait_for_sockets(START_DEADLINE_S)
    except BaseException:
        kernel.kill()
        raise
    return kernel


def _warm_process(env: dict[str, str], idle_s: float) -> warm.WarmProcess | None:
    """Return one that outlives the client; None where there can be none."""
    try:
        return warm.lasting(env, idle_s=idle_s)
    except warm.NotWarm:
        return None
