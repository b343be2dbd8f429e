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
from nbprism.results.display import WIDGET_MIME
from nbprism.results.errors import RunUnsuccessful
from nbprism.results.live_view import LIVE_MIME
from nbprism.results.loading import load_inputs, load_values
from nbprism.runner.errors import ArtifactMissing

pytestmark = pytest.mark.usefixtures("cluster")

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits.ipynb"


@dataclass
class Reply:
    """What one cell gave."""

    text: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    traceback: list[str] = field(default_factory=list)


class Kernel:
    """A kernel as a front end has it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager, self._client = manager, client

    def run(self, code: str, interrupt_at: str | None = None) -> Reply:
        """Run a cell; interrupt it when it has written that."""
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
                if interrupt_at is not None and interrupt_at in reply.text:
                    self._manager.interrupt_kernel()
                    interrupt_at = None
            elif kind == "error":
                reply.error = f"{content['ename']}: {content['evalue']}"
                reply.traceback = content["traceback"]
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
    # The line as the user sees it, the magic's own among them.
    assert reply.error == "RunUnsuccessful: ValueError in the cell (line 3): no"
    assert reply.traceback == [reply.error]
    assert kernel.run("print('before' in globals())").text == "False\n"


def test_what_a_cell_changes_there_is_changed_here_for_all_who_hold_it(kernel: Kernel) -> None:
    kernel.run(
        "import pandas as pd\nrows = [1]; held = {'rows': rows}\nframe = pd.DataFrame({'a': [1]})\n"
        "other = frame\npair = [rows]; log = {}\ndef remember(v):\n    log['v'] = v\ngone = tmp = 1"
    )
    reply = kernel.run(
        "%%nbprism\n%matplotlib inline\nrows.append(2)\nframe['x'] = 3\nremember(4)\ndel gone\n"
        "with open('notes', 'w') as file:\n    file.write('there')\nlines = (n for n in rows)"
    )
    assert reply.error == ""
    assert reply.text.count("[nbprism]") == 1
    assert "lines (generator) cannot be moved" in reply.text
    told = kernel.run(
        "print(held['rows'] is pair[0] is rows, rows, other is frame, list(other), log, "
        "'gone' in globals(), open('notes').read(), type(file).__name__)"
    )
    assert told.text == "True [1, 2] True ['a', 'x'] {'v': 4} False there Placeholder\n"
    # What is shared among what comes back is shared again.
    kernel.run("%%nbprism\nrows.append(3)\nheld['more'] = rows")
    told = kernel.run("print(held['rows'] is held['more'] is rows, rows)")
    assert told.text == "True [1, 2, 3]\n"


def test_widgets_of_a_cell_move_here_as_they_do_there(kernel: Kernel) -> None:
    reply = kernel.run(
        "%%nbprism\nimport ipywidgets as w\nbar, out = w.FloatProgress(0), w.Output()\n"
        "knob = w.IntSlider(0)\ndisplay(w.VBox([bar, knob]), out)\n"
        "for n in range(3):\n    bar.value = knob.value = n + 1\n"
        "with out:\n    print('inside')\ndel bar, knob, out"
    )
    assert reply.error == ""
    models = [data[WIDGET_MIME]["model_id"] for data in reply.data]
    told = kernel.run(
        "from ipywidgets import widget_serialization as forms\n"
        f"box, out = (forms['from_json'](f'IPY_MODEL_{{one}}', None) for one in {models})\n"
        "bar, knob = box.children\nprint(bar.value, knob.value, out.outputs[0]['text'])\n"
        "print(knob.disabled, knob.tooltip)"
    )
    assert told.text.startswith("3.0 3 inside\n\nTrue This cell ran on the cluster: ")


def test_interrupting_a_cell_stops_it_there(kernel: Kernel) -> None:
    reply = kernel.run(
        "%%nbprism\nprint('on its way')\nimport time\ntime.sleep(300)\nz = 1", "on its"
    )
    assert "cancelled" in reply.error
    assert kernel.run("print('z' in globals())").text == "False\n"


def test_without_waiting_the_kernel_stays_free(kernel: Kernel) -> None:
    kernel.run("a = [1]")
    wait = "while not os.path.exists('go'): time.sleep(0.05)"
    kernel.run(f"%%nbprism --no-wait\nimport os, time\n{wait}\npair = [a, a]")
    kernel.run("later = _")
    assert kernel.run("print(later.done)").text == "False\n"
    kernel.run("open('go', 'w').close()")
    assert kernel.run("print(later.result()['pair'], pair[0] is pair[1])").text == (
        "[[1], [1]] True\n"
    )


def test_a_run_shows_itself_live_and_leaves_html_behind(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "digits.ipynb").write_bytes(EXAMPLE.read_bytes())
    reply = kernel.run("import nbprism\nrun = nbprism.run('digits.ipynb', parameters={'seed': 1})")
    assert reply.error == ""
    first, last = reply.data[0], reply.data[-1]
    # VS Code takes the first of them that something there can show.
    assert list(first).index(WIDGET_MIME) < list(first).index(LIVE_MIME)
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


def test_a_sweep_shows_a_row_a_run_live_and_leaves_html_behind(
    kernel: Kernel, tmp_path: Path
) -> None:
    write(
        tmp_path / "rates.ipynb",
        ("parameters", "rate = 1.0"),
        ("step:work", "loss = 2 * rate"),
        ("metrics", "loss"),
    )
    reply = kernel.run(
        "import nbprism\nsweep = nbprism.sweep('rates.ipynb', {'rate': [1, 2]}).show(wait=True)"
    )
    assert reply.error == ""
    first, last = reply.data[0], reply.data[-1]
    assert first[LIVE_MIME]["again"].startswith('nbprism.Sweep.find("sweep-')
    assert "of 2 runs ended" in first["text/html"]
    assert "2 of 2 runs ended" in last["text/html"]
    assert last.keys() == {"text/html", "text/plain"}
    assert kernel.run("print(sweep.table['metrics.loss'].tolist())").text == "[2.0, 4.0]\n"
    assert "2 of 2 runs ended" in kernel.run("sweep").data[-1]["text/html"]


def write(path: Path, *cells: tuple[str, str]) -> Path:
    """Write a notebook of cells, each with its tag."""
    from nbformat import v4

    notebook = v4.new_notebook()
    for tag, source in cells:
        notebook.cells.append(v4.new_code_cell(source, metadata={"tags": [tag]}))
    path.write_text(v4.writes(notebook))
    return path


def failing_notebook(folder: Path) -> Path:
    return write(
        folder / "fails.ipynb",
        ("step:load", "rows = [1, 2]"),
        ("step:train", "print('training')\nmodel = rows[7]"),
        ("step:use", "print(model)"),
    )


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
    given = load_values(run, "load", ["rows"], namespace)
    assert namespace["rows"] == [1, 2]
    assert "overwritten: rows" in str(given)
    with pytest.raises(ArtifactMissing, match=r"gave no 'row'\. Did you mean"):
        load_values(run, "load", ["row"], namespace)
    again = nbprism.Run.find(run.id, store=tmp_path / ".nbprism")
    assert again == run
    assert not nbprism.diff(run, again)
