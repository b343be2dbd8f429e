"""The papermill engine: what cells put out, in the notebook and as it happens."""

from __future__ import annotations

from inspect import cleandoc
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from unit_notebooks import code_cell, notebook

from nbprism.runner.unit.batches import Batches
from nbprism.runner.unit.engine import PrismEngine
from nbprism.runner.unit.execution import Execution
from nbprism.runner.unit.outputs import CellOutputs
from nbprism.runner.unit.spec import WATCHED
from nbprism.runner.unit.streamtext import condensed, folded, settled
from nbprism.runner.unit.whole_output import WholeOutput, read

papermill_engines.register("nbprism", PrismEngine)


def execute(*sources: str, **options: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Return the executed notebook and what was reported."""
    reports: list[dict[str, Any]] = []
    cells = [code_cell(f"c{index}", source) for index, source in enumerate(sources)]
    executed = papermill.execute_notebook(
        nbformat.from_dict(notebook(cells)), None, engine_name="nbprism", progress_bar=False,
        execution=Execution(report=reports.append), **options,
    )  # fmt: skip
    return executed, reports


def shown(*sources: str) -> list[Any]:
    """Return the outputs of the last cell."""
    outputs: list[Any] = execute(*sources)[0].cells[-1].outputs
    return outputs


def test_streams_of_one_name_are_one_output() -> None:
    source = "import sys\nprint('a', flush=True)\nprint('b')\nsys.stdout.flush()\nprint('e', file=sys.stderr)"
    outputs = shown(source)
    assert [(o.name, o.text) for o in outputs] == [("stdout", "a\nb\n"), ("stderr", "e\n")]


def test_rich_results_keep_all_their_forms() -> None:
    outputs = shown("from IPython.display import HTML\nHTML('<b>x</b>')")
    assert outputs[0].output_type == "execute_result"
    assert outputs[0].data["text/html"] == "<b>x</b>"
    assert outputs[0].execution_count == 1


def test_a_display_is_updated_where_it_is_even_from_a_later_cell() -> None:
    executed, reports = execute(
        "from IPython.display import display\nh = display('old', display_id=True)",
        "h.update('new')",
    )
    assert executed.cells[0].outputs[0].data["text/plain"] == "'new'"
    assert executed.cells[1].outputs == []
    updates = [
        (r["cell"], op["op"]) for r in reports if r["kind"] == "cell-output" for op in r["ops"]
    ]
    assert updates == [("c0", "append"), ("c0", "update")]


def test_clearing_with_wait_keeps_the_last_of_an_animation() -> None:
    outputs = shown(
        "from IPython.display import clear_output\nfor i in range(5):\n"
        "    clear_output(wait=True)\n    print(i)"
    )
    assert [o.text for o in outputs] == ["4\n"]


def test_clearing_without_wait_leaves_nothing() -> None:
    assert shown("from IPython.display import clear_output\nprint(1)\nclear_output()") == []


def test_a_progress_bar_ends_as_one_line() -> None:
    source = "import sys\nfor i in range(200):\n    sys.stdout.write(f'\\r{i:3d}%')\nprint()"
    assert shown(source)[0].text == "199%\n"


def test_a_thread_that_prints_after_its_cell_prints_into_it() -> None:
    executed, _ = execute(
        "import threading, time\ngo = threading.Event()\n"
        "def late():\n    go.wait()\n    print('late', flush=True)\n"
        "t = threading.Thread(target=late); t.start()",
        "go.set(); t.join()\nprint('own')",
    )
    texts = ["".join(o.text for o in cell.outputs) for cell in executed.cells]
    assert "late\n" in texts[0] + texts[1]
    assert "own\n" in texts[1]


def test_what_forks_and_threads_print_is_all_there_and_in_order() -> None:
    source = (
        "import os, threading\n"
        "if os.fork() == 0:\n    print('child', flush=True)\n    os._exit(0)\n"
        "os.wait()\n"
        "def say(name):\n    for n in range(2000): print(name, n)\n"
        "threads = [threading.Thread(target=say, args=name) for name in 'ab']\n"
        "[t.start() for t in threads]; [t.join() for t in threads]; print('end')"
    )
    text = shown(source)[0].text
    assert text.splitlines()[-1] == "end"
    # Threads print into each other's lines, as everywhere; nothing is lost.
    assert {part: text.count(part) for part in ("child", "a", "b")} == {
        "child": 1,
        "a": 2000,
        "b": 2000,
    }


def test_a_write_goes_straight_to_the_stream() -> None:
    """IPython wraps `write` to keep what is printed, which takes as long as printing it."""
    source = "import sys\nprint(type(sys.stdout).__name__, 'write' in vars(sys.stdout))"
    assert shown(source)[0].text == "PrintStream False\n"


def test_output_of_compiled_code_is_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel leaves that to pytest otherwise
    # It comes through a pipe, so it may come while a later cell runs; it stays its own cell's.
    executed, _ = execute(
        "import os\nos.write(1, b'from C\\n')\nNone",
        "import array, fcntl, termios, time\nunread = array.array('i', [1])\nwhile unread[0]:\n"
        "    fcntl.ioctl(1, termios.FIONREAD, unread)\n    time.sleep(0.3)",
    )
    assert executed.cells[0].outputs[0].text == "from C\n"


def test_a_widget_that_captures_output_keeps_it() -> None:
    executed, _ = execute(
        "import ipywidgets as w\nout = w.Output()\nwith out:\n    print('inside')\nout"
    )
    state = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    captured = [m["state"]["outputs"] for m in state.values() if m["model_name"] == "OutputModel"]
    assert captured[0][0]["text"] == "inside\n"
    assert all("inside" not in str(o.get("text", "")) for o in executed.cells[0].outputs)


def test_somebody_who_watches_is_told_how_widgets_change() -> None:
    source = """
        import ipywidgets as w
        box, out = w.VBox(), w.Output()
        display(box, out)
        bar = w.FloatProgress(0)
        box.children = [bar]
        bar.value = 3
        picture = w.Image(value=b"abc")
        with out:
            print("inside")
        picture.close()
    """
    for watched in (False, True):
        reports: list[dict[str, Any]] = []
        unit = nbformat.from_dict(notebook([code_cell("a", cleandoc(source))]))
        unit.metadata[WATCHED] = watched
        papermill.execute_notebook(
            unit, None, engine_name="nbprism", progress_bar=False,
            execution=Execution(report=reports.append),
        )  # fmt: skip
        ops = [op for report in reports for op in report.get("ops", ()) if op["op"] == "widget"]
        assert bool(ops) == watched
    models = {op["state"].get("_model_name"): op["model"] for op in ops}
    state: dict[str, Any] = {}
    for op in ops:
        state[op["model"]] = state.get(op["model"], {}) | op["state"]
    assert state[models["FloatProgressModel"]]["value"] == 3
    assert state[models["VBoxModel"]]["children"] == [f"IPY_MODEL_{models['FloatProgressModel']}"]
    assert state[models["OutputModel"]]["outputs"][0]["text"] == "inside\n"
    assert {"path": ["value"], "encoding": "base64", "data": "YWJj"} in [
        buffer for op in ops if op["model"] == models["ImageModel"] for buffer in op["buffers"]
    ]
    assert [op["model"] for op in ops if op.get("closed")] == [models["ImageModel"]]


def test_matplotlib_figures_are_images() -> None:
    outputs = shown("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert "image/png" in outputs[-1].data


def test_magics_and_shell_lines_and_await_work() -> None:
    executed, _ = execute(
        "x = !echo hi\nx", "%%time\ny = 1", "import asyncio\nawait asyncio.sleep(0)\ny"
    )
    assert executed.cells[0].outputs[0].data["text/plain"] == "['hi']"
    assert executed.cells[2].outputs[0].data["text/plain"] == "1"


def alone(tmp_path: Path, source: str, **options: Any) -> Any:
    """Execute as `papermill --engine nbprism` does, without anything of the runner's."""
    nbformat.write(nbformat.from_dict(notebook([code_cell("c0", source)])), tmp_path / "in.ipynb")
    return papermill.execute_notebook(
        str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), engine_name="nbprism",
        progress_bar=False, **options,
    )  # fmt: skip


def test_the_engine_serves_papermill_alone(tmp_path: Path) -> None:
    alone(tmp_path, "print('here')")
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.cells[0].outputs[0].text == "here\n"


def test_the_engine_raises_papermills_error_for_a_failed_cell(tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        alone(tmp_path, "1/0")


def test_the_engine_never_calls_a_dead_kernel_a_success(tmp_path: Path) -> None:
    with pytest.raises(DeadKernelError):
        alone(tmp_path, "import os\nos._exit(0)")
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.cells[0].metadata.papermill["status"] == "failed"
    assert written.metadata.papermill["exception"] is True


def test_the_engine_obeys_papermills_timeout(tmp_path: Path) -> None:
    with pytest.raises(CellTimeoutError):
        alone(tmp_path, "import time\ntime.sleep(600)", execution_timeout=2)


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"msg_type": "stream", "content": {"name": name, "text": text}}


def test_output_over_the_limit_is_cut_with_one_notice() -> None:
    outputs = CellOutputs(max_bytes=100)
    ops = [op for _ in range(50) for op in outputs.apply(stream("x" * 30))]
    assert len(ops) == 4
    assert "more than 0.0001 MB" in ops[-1]["output"]["text"]
    assert outputs.truncated


def test_what_is_over_the_limit_is_kept_whole_in_a_file(tmp_path: Path) -> None:
    outputs = CellOutputs(100, WholeOutput(tmp_path / "outputs" / "s.1.c.jsonl"))
    data = {"data": {"text/plain": "[1]"}, "metadata": {}}
    ops = [op for n in range(5) for op in outputs.apply(stream(f"{n}\r{'x' * 30}\n"))]
    outputs.apply(stream("warning", "stderr"))
    outputs.apply({"msg_type": "display_data", "content": data})
    outputs.apply({"msg_type": "error", "content": {"ename": "E", "evalue": "", "traceback": []}})
    assert ops[-1]["whole"] == "outputs/s.1.c.jsonl"
    shown = outputs.result()
    assert [output["output_type"] for output in shown] == ["stream", "stream", "error"]
    whole = list(read(tmp_path / ops[-1]["whole"]))
    assert [output["output_type"] for output in whole] == [
        "stream",
        "stream",
        "display_data",
        "error",
    ]
    assert whole[0]["text"] == f"{'x' * 30}\n" * 5


def test_clearing_the_output_clears_the_file(tmp_path: Path) -> None:
    outputs = CellOutputs(10, WholeOutput(tmp_path / "whole.jsonl"))
    outputs.apply(stream("x" * 30))
    outputs.apply({"msg_type": "clear_output", "content": {"wait": False}})
    outputs.apply(stream("short"))
    assert outputs.result()[0].text == "short"
    assert not (tmp_path / "whole.jsonl").exists()


def test_an_error_is_kept_even_over_the_limit() -> None:
    outputs = CellOutputs(max_bytes=1)
    outputs.apply(stream("xx"))
    error = {"ename": "E", "evalue": "", "traceback": ["t"]}
    outputs.apply({"msg_type": "error", "content": error})
    assert outputs.result()[-1].ename == "E"


def test_an_endless_progress_bar_does_not_reach_the_limit() -> None:
    outputs = CellOutputs(max_bytes=1000)
    for i in range(5000):
        outputs.apply(stream(f"\r{i:6d}"))
    assert not outputs.truncated
    assert outputs.result()[0].text == "  4999"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\rb", "b"), ("abc\rX", "Xbc"), ("a\r", "a"), ("a\r\nb", "a\nb"), ("a\rb\nc\rd", "b\nd"),
        ("\r1%\r2%", "2%"), ("none", "none"),
    ],
)  # fmt: skip
def test_carriage_returns_overwrite_as_on_a_terminal(text: str, expected: str) -> None:
    assert settled(text) == expected


@given(st.lists(st.text("ab\r\n")))
def test_condensing_pieces_changes_nothing_of_the_result(pieces: list[str]) -> None:
    plain = [piece.replace("\r\n", "\n") for piece in pieces]
    whole = settled("".join(plain))
    assert settled("".join(map(condensed, plain))) == whole
    text = ""
    for piece in plain:
        text = folded(text + piece)
    assert settled(text) == whole


def append(text: str, cell: str = "a") -> dict[str, Any]:
    output = {"output_type": "stream", "name": "stdout", "text": text}
    return {"kind": "cell-output", "cell": cell, "ops": [{"op": "append", "output": output}]}


def test_waiting_outputs_of_a_cell_are_merged_and_order_is_kept() -> None:
    batches = Batches(window_s=0)
    for report in (append("1"), append("2"), {"kind": "x"}, append("3"), append("4", "b")):
        batches.put(report)
    batches.close()
    merged = [
        (r["kind"], r.get("cell"), [op["output"]["text"] for op in r.get("ops", ())])
        for batch in batches for r in batch
    ]  # fmt: skip
    assert merged == [
        ("cell-output", "a", ["12"]), ("x", None, []), ("cell-output", "a", ["3"]),
        ("cell-output", "b", ["4"]),
    ]  # fmt: skip


def test_an_animation_that_waits_is_reduced_to_its_last_picture() -> None:
    batches = Batches(window_s=0)
    clear = {"kind": "cell-output", "cell": "a", "ops": [{"op": "clear", "wait": True}]}
    for text in "123":
        batches.put(clear)
        batches.put(append(text))
    batches.close()
    (report,) = next(iter(batches))
    assert [op["op"] for op in report["ops"]] == ["clear", "append"]
    assert report["ops"][0]["wait"] is False
    assert report["ops"][1]["output"]["text"] == "3"


def widget(model: str, **state: Any) -> dict[str, Any]:
    op = {"op": "widget", "model": model, "state": state, "buffers": []}
    return {"kind": "cell-output", "cell": "a", "ops": [op]}


def test_states_of_a_widget_are_merged_behind_what_they_refer_to() -> None:
    batches = Batches(window_s=0)
    clear = {"kind": "cell-output", "cell": "a", "ops": [{"op": "clear", "wait": False}]}
    for report in (
        widget("box", _model_name="VBox", children=[]), widget("box", children=[], width=1),
        widget("bar", _model_name="Bar"), clear, widget("box", children=["bar"]),
    ):  # fmt: skip
        batches.put(report)
    batches.close()
    (report,) = next(iter(batches))
    states = [(op["model"], op["state"]) for op in report["ops"] if op["op"] == "widget"]
    assert states == [
        ("box", {"_model_name": "VBox", "children": []}), ("bar", {"_model_name": "Bar"}),
        ("box", {"children": ["bar"], "width": 1}),
    ]  # fmt: skip
