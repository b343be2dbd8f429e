"""The memory of torch's tensors, as arrays that travel out of band and are loaded by mapping.

Torch itself would write a storage into the stream, through two copies, once for each tensor that
looks into it.
"""

from __future__ import annotations

import sys
from typing import Any


class Storages:
    """The storages that were met, each as one array of bytes, so that views stay views."""

    def __init__(self) -> None:
        self._memory: dict[tuple[int, int, str], Any] = {}

    def parts(self, storage: Any) -> tuple[Any, Any, str]:
        """Return the storage's bytes as a NumPy array, the type of its elements and its device."""
        torch = sys.modules["torch"]
        # Everything public of a typed storage warns that the type will go.
        untyped = storage._untyped_storage
        device = str(untyped.device)
        key = (untyped.data_ptr(), untyped.nbytes(), device)
        if key not in self._memory:
            here = untyped if device == "cpu" else untyped.cpu()
            self._memory[key] = torch.empty(0, dtype=torch.uint8).set_(here).numpy()
        return self._memory[key], storage.dtype, device


def storage(memory: Any, dtype: Any, device: str) -> Any:
    """Return a storage over an array of bytes, on its device if this machine has that."""
    import torch

    untyped = torch.from_numpy(memory).untyped_storage()
    place = landing(device, torch.cuda.device_count())
    if place != "cpu":
        untyped = untyped.to(device=torch.device(place))
    return torch.storage.TypedStorage(wrap_storage=untyped, dtype=dtype, _internal=True)


def landing(device: str, gpus: int) -> str:
    """Return where a storage of that device goes on a machine with so many GPUs."""
    kind, _, number = device.partition(":")
    if kind != "cuda" or gpus == 0:
        return "cpu"
    return device if int(number or 0) < gpus else "cuda:0"
