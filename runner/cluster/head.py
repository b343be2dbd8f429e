"""Ray's head on this machine: loopback only, no dashboard, as few processes as Ray allows.

The one place that uses Ray's private start-up classes, as `ray.cluster_utils` does. The public
`ray.init()` starts four more Python processes and joins the cluster it starts as a driver, which
takes 5.7 s where this takes 2.3 s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ray._private.node import Node
from ray._private.parameter import RayParams
from ray._private.state import GlobalState
from ray._raylet import GcsClientOptions  # type: ignore[attr-defined] # it is compiled

from nbprism.runner.cluster.capacity import STORE_BYTES, Capacity
from nbprism.runner.cluster.free import Free


class _Head(Node):
    """A head without the API server: a plain Ray has nothing to show in it."""

    def start_api_server(self, **_: Any) -> None:
        self._webui_url = None


class Head:
    """A running Ray head whose processes die with the process that made it."""

    def __init__(self, capacity: Capacity, temporary: Path) -> None:
        """Start it, and return when it can be joined.

        Args:
            capacity: What steps can ask for.
            temporary: An empty folder with a short path (socket names in it are limited to
                about 100 characters).
        """
        # spawn_reaper makes every child ask the kernel to be killed when this process dies.
        parameters: Any = RayParams  # its annotations are not what it takes
        self._node: Any = _Head(
            parameters(
                node_ip_address="127.0.0.1",
                num_cpus=int(capacity.cpus),
                num_gpus=int(capacity.gpus),
                memory=capacity.memory,
                object_store_memory=STORE_BYTES,
                temp_dir=str(temporary),
                include_dashboard=False,
                include_log_monitor=False,
                no_monitor=True,
            ),
            head=True,
            shutdown_at_exit=False,
            spawn_reaper=True,
        )
        # What `ray.available_resources()` asks too, but without joining; connects when asked.
        states: Any = GlobalState
        self._state: Any = states()
        self._state._initialize_global_state(
            GcsClientOptions.create(
                self.address, None, allow_cluster_id_nil=True, fetch_cluster_id_if_nil=True
            )
        )

    @property
    def address(self) -> str:
        return str(self._node.gcs_address)

    def is_alive(self) -> bool:
        return not self._node.dead_processes()

    def free(self) -> Free:
        """Return what nobody has reserved; it may take long to say so where Ray is ending."""
        return Free.of(self._state.available_resources())

    def stop(self) -> None:
        self._node.kill_all_processes(check_alive=False, allow_graceful=True, wait=True)
