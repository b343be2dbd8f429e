"""What the local cluster offers, known without Ray, and whether a step fits.

The keeper starts Ray with exactly these figures, so what is accepted here can be placed there.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import psutil

from nbprism.compiler.plan import Plan
from nbprism.compiler.settings.step import StepSettings

STORE_BYTES: Final = 256 * 2**20
"""For Ray's object store: reports of units pass through it, values of steps do not."""
MEMORY_SHARE: Final = 0.8
"""Of the machine's memory, what steps may reserve together."""
GB: Final = 10**9
NVIDIA_SMI_DEADLINE_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much there is in all, whoever uses it now."""

    cpus: float
    gpus: float
    memory: int
    accelerators: tuple[str, ...] = ()
    """Types of its GPUs, as the driver of the devices names them."""
    resources: Mapping[str, float] = field(default_factory=dict)
    """Resources of the cluster's own naming, none on the local one."""

    def to_json(self) -> dict[str, Any]:
        return {
            "cpus": self.cpus,
            "gpus": self.gpus,
            "memory": self.memory,
            "accelerators": list(self.accelerators),
        }


def local_capacity() -> Capacity:
    """Return what this machine gives to the local cluster."""
    models = tuple(_visible(_gpu_models()))
    return Capacity(
        cpus=float(_cpus()),
        gpus=float(len(models)),
        memory=int(_memory() * MEMORY_SHARE) - STORE_BYTES,
        accelerators=tuple(dict.fromkeys(models)),
    )


def misfits(plan: Plan, capacity: Capacity) -> list[str]:
    """Return, for each step that can never be placed, one sentence: why, and the nearest fit."""
    found = (_misfit(unit.step, unit.settings, capacity) for unit in plan.units)
    return [sentence for sentence in found if sentence]


def _misfit(step: str, settings: StepSettings, capacity: Capacity) -> str | None:
    asks = f"Step '{step}' asks for"
    if settings.gpus > capacity.gpus:
        return f"{asks} {settings.gpus:g} GPU{_s(settings.gpus)}; {_gpu_advice(capacity)}"
    if settings.cpus > capacity.cpus:
        return (
            f"{asks} {settings.cpus:g} CPUs; this machine has {capacity.cpus:g}. "
            f"Set cpus to {capacity.cpus:g} or less for it."
        )
    if settings.memory is not None and settings.memory > capacity.memory:
        return (
            f"{asks} {math.ceil(settings.memory / GB * 10) / 10:g} GB of memory; this machine can "
            f"give {math.floor(capacity.memory / GB * 10) / 10:g} GB. "
            "Set memory to that or less for it."
        )
    return _kind_misfit(asks, settings, capacity)


def _kind_misfit(asks: str, settings: StepSettings, capacity: Capacity) -> str | None:
    wanted = settings.accelerator_type
    if wanted is not None and not any(wanted.lower() in m.lower() for m in capacity.accelerators):
        there = ", ".join(capacity.accelerators) or "no GPU"
        return (
            f"{asks} a device of type {wanted}; this machine has {there}. "
            "Remove accelerator_type for it."
        )
    for name, amount in settings.resources.items():
        has = capacity.resources.get(name, 0.0)
        if amount > has:
            there = f"has {has:g}" if has else "does not have it"
            return f"{asks} {amount:g} of the resource '{name}'; this machine {there}."
    return None


def _gpu_advice(capacity: Capacity) -> str:
    if not capacity.gpus:
        return "this machine has none. Set gpus to 0 for it or choose a cluster with GPUs."
    return f"this machine has {capacity.gpus:g}. Set gpus to {capacity.gpus:g} or less for it."


def _s(number: float) -> str:
    return "s" if number > 1 else ""


def _cpus() -> int:
    """Return the CPUs this process may use, a container's limit included."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _first_number(Path("/sys/fs/cgroup/cpu.max"))
    if quota is None:
        return usable or 1
    period = _number_at(Path("/sys/fs/cgroup/cpu.max"), 1) or 100_000
    return max(1, min(usable or 1, round(quota / period)))


def _memory() -> int:
    limit = _first_number(Path("/sys/fs/cgroup/memory.max"))
    return min(psutil.virtual_memory().total, limit or psutil.virtual_memory().total)


def _first_number(path: Path) -> int | None:
    return _number_at(path, 0)


def _number_at(path: Path, index: int) -> int | None:
    """Return a number in a cgroup file; None if there is no such file, or no limit (`max`)."""
    try:
        return int(path.read_text().split()[index])
    except (OSError, ValueError, IndexError):
        return None


def _gpu_models() -> list[str]:
    """Return the model of each NVIDIA device, in the driver's order."""
    folders = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    texts = (folder.read_text(errors="replace") for folder in folders)
    found = [match[1].strip() for text in texts if (match := re.search(r"Model:(.*)", text))]
    return found or _told_by_nvidia_smi()


@cache
def _told_by_nvidia_smi() -> list[str]:
    """Return the models that the vendor's tool sees: containers often hide the files in /proc."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        told = subprocess.run(
            [tool, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=NVIDIA_SMI_DEADLINE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in told.stdout.splitlines() if line.strip()]


def _visible(models: Iterable[str], environ: Mapping[str, str] | None = None) -> list[str]:
    """Return those that `CUDA_VISIBLE_DEVICES` leaves, as the cluster inherits it."""
    chosen = (os.environ if environ is None else environ).get("CUDA_VISIBLE_DEVICES")
    every = list(models)
    if chosen is None:
        return every
    wanted = [part for part in chosen.split(",") if part.strip() not in {"", "-1", "NoDevFiles"}]
    return every[: len(wanted)]
