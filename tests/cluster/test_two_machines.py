"""Nodes that share nothing: what a step made on one machine is there for a step on another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nodes
import pytest
from heads import brought_up
from nbformat import v4
from nodes import Farm, Machine

import nbprism
from nbprism.runner import layout

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(nodes.why_not() is not None, reason=str(nodes.why_not())),
]
SIZE = 120_000_000
SAID_S = 60.0
"""A line that was cut in silence is noticed after about 15 s; a busy machine takes longer."""


@pytest.fixture(scope="module")
def farm(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """Start a head, and a machine `b` with a resource of that name."""

    @contextmanager
    def attempt() -> Iterator[Farm | None]:
        found = Farm(environment, tmp_path_factory.mktemp("farm"))
        try:
            found.open()
            found.start("a")
            found.start("b")  # they start at the same time
            yield found if found.wait_for_all() else None
        finally:
            found.close()

    with brought_up(attempt) as farm:
        yield farm


@pytest.fixture(autouse=True)
def _on_the_farm(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", farm.token)


def submit(folder: Path, url: str, steps: dict[str, tuple[str, str]], **more: dict) -> nbprism.Run:
    """Submit a notebook of steps, each of one cell, on the machine that has the resource named."""
    notebook = v4.new_notebook()
    for name, (_, source) in steps.items():
        notebook.cells.append(v4.new_code_cell(source, metadata={"tags": [f"step:{name}"]}))
    path = folder / "nb.ipynb"
    path.write_text(v4.writes(notebook))
    settings = {
        name: {"resources": {where: 1}, "cpus": 0.1, **more.get(name, {})}
        for name, (where, _) in steps.items()
    }
    return nbprism.submit(path, cluster=url, settings=settings)


def until(true: Callable[[], bool], within_s: float = 90) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Watch:
    """The most memory of its own that any Ray worker and the driver had, looked at all the time."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most: dict[str, int] = {}

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            marks = ("ray::", "nbprism.runner.remote.job")
            for line, size in nodes.private_memory(self._farm.machines, marks):
                self.most[line] = max(size, self.most.get(line, 0))


def archive(run: nbprism.Run, machine: Machine, step: str, name: str) -> Path:
    digest = run[step].artifacts[name].digest
    assert digest is not None
    return machine.sees(layout.archive(Path("/tmp/nbprism-0"), digest))


def test_values_and_files_go_from_machine_to_machine_once_and_never_through_memory(
    farm: Farm, tmp_path: Path
) -> None:
    head, other = filter(Machine.is_up, farm.machines)
    make = (
        "import numpy as np, os, socket\n"
        f"big = np.arange({SIZE} // 8)\n"
        "os.makedirs('out', exist_ok=True)\n"
        "open('out/rows.csv', 'w').write('1,2,3')\n"
        "small = open('rows.csv').read()"
    )
    (tmp_path / "rows.csv").write_text("from home")
    steps = {
        "make": ("b", make),
        "use": ("a", "print(int(big[-1]), open('out/rows.csv').read(), small)"),
        "again": ("a", "print(int(big[1]))"),
        "back": ("b", "open('out/rows.csv', 'a').write(',4')\nlast = int(big[-1])"),
        "end": ("a", "print(last, open('out/rows.csv').read())"),
    }
    before = other.sent_bytes()
    with Watch(farm) as watch:
        run = submit(tmp_path, farm.url, steps, back={"after": ["use"]}).wait(300).check()
    assert run.outputs["use"].text == f"{SIZE // 8 - 1} 1,2,3 from home\n"
    assert run.outputs["again"].text == "1\n"
    assert run.outputs["end"].text == f"{SIZE // 8 - 1} 1,2,3,4\n"
    sent = other.sent_bytes() - before
    assert SIZE < sent < 1.5 * SIZE
    assert watch.most
    assert max(watch.most.values()) < SIZE, watch.most
    # On both machines, and not at home.
    assert archive(run, head, "make", "big").stat().st_size > SIZE
    assert archive(run, other, "make", "big").stat().st_size > SIZE
    assert not (run.folder.store / "artifacts").exists()


def test_a_line_cut_in_silence_is_said_and_a_node_lost_costs_what_ran_there_and_no_more(
    farm: Farm, tmp_path: Path
) -> None:
    head, other = filter(Machine.is_up, farm.machines)
    wait = (
        "import pathlib, time\nwhile not pathlib.Path('/tmp/go').exists():\n    time.sleep(0.1)\n"
    )
    steps = {
        "make": ("b", "import numpy as np\nvalue = np.arange(1_000_000)"),
        "slow": ("b", f"{wait}print('slow is done')"),
        "hold": ("a", f"{wait}print('held')"),
        "use": ("b", "print(int(value.sum()))"),
    }
    after = {"slow": {"after": ["make"], "retries": 1}, "hold": {"after": ["make"]}}
    run = submit(tmp_path, farm.url, steps, **after, use={"after": ["hold"]})
    until(lambda: run["slow"].state == run["hold"].state == "running")
    with farm.cut_off(head):
        until(lambda: run.summary["unheard"] is not None, within_s=SAID_S)
    until(lambda: run.summary["unheard"] is None)
    other.kill()
    another = farm.start("b")
    # Until the other one is missed there are two without it, and it has no /tmp of its own at once.
    assert farm.wait_for_all()
    for machine in (another, head):
        machine.sees(Path("/tmp/go")).touch()
    run.wait(200).check()
    head.sees(Path("/tmp/go")).unlink()
    assert run.outputs["use"].text == "499999500000\n"
    attempts = {name: step["attempts"] for name, step in run.summary["steps"].items()}
    assert attempts == {"make": 1, "slow": 2, "hold": 1, "use": 1}
    [crash] = [event for event in run.folder.events() if event.kind == "step-crashed"]
    assert crash.error.code == "node-lost"
