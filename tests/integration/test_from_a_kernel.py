"""nbprism used from a live kernel, against a real Ray."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

import nbprism
from nbprism.results.errors import RunUnsuccessful
from nbprism.results.loading import load_inputs

pytestmark = pytest.mark.usefixtures("cluster")

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits.ipynb"


@dataclass
class Reply:
    """What one cell gave."""

    text: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


class Kernel:
    """A kernel as a front end has it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager, self._client = manager, client

    def run(self, code: str) -> Reply:
        sent = self._client.execute(code)
        reply = Reply()
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=90)
            except queue.Empty:
                raise AssertionError(f"no answer to {code!r}; so far {reply}") from None
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                reply.text += content["text"]
            elif kind == "error":
                reply.error = f"{content['ename']}: {content['evalue']}"
            elif kind in {"display_data", "update_display_data", "execute_result"}:
                reply.data.append(content["data"])
            elif kind == "status" and content["execution_state"] == "idle":
                return reply

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    manager, client = start_new_kernel(cwd=str(tmp_path))
    kernel = Kernel(manager, client)
    try:
        kernel.run("%load_ext nbprism")
        yield kernel
    finally:
        kernel.close()


def test_a_cell_runs_elsewhere_with_the_kernels_values(kernel: Kernel) -> None:
    kernel.run("import numpy as np\nX = np.arange(4.)\nk = 3\ndef scale(a): return a * k")
    reply = kernel.run("%%nbprism cpus=1\nimport os\nprint('there')\ny = scale(X)\nX += 1\ny.sum()")
    assert reply.error == ""
    assert reply.text == "there\n"
    assert any("18.0" in data.get("text/plain", "") for data in reply.data)
    assert kernel.run("print(y.tolist(), X.tolist(), os.sep)").text == (
        "[0.0, 3.0, 6.0, 9.0] [1.0, 2.0, 3.0, 4.0] /\n"
    )


def test_what_raises_there_raises_here_and_binds_nothing(kernel: Kernel) -> None:
    reply = kernel.run("%%nbprism\nbefore = 1\nraise ValueError('no')")
    assert "ValueError" in reply.text
    assert reply.error.startswith("RunUnsuccessful: ValueError in the cell (line 2): no")
    assert kernel.run("print('before' in globals())").text == "False\n"


def test_without_waiting_the_kernel_stays_free(kernel: Kernel) -> None:
    kernel.run("a = [1]")
    kernel.run("%%nbprism --no-wait\nimport time\ntime.sleep(1)\npair = [a, a]")
    kernel.run("later = _")
    assert kernel.run("print(later.done)").text == "False\n"
    assert kernel.run("print(later.result()['pair'], pair[0] is pair[1])").text == (
        "[[1], [1]] True\n"
    )


def test_a_run_shows_itself_live_and_leaves_html_behind(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "digits.ipynb").write_bytes(EXAMPLE.read_bytes())
    reply = kernel.run("import nbprism\nrun = nbprism.run('digits.ipynb', parameters={'seed': 1})")
    assert reply.error == ""
    first, last = reply.data[0], reply.data[-1]
    assert "application/vnd.jupyter.widget-view+json" in first
    assert "text/html" in first
    assert "succeeded" in last["text/html"]
    assert "widget" not in str(last)
    told = kernel.run("print(run.parameters['seed'], type(run['forest']['forest']).__name__)")
    assert told.text == "1 RandomForestClassifier\n"
    loaded = kernel.run(
        "%nbprism load " + nbprism.runs(store=tmp_path / ".nbprism").index[0] + " svm"
    )
    assert "values: " in loaded.text
    assert kernel.run("print(SVC.__name__, X_train.shape[1])").text == "SVC 64\n"


def failing_notebook(folder: Path) -> Path:
    from nbformat import v4

    notebook = v4.new_notebook()
    for step, source in (
        ("load", "rows = [1, 2]"),
        ("train", "print('training')\nmodel = rows[7]"),
        ("use", "print(model)"),
    ):
        notebook.cells.append(v4.new_code_cell(source, metadata={"tags": [f"step:{step}"]}))
    path = folder / "fails.ipynb"
    path.write_text(v4.writes(notebook))
    return path


def test_a_failed_run_says_why_and_gives_the_inputs_of_the_step_that_failed(tmp_path: Path) -> None:
    run = nbprism.submit(failing_notebook(tmp_path)).wait(90)
    assert run.state == "failed"
    assert (run["train"].state, run["use"].state) == ("failed", "skipped")
    assert run.error is not None
    assert run.error.ename == "IndexError"
    assert run["train"].outputs.text.startswith("training\n")
    with pytest.raises(RunUnsuccessful, match="in step 'train': IndexError"):
        run.check()
    namespace: dict[str, Any] = {"rows": "old"}
    loaded = load_inputs(run, "train", namespace)
    assert namespace["rows"] == [1, 2]
    assert (loaded.values, loaded.overwritten, loaded.edited) == (("rows",), ("rows",), False)
    again = nbprism.Run.find(run.id, store=tmp_path / ".nbprism")
    assert again == run
    assert not nbprism.diff(run, again)
