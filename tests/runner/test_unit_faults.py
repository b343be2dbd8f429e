"""What goes wrong under a unit, fault by fault: the right state, the cell, the cause, the output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from unit_notebooks import is_gone, left_over, run_unit, unit_notebook

from nbprism.runner import layout
from nbprism.runner.kernels import kernel, memory
from nbprism.runner.unit import cells, whole_output
from nbprism.runner.unit.batches import WINDOW_S

KILLED = "import os\nprint('last words')\nos.kill(os.getpid(), 9)"
STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('on', flush=True)\n"
    "time.sleep(600)"
)

CRASHES = {
    "kernel killed with -9": (KILLED, "KernelKilled", "SIGKILL"),
    "os._exit": ("import os\nprint('last words')\nos._exit(0)",
                 "KernelExited", "exit code 0"),
    "segmentation fault": ("import ctypes\nprint('last words')\n"
                           "ctypes.string_at(0)", "KernelCrashed", "SIGSEGV"),
    "abort in a library": ("import os\nprint('last words')\n"
                           "os.abort()", "KernelCrashed", "SIGABRT"),
}  # fmt: skip

FAILURES = {
    "sys.exit": ("import sys\nsys.exit(3)", "cell-exited", 2),
    "sys.exit(0)": ("import sys\nsys.exit(0)", "cell-exited", 2),
    "exit()": ("exit()", "cell-exited", None),
    "MemoryError": ("x = 1\nraise MemoryError", "out-of-memory", 2),
    "an impossible allocation": ("import numpy\nnumpy.zeros(2**45)", "out-of-memory", 2),
    "input()": ("input()", "needs-input", 1),
    "a syntax error": ("x = 1\nx = = 2", "cell-failed", 2),
    "a missing module": ("import no_such_module", "cell-failed", 1),
    "an exception group": ("raise ExceptionGroup('g', [ValueError()])", "cell-failed", 1),
}


@pytest.mark.parametrize("fault", CRASHES)
def test_a_dead_kernel_is_crashed_with_its_cell_and_last_output(tmp_path: Path, fault: str) -> None:
    source, name, ending = CRASHES[fault]
    ran = run_unit(tmp_path, "s", unit_notebook("s", "ok = 1", source, "after = 1"))
    assert ran.end["kind"] == "unit-crashed"
    assert (ran.error["code"], ran.error["ename"], ran.error["cell"]) == ("kernel-died", name, "c1")
    assert ending in ran.error["evalue"]
    assert ran.error["hint"]
    assert ran.text("c1") == "last words\n"
    assert "c2" not in {report.get("cell") for report in ran.reports}
    assert not layout.manifest(layout.run_folder(tmp_path, "r1"), "s").exists()


def test_a_kernel_that_dies_while_it_saves_has_published_nothing(tmp_path: Path) -> None:
    dies = (
        "import numpy, os\nfirst = numpy.arange(1000)\n"
        "class Last:\n    def __reduce__(self):\n        os.kill(os.getpid(), 9)\nlast = Last()"
    )
    ran = run_unit(tmp_path, "s", unit_notebook("s", dies, outputs=["first", "last"]))
    assert (ran.end["kind"], ran.error["code"]) == ("unit-crashed", "kernel-died")
    # The value before was written whole; without a manifest it is nobody's.
    assert [path for path in tmp_path.glob("artifacts/[0-9a-f][0-9a-f]/*")]
    assert not layout.manifest(layout.run_folder(tmp_path, "r1"), "s").exists()
    again = unit_notebook("s", "first, last = 1, 2", outputs=["first", "last"])
    assert run_unit(tmp_path, "s", again, attempt=2).end["kind"] == "unit-succeeded"


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """Give a control group that may have 150 MB; processes enter it by themselves."""
    own = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in own if ":memory:" in line] or [""]
    group = Path("/sys/fs/cgroup/memory", line.rpartition(":")[2].lstrip("/"), f"few-{os.getpid()}")
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        (group / "memory.limit_in_bytes").write_text("150M")
        yield group
    finally:
        while (group / "cgroup.procs").read_text():
            time.sleep(0.01)
        group.rmdir()


def test_a_kernel_killed_for_memory_is_out_of_memory_with_how_much_it_had(
    tmp_path: Path, little_memory: Path
) -> None:
    source = (
        f"import os, time\nopen('{little_memory}/cgroup.procs', 'w').write(str(os.getpid()))\n"
        "print('on', flush=True)\nheld = bytearray(80_000_000); held[::4096] = held[::4096]\n"
        "time.sleep(1)\nmore = bytearray(b'x') * 400_000_000"
    )
    ran = run_unit(tmp_path, "s", unit_notebook("s", source))
    assert ran.end["kind"] == "unit-crashed"
    assert (ran.error["code"], ran.error["ename"]) == ("out-of-memory", "OutOfMemory")
    assert ran.error["cell"] == "c0"
    assert "last seen with 0." in ran.error["hint"]
    assert "`memory`" in ran.error["hint"]
    assert ran.text("c0") == "on\n"


def test_a_kill_for_memory_is_found_though_a_process_that_ended_is_in_no_group_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, of_all = tmp_path / "own", tmp_path / "all"
    for counts in (own, of_all):
        counts.write_text("under_oom 0\noom_kill 3\n")
    groups = iter([own, of_all, None])
    monkeypatch.setattr(memory, "_counts", lambda _: next(groups))
    watched = memory.Memory(os.getpid())
    own.write_text("under_oom 0\noom_kill 4\n")
    watched.look()
    watched.look()
    assert watched.ran_out()


def test_compiled_code_that_gets_no_memory_is_out_of_memory_and_nobody_killed_it(
    tmp_path: Path,
) -> None:
    # As C++ does: it says so and gives up in the same instant.
    words = "terminate called after throwing an instance of 'std::bad_alloc'\\n"
    source = f'import os\nos.write(2, b"{words}")\nos.abort()'
    ran = run_unit(tmp_path, "s", unit_notebook("s", source))
    assert ran.end["kind"] == "unit-crashed"
    assert (ran.error["code"], ran.error["ename"]) == ("out-of-memory", "OutOfMemory")
    assert "SIGABRT" in ran.error["evalue"]
    assert "asked for memory that it was not given" in ran.error["hint"]
    assert "killed" not in ran.error["hint"]
    assert "std::bad_alloc" in ran.text("c0", "stderr")


def test_the_last_words_of_compiled_code_are_kept_though_no_thread_could_read_them(
    tmp_path: Path,
) -> None:
    # A `PyDLL` lets no other thread of Python go on while its functions run.
    source = (
        "import ctypes\nlibrary = ctypes.PyDLL(None)\nprint('é', end='')\n"
        "library.dprintf(2, b'assertion failed at line %d\\n', 42)\nlibrary.abort()"
    )
    ran = run_unit(tmp_path, "s", unit_notebook("s", source))
    assert (ran.error["ename"], ran.text("c0")) == ("KernelCrashed", "é")
    assert ran.text("c0", "stderr") == "assertion failed at line 42\n"
    assert "assertion failed at line 42" in ran.error["evalue"]


def test_compiled_code_that_gives_up_says_that_memory_may_be_why(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", unit_notebook("s", "import os\nos.abort()"))
    assert (ran.error["code"], ran.error["ename"]) == ("kernel-died", "KernelCrashed")
    assert "was not given memory" in ran.error["hint"]


def test_a_segmentation_fault_names_the_line(tmp_path: Path) -> None:
    ran = run_unit(
        tmp_path, "s", unit_notebook("s", "import ctypes, pandas\nx = 1\nctypes.string_at(0)")
    )
    assert ran.error["line"] == 3, ran.error


BROKEN = {
    "json.dumps that loops": "import json\ndef dumps(*_, **__):\n    while True: pass\njson.dumps = dumps",
    "json without classes": "import json\njson.JSONEncoder.encode = json.loads = json.dump = None",
    "no threads": "import threading\nthreading.Thread = None",
    "no print": "import builtins\nbuiltins.print = None",
    "no streams": "import sys\nsys.stdout = sys.stderr = None",
    "closed streams": "import os\nos.close(1); os.close(2)",
    "a fork that goes on": "import os\nos.fork()",
    "a folder that is gone": "import os, tempfile\ngone = tempfile.mkdtemp()\nos.chdir(gone)\n"
                             "os.rmdir(gone)",
    "no collector": "import gc\ngc.disable()\ngc.collect = None",
    "little recursion": "import sys\nsys.setrecursionlimit(100)",
    "no imports": "import sys\nsys.path.clear(); sys.meta_path.clear()",
    "no environment": "import os\nos.environ.clear()",
    "a thread that does not end": "import threading, time\nthreading.Thread(target=time.sleep,"
                                  " args=(600,)).start()",
    "a thread that prints": "import threading, time\ndef go():\n    while True: print(time.time())\n"
                            "threading.Thread(target=go).start()",
    "an executor": "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
                   "pool.submit(print).result()",
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_cell_that_breaks_what_the_kernel_works_with_does_not_stop_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(kernel, "_FAREWELL_S", 100.0)
    unit = unit_notebook("s", "x = 1", BROKEN[broken], "y = x + 1", outputs=["y"])
    ran = run_unit(tmp_path, "s", unit)
    assert ran.end["kind"] == "unit-succeeded", ran.error
    assert ran.end["duration_s"] < 90, "it did not leave, and was killed"


SILENT = {
    "no modules": "import sys\nsys.modules.clear()",
    "closed sockets": "import gc, zmq\nfor found in gc.get_objects():\n"
                      "    if isinstance(found, zmq.Socket): found.close()",
}  # fmt: skip


@pytest.mark.parametrize("broken", SILENT)
def test_a_kernel_that_cannot_answer_any_more_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(cells, "LAG_S", 2.0)
    ran = run_unit(tmp_path, "s", unit_notebook("s", f"print('on')\n{SILENT[broken]}", "y = 1"))
    assert ran.end["kind"] == "unit-crashed"
    assert (ran.error["code"], ran.error["cell"]) == ("kernel-silent", "c0")
    assert ran.text("c0") == "on\n"
    assert left_over() == []


def test_a_kernel_whose_loop_breaks_says_how(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", unit_notebook("s", "import builtins\nbuiltins.isinstance = None"))
    assert (ran.error["code"], ran.error["ename"]) == ("kernel-died", "KernelExited")
    assert "'NoneType' object is not callable" in ran.error["evalue"]


@pytest.mark.parametrize("fault", FAILURES)
def test_code_that_ends_the_step_is_failed_with_code_and_line(tmp_path: Path, fault: str) -> None:
    source, code, line = FAILURES[fault]
    ran = run_unit(tmp_path, "s", unit_notebook("s", "ok = 1", source))
    assert ran.end["kind"] == "unit-failed"
    assert (ran.error["code"], ran.error["cell"], ran.error["line"]) == (code, "c1", line)


@pytest.fixture
def warm(tmp_path: Path) -> None:
    """Let the next kernel start at once: a limit of time counts its start, too."""
    run_unit(tmp_path, "before", unit_notebook("before", "import subprocess, signal, time"))


@pytest.mark.usefixtures("warm")
def test_a_timeout_in_a_sleep_interrupts_and_shows_where(tmp_path: Path) -> None:
    source = "import time\nprint('on', flush=True)\ntime.sleep(600)"
    unit = unit_notebook("s", source)
    ran = run_unit(tmp_path, "s", unit, timeout_s=3, interrupt_grace_s=100)
    assert ran.end["kind"] == "unit-failed"
    assert (ran.error["code"], ran.error["cell"]) == ("unit-timeout", "c0")
    assert "KeyboardInterrupt" in "".join(ran.error["traceback"])
    assert ran.text("c0") == "on\n"
    assert 3 <= ran.end["duration_s"] < 90, "it was not interrupted but killed"


@pytest.mark.usefixtures("warm")
def test_a_timeout_in_code_that_ignores_interrupts_kills_the_group(tmp_path: Path) -> None:
    source = "import subprocess\np = subprocess.Popen(['sleep', '600'])\nprint(p.pid)\n" + STUBBORN
    unit = unit_notebook("s", source)
    ran = run_unit(tmp_path, "s", unit, timeout_s=3, interrupt_grace_s=0.5)
    assert ran.error["code"] == "unit-timeout"
    background, said = ran.text("c0").splitlines()
    assert said == "on"
    assert is_gone(int(background))
    assert left_over() == []


def test_a_print_flood_is_capped_with_a_visible_notice(tmp_path: Path) -> None:
    source = "for i in range(30): print('x' * 999_999)"
    ran = run_unit(tmp_path, "s", unit_notebook("s", source), max_output_bytes=5_000_000)
    assert ran.end["kind"] == "unit-succeeded"
    assert len(ran.text("c0")) <= 5_000_000
    assert "more than 5 MB" in ran.text("c0", "stderr")
    executed = layout.executed_unit(layout.run_folder(tmp_path, "r1"), "s", 1)
    assert executed.stat().st_size < 6_000_000
    assert "logs RUN STEP --full" in ran.text("c0", "stderr")
    [named] = [op["whole"] for op in ran.ops("c0") if "whole" in op]
    [whole] = whole_output.read(layout.run_folder(tmp_path, "r1") / named)
    assert whole["text"] == f"{'x' * 999_999}\n" * 30


def test_many_small_prints_become_few_reports(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", unit_notebook("s", "for i in range(20_000): print(i)"))
    assert ran.text("c0") == "".join(f"{i}\n" for i in range(20_000))
    assert ran.kinds.count("cell-output") <= ran.end["duration_s"] / WINDOW_S + 1


def test_an_unmovable_output_fails_only_the_step_that_uses_it(tmp_path: Path) -> None:
    made = run_unit(
        tmp_path, "make", unit_notebook("make", "g = (i for i in [1])\nx = 1", outputs=["g", "x"])
    )
    idle = run_unit(
        tmp_path, "idle", unit_notebook("idle", "x + 1", inputs={"x": "make", "g": "make"})
    )
    used = run_unit(tmp_path, "use", unit_notebook("use", "list(g)", inputs={"g": "make"}))
    assert made.end["kind"] == idle.end["kind"] == "unit-succeeded"
    assert "generator" in made.end["outputs"][0]["unsupported"]
    assert (used.error["code"], used.error["cell"]) == ("artifact-unsupported", "c0")
    for word in ("'g'", "'make'", "generator", "list("):
        assert word in used.error["evalue"]


def test_a_damaged_artifact_is_never_handed_to_a_unit(tmp_path: Path) -> None:
    made = run_unit(tmp_path, "make", unit_notebook("make", "x = 'y' * 9999", outputs=["x"]))
    place = layout.archive(tmp_path, made.end["outputs"][0]["digest"])
    data = bytearray(place.read_bytes())
    data[100] ^= 1
    place.chmod(0o600)
    place.write_bytes(data)
    used = run_unit(tmp_path, "use", unit_notebook("use", "x", inputs={"x": "make"}))
    assert used.error["code"] == "artifact-corrupt"


def test_a_full_store_is_store_full_and_leaves_no_half_artifact(tmp_path: Path) -> None:
    # A limit on the size of files stands for a quota: a full disk needs root to make.
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))"
    unit = unit_notebook("s", limit, "x = b'x' * 8_000_000", outputs=["x"])
    ran = run_unit(tmp_path, "s", unit)
    assert (ran.error["code"], ran.error["cell"]) == ("store-full", "nbprism-save")
    assert [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()] == []


def test_a_kernel_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    """The process here stands for a Ray worker that is killed with -9."""
    script = (
        "import sys, json\nfrom nbprism.runner.unit.attempt import UnitSpec, execute_unit\n"
        "spec = UnitSpec(**json.loads(sys.argv[1]))\n"
        "for batch in execute_unit(spec):\n"
        "    for report in batch:\n"
        "        if report['kind'] == 'cell-output':\n"
        "            print(report['ops'][0]['output']['text'], end='', flush=True)\n"
    )
    source = (
        "import os, subprocess\np = subprocess.Popen(['sleep', '601'])\n"
        "print(os.getpid(), p.pid, os.getppid(), flush=True)\n"
    )
    unit = unit_notebook("s", source + STUBBORN)
    spec = {"store": str(tmp_path), "run": "r", "step": "s", "attempt": 1, "notebook": unit}
    argument = json.dumps({**spec, "cwd": str(tmp_path), "env_vars": {}})
    with subprocess.Popen(
        [sys.executable, "-c", script, argument], stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        said = worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
    kernel, background, warm_process = map(int, said.split())
    assert is_gone(kernel)
    assert is_gone(background)
    assert is_gone(warm_process)


def test_an_interpreter_that_cannot_start_a_kernel_is_reported(tmp_path: Path) -> None:
    unit = unit_notebook("s", "1")
    ran = run_unit(tmp_path, "s", unit, env_vars={"PYTHONHOME": "/nowhere"})
    assert ran.end["kind"] == "unit-crashed"
    assert ran.error["code"] == "kernel-start-failed"


def test_a_working_folder_that_is_gone_is_reported(tmp_path: Path) -> None:
    ran = run_unit(tmp_path, "s", unit_notebook("s", "1"), cwd=str(tmp_path / "gone"))
    assert ran.error["code"] == "kernel-start-failed"
    assert "gone" in ran.error["evalue"]
