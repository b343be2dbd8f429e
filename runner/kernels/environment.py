"""The environment variables of a unit's kernel."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

BLOCKED_MODULE: Final = "rfc3987_syntax.py"
"""Ray processes get a folder with this file first on their path (it must fail to import there, or
it costs two seconds in each). The user's own code must not see it."""

_NOT_INHERITED: Final = ("PYTHONBREAKPOINT", "JPY_PARENT_PID", "MPLBACKEND", "PYTHONSTARTUP")
"""Ray's debugger would wait for ever in a unit; the rest is another kernel's or terminal's."""

_STEADY: Final = {"PYTHONHASHSEED": "0"}
"""What a kernel has unless the user says otherwise. Without a fixed seed the order of a set of
texts, and so what is computed from it, would change from kernel to kernel: equal steps would give
unequal results (docs/adr/0011-reuse.md)."""


PLACED: Final = frozenset(
    {
        "ASCEND_RT_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "HABANA_VISIBLE_MODULES",
        "HIP_VISIBLE_DEVICES", "NEURON_RT_VISIBLE_CORES", "OMP_NUM_THREADS",
        "ONEAPI_DEVICE_SELECTOR", "ROCR_VISIBLE_DEVICES", "TPU_VISIBLE_CHIPS",
    }
)  # fmt: skip
"""Names by which a cluster tells a unit which devices and how many threads are its own."""


def of_the_place(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return what is the cluster's to say, not the user's."""
    return {
        name: value
        for name, value in inherited.items()
        if name in PLACED or name.startswith("NBPRISM_")
    }


def kernel_environment(inherited: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return what is inherited (CUDA_VISIBLE_DEVICES among it) with the unit's own on top."""
    kept = {name: value for name, value in inherited.items() if not _is_of_the_worker(name)}
    if path := kept.pop("PYTHONPATH", None):
        folders = [part for part in path.split(os.pathsep) if not _is_blocker(part)]
        if folders:
            kept["PYTHONPATH"] = os.pathsep.join(folders)
    return {**_STEADY, **kept, **added}


def _is_of_the_worker(name: str) -> bool:
    # How our Ray was started, its token too, is not for the user's code; its own settings of Ray,
    # if there are any, come with the unit.
    return name in _NOT_INHERITED or name.startswith("RAY_")


def _is_blocker(folder: str) -> bool:
    return (Path(folder) / BLOCKED_MODULE).is_file()
