"""A model trained in a GPU step, with real CUDA: `python benchmarks/gpu.py [--quick]`.

What is looked at: that the step sees the device Ray gave it, and no other; that a step without a
request sees none; that two halves share one device; how much quicker training is there than on the
CPU; and that the device's memory is free again when the steps are over. Without a device, or
without torch, it says so and ends: nothing here is pretended.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import pipelines
import results
from options import Options

import nbprism

TRAIN = """
import json, os, pathlib, time, torch
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
x = torch.randn({rows}, 512, device=device)
y = (x[:, :1] * 3 + x[:, 1:2].sin()).detach()
model = torch.nn.Sequential(
    torch.nn.Linear(512, 2048), torch.nn.ReLU(), torch.nn.Linear(2048, 1)
).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
here = pathlib.Path.cwd()  # named so, the files make no edge between the steps
(here / "{name} is here").touch()
deadline = time.monotonic() + 60
while not (here / "{other} is here").exists() and time.monotonic() < deadline:
    time.sleep(0.01)
together = (here / "{other} is here").exists()
losses = []
began = time.monotonic()
for epoch in range({epochs} + 1):
    if epoch == 1:  # the first one prepares the device
        began = time.monotonic()
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
{name}_weights = {{key: tensor.cpu() for key, tensor in model.state_dict().items()}}
print(json.dumps(dict(
    device=torch.cuda.get_device_name() if device == "cuda" else "the CPU",
    sees=os.environ.get("CUDA_VISIBLE_DEVICES", "unset"), together=together,
    seconds=time.monotonic() - began, first=losses[0], last=losses[-1],
    peak_mb=torch.cuda.max_memory_allocated() / 1e6 if device == "cuda" else 0.0,
)))
"""
OTHER = {"gpu": "gpu", "cpu": "cpu", "half_a": "half_b", "half_b": "half_a"}
"""Whom each step waits for before it trains: the halves for each other."""
USE = "assert all(w.device.type == 'cpu' for w in gpu_weights.values())\nprint(len(gpu_weights))"
FEW = 2
"""Epochs on the CPU, on one core of it: that is what a step has."""
LEFT_MB = 64.0
"""What may be in use afterwards beyond what was before: the driver's own bookkeeping."""
WAIT_S = 30.0


def main() -> None:
    """Measure and tell."""
    options = Options.parse(__doc__)
    if (reason := why_not()) is not None:
        print(f"There is nothing to measure here: {reason}")
        return
    rows, epochs = (20_000, 20) if options.quick else (200_000, 200)
    turns = {"gpu": epochs, "cpu": FEW, "half_a": epochs, "half_b": epochs}
    cells = [
        (
            f"step:{name}",
            TRAIN.format(rows=rows, epochs=turns[name], name=name, other=OTHER[name]),
        )
        for name in turns
    ]
    cells.append(("step:use", USE))
    settings = {"gpu": {"gpus": 1}, "half_a": {"gpus": 0.5}, "half_b": {"gpus": 0.5}}
    before = used_mb()
    with pipelines.workplace() as folder:
        path = pipelines.write(folder / "gpu.ipynb", cells)
        run = nbprism.submit(path, settings=settings).wait(1800).check()
        seen = {name: json.loads(run.outputs[name].text) for name in turns}
        released = until(lambda: used_mb() - before < LEFT_MB)
    check(seen, released=released)
    table = [
        (
            name,
            told["device"],
            told["sees"] or "none",
            f"{told['seconds'] / turns[name] * 1e3:.1f}",
            f"{told['peak_mb']:.0f}",
        )
        for name, told in seen.items()
    ]
    text = results.table(
        ("step", "ran on", "CUDA_VISIBLE_DEVICES", "ms per epoch", "peak MB"), table
    )
    results.write("gpu.py", "GPUs: a model trained in a step", text, quick=options.quick)


def why_not() -> str | None:
    """Return why nothing can be measured here, or None."""
    if find_spec("torch") is None:
        return "torch is not installed (pip install torch)."
    asked = [sys.executable, "-c", "import torch; print(torch.cuda.is_available())"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    if found.stdout.strip() != "True":
        return "torch finds no CUDA device."
    return None


def check(seen: dict[str, dict[str, object]], *, released: bool) -> None:
    """Fail if a step saw what it did not ask for, learnt nothing, or left memory behind."""
    assert seen["cpu"]["sees"] == "", "a step without a request saw a device"
    halves = seen["half_a"], seen["half_b"]
    assert halves[0]["sees"] == halves[1]["sees"] != "", "two halves are not one device"
    assert all(told["together"] for told in halves), "two halves did not have it together"
    for name, told in seen.items():
        assert float(str(told["last"])) < float(str(told["first"])), f"{name} learnt nothing"
    assert released, "memory of the device is still in use after the run"


def used_mb() -> float:
    """Return how much memory of all devices is in use, by whomever."""
    command = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return sum(map(float, found.stdout.split()))


def until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WAIT_S
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


if __name__ == "__main__":
    main()
