"""Kernels that are forked from a warm process: as alone as any other, and never in the way."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from unit_notebooks import is_gone, run_unit, unit_notebook, warm_process

from nbprism.runner import private_socket
from nbprism.runner.kernels import launch, warm
from nbprism.runner.kernels.launch import KernelProcess, KernelRequest

MANY = 20


def said(store: Path, step: str, source: str, **spec: object) -> list[str]:
    """Return the lines that a unit of one cell prints."""
    ran = run_unit(store, step, unit_notebook(step, source), **spec)
    assert ran.end["kind"] == "unit-succeeded", ran.end
    return ran.text("c0").splitlines()


def test_units_of_one_process_are_forked_from_one_warm_process(tmp_path: Path) -> None:
    parents = [said(tmp_path, step, "import os; print(os.getppid())") for step in "ab"]
    assert parents[0] == parents[1] != [str(os.getpid())]


def test_twenty_kernels_that_start_at_once_all_run(tmp_path: Path) -> None:
    meet = (
        "import os, pathlib, time\n"
        "pathlib.Path(f'here-{os.getpid()}').touch()\n"
        f"while len(list(pathlib.Path().glob('here-*'))) < {MANY}:\n    time.sleep(0.01)\n"
        "print(os.getpid())"
    )
    with ThreadPoolExecutor(MANY) as pool:
        pids = list(pool.map(lambda n: said(tmp_path, f"s{n}", meet), range(MANY)))
    assert len({pid for (pid,) in pids}) == MANY


def test_a_step_cannot_see_what_another_did(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("value = 1")
    dirty = (
        "import os, sys, builtins, json, mine\nos.environ['LEFT'] = '1'\nos.chdir('/')\n"
        "builtins.left = 1\njson.left = 1\nmine.value = 2\nx = 1"
    )
    said(tmp_path, "a", dirty)
    look = (
        "import os, sys, builtins, json\nprint(os.environ.get('LEFT'), os.getcwd(),"
        " hasattr(builtins, 'left'), hasattr(json, 'left'), 'mine' in sys.modules, 'x' in globals())"
    )
    assert said(tmp_path, "b", look) == [f"None {tmp_path} False False False False"]


def test_random_numbers_differ_from_unit_to_unit(tmp_path: Path) -> None:
    source = "import random, uuid, tempfile; print(random.random(), uuid.uuid4())"
    assert said(tmp_path, "a", source) != said(tmp_path, "b", source)


@pytest.mark.parametrize(
    ("name", "value", "look"),
    [
        ("CUDA_VISIBLE_DEVICES", "7", "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"),
        ("OMP_NUM_THREADS", "3", "import os; print(os.environ['OMP_NUM_THREADS'])"),
        ("TZ", "XYZ-3", "import time; print(time.tzname[0])"),
        ("PYTHONHASHSEED", "5", "import os; print(os.environ['PYTHONHASHSEED'])"),
        ("PYTHONPATH", "/some/where", "import sys; print('/some/where' in sys.path)"),
        ("PYTHONUTF8", "1", "import sys; print(sys.flags.utf8_mode)"),
    ],
)
def test_a_variable_counts_even_if_it_is_read_when_python_starts(
    tmp_path: Path, name: str, value: str, look: str
) -> None:
    shown = {"TZ": "XYZ", "PYTHONPATH": "True"}.get(name, value)
    assert said(tmp_path, "a", look, env_vars={name: value}) == [shown]


def test_a_kernel_cannot_be_reached_from_the_network(tmp_path: Path) -> None:
    # Requests come over files. ipykernel also opens a pipe for forks of its own, on loopback.
    source = "import psutil; print({c.laddr.ip for c in psutil.Process().net_connections('inet')})"
    assert said(tmp_path, "a", source) == ["{'127.0.0.1'}"]


def test_a_kernel_starts_with_no_library_of_the_users_loaded(tmp_path: Path) -> None:
    warm_process().end()  # the one that is there may be ready with what earlier units import
    source = (
        "import sys; print([m for m in ('numpy', 'pandas', 'debugpy', 'ray') if m in sys.modules])"
    )
    assert said(tmp_path, "a", source) == ["[]"]


def test_a_warm_process_that_was_killed_is_replaced(tmp_path: Path) -> None:
    (first,) = said(tmp_path, "a", "import os; print(os.getppid())")
    psutil.Process(int(first)).kill()
    (second,) = said(tmp_path, "b", "import os; print(os.getppid())")
    assert second != first


def test_a_unit_goes_on_when_the_warm_process_is_killed_under_it(tmp_path: Path) -> None:
    source = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\nprint('alive')"
    assert said(tmp_path, "a", source) == ["alive"]


def test_without_a_warm_process_the_kernel_is_started_from_nothing_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    large = {f"LARGE_{index}": "x" * 120_000 for index in range(10)}
    with caplog.at_level(logging.WARNING):
        (parent,) = said(tmp_path, "a", "import os; print(os.getppid())", env_vars=large)
    assert parent == str(os.getpid())
    assert "the environment is too large" in caplog.text


def test_ending_the_warm_process_leaves_nothing(tmp_path: Path) -> None:
    (parent,) = said(tmp_path, "a", "import os; print(os.getppid())")
    spare = (warm_process().status() or {})["spare"]
    warm_process().end()
    assert is_gone(int(parent))
    assert is_gone(spare)


def test_packages_that_a_unit_imports_are_ready_for_the_next_one(tmp_path: Path) -> None:
    said(tmp_path, "a", "import pandas as pd; print(pd.Series([1]).sum())")
    look = (
        "import sys; print('pandas' in sys.modules); import pandas; print(pandas.Series([2]).sum())"
    )
    assert said(tmp_path, "b", look) == ["True", "2"]


def test_a_package_that_is_ready_behaves_as_in_a_notebook(tmp_path: Path) -> None:
    look = (
        "import pandas as pd; print(pd.get_option('display.max_columns'), 'get_ipython' in dir())"
    )
    assert said(tmp_path, "a", look) == said(tmp_path, "b", look) == ["20 True"]


def test_what_a_unit_changes_in_a_package_stays_its_own(tmp_path: Path) -> None:
    said(tmp_path, "a", "import pandas as pd; pd.left = 1; pd.set_option('display.precision', 1)")
    look = "import pandas as pd; print(hasattr(pd, 'left'), pd.get_option('display.precision'))"
    assert said(tmp_path, "b", look) == ["False 6"]


def test_numpys_own_random_numbers_differ_from_unit_to_unit(tmp_path: Path) -> None:
    source = "import numpy as np; print(np.random.random(), np.random.default_rng().random())"
    assert said(tmp_path, "a", source) != said(tmp_path, "b", source)


def test_a_module_of_ones_own_comes_before_a_package_that_is_ready(tmp_path: Path) -> None:
    said(tmp_path, "a", "import joblib; print(joblib.__name__)")
    (tmp_path / "joblib.py").write_text("mine = 'my own'")
    # IPython puts the folder after the standard library and before what is installed.
    assert said(tmp_path, "b", "import joblib; print(joblib.mine)") == ["my own"]


def test_a_package_that_was_installed_anew_is_imported_anew(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    package = site / "networkx.py"
    env = {"PYTHONPATH": str(site)}
    package.write_text("version = 1")
    look = "import networkx; print(networkx.version)"
    assert said(tmp_path, "a", look, env_vars=env) == ["1"]
    package.write_text("version = 2 # later")
    os.utime(package, (1, 1))
    assert said(tmp_path, "b", look, env_vars=env) == ["2"]


def test_plots_are_shown_whether_matplotlib_was_ready_or_not(tmp_path: Path) -> None:
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    for step in "ab":
        ran = run_unit(tmp_path, step, unit_notebook(step, source))
        assert ran.end["kind"] == "unit-succeeded", ran.end
        ops = [
            op for report in ran.reports if report["kind"] == "cell-output" for op in report["ops"]
        ]
        assert any("image/png" in op["output"].get("data", {}) for op in ops)


def test_the_next_unit_gets_the_kernel_that_was_forked_ahead(tmp_path: Path) -> None:
    said(tmp_path, "a", "1")
    spare = (warm_process().status() or {})["spare"]
    assert said(tmp_path, "b", "import os; print(os.getpid())") == [str(spare)]


def test_a_kernel_that_was_forked_ahead_has_what_came_later(tmp_path: Path) -> None:
    said(tmp_path, "a", "1")
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "new_module.py").write_text("value = 5")
    look = (
        "import os, new_module; print(os.getcwd(), os.environ['LATER'], new_module.value,"
        " os.environ['MPLBACKEND'], os.environ['PAGER'])"
    )
    (line,) = said(tmp_path, "b", look, cwd=str(folder), env_vars={"LATER": "1"})
    assert line == f"{folder} 1 5 module://matplotlib_inline.backend_inline cat"


def test_all_that_a_unit_needs_of_ours_is_there_before_it_starts(tmp_path: Path) -> None:
    run_unit(tmp_path, "a", unit_notebook("a", "x = 1", outputs=["x"]))
    source = (
        "import sys, atexit\nbefore = set(sys.modules)\n"
        "def tell(found=before):\n    import json\n"
        f"    json.dump(sorted(set(sys.modules) - found), open({str(tmp_path / 'new')!r}, 'w'))\n"
        "atexit.register(tell)"
    )
    unit = unit_notebook("b", source, inputs={"x": "a"}, outputs=["x"])
    # The load comes after the look.
    unit["cells"][1], unit["cells"][2] = unit["cells"][2], unit["cells"][1]
    assert run_unit(tmp_path, "b", unit).end["kind"] == "unit-succeeded"
    late = json.loads((tmp_path / "new").read_text())
    assert late == [], "to be added to what the warm process imports (forkserver.py)"


def test_a_forked_kernel_is_like_one_that_was_started_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = (
        "import os, signal, sys, threading\n"
        "files = sorted({os.readlink(f'/proc/self/fd/{fd}').split(':')[0].split('/')[-1]"
        " for fd in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{fd}')})\n"
        "print([file for file in files if file != 'owner.lock'])\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.getsignal(signal.SIGCHLD),"
        " signal.getsignal(signal.SIGINT), os.umask(18), os.getpriority(0, 0))\n"
        "print(sorted({t.name.split('-')[0] for t in threading.enumerate()}), sys.path)\n"
        "print(sorted(n for n in os.environ if n != 'LINES'), os.getpgrp() == os.getpid())"
    )
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel behaves otherwise under pytest
    said(tmp_path, "ahead", "1")
    forked = said(tmp_path, "a", look)
    monkeypatch.setattr(launch, "warm_for", _no_warm_process)
    assert forked == said(tmp_path, "b", look)


def _no_warm_process(_: object) -> None:
    raise warm.NotWarm("the test says so")


@pytest.fixture
def anchor() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def forked_from(process: warm.WarmProcess, folder: Path) -> KernelProcess:
    kernel = launch.start(KernelRequest(str(folder), dict(os.environ), warm=process))
    kernel.wait_for_sockets(60)
    return kernel


def test_a_warm_process_ends_with_its_anchor_and_its_kernels_do_not(
    tmp_path: Path, anchor: subprocess.Popen[bytes]
) -> None:
    process = warm.lasting(os.environ, anchor.pid)
    kernel = forked_from(process, tmp_path)
    status = process.status() or {}
    anchor.kill()
    assert is_gone(status["pid"])
    assert is_gone(status["spare"])
    assert kernel.exit_code() is None
    kernel.kill()
    assert is_gone(kernel.pid)


def test_an_idle_warm_process_ends_by_itself(tmp_path: Path) -> None:
    process = warm.lasting(os.environ, idle_s=0.3)
    kernel = forked_from(process, tmp_path)
    status = process.status() or {}
    kernel.kill()
    assert is_gone(status["pid"])
    assert is_gone(status["spare"])
    assert not process.address.exists()


def test_processes_with_one_anchor_share_a_warm_process(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom nbprism.runner.kernels import launch, warm\n"
        f"warm.end_with({os.getpid()})\n"
        f"request = launch.KernelRequest({str(tmp_path)!r}, dict(os.environ))\n"
        "kernel = launch.start(request)\nkernel.wait_for_sockets(60)\n"
        "print(warm.warm_for(os.environ).status()['pid'], kernel.pid, flush=True)\nsys.stdin.read()"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [process.stdout.readline().split() for process in both if process.stdout]
    assert told[0][0] == told[1][0]
    both[0].kill()
    assert is_gone(int(told[0][1]))
    assert psutil.pid_exists(int(told[1][1]))
    both[1].send_signal(signal.SIGKILL)
    assert is_gone(int(told[1][1]))
    for process in both:
        process.communicate()


def test_the_way_to_a_warm_process_is_its_users_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said(tmp_path, "a", "1")
    assert warm_process().address.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(private_socket, "memory_disk", lambda: tmp_path)
    (tmp_path / f"nbprism-{os.getuid()}").mkdir(mode=0o755)
    with caplog.at_level(logging.WARNING):
        assert said(tmp_path, "b", "import os; print(os.getppid())") == [str(os.getpid())]
    assert "can be entered by others" in caplog.text


def test_a_package_that_is_installed_makes_a_new_warm_process(
    tmp_path: Path, anchor: subprocess.Popen[bytes]
) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    env = {**os.environ, "PYTHONPATH": str(site)}
    process = warm.lasting(env, anchor.pid)
    forked_from(process, tmp_path).kill()
    first = (process.status() or {})["pid"]
    (site / "installed.py").touch()
    forked_from(process, tmp_path).kill()
    assert (process.status() or {})["pid"] != first
    assert is_gone(first)
