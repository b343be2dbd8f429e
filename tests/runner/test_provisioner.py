"""Warm kernels through Jupyter's own `KernelManager`, as `jupyter run` and papermill have them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from unit_notebooks import is_gone

from nbprism.runner.kernels import warm

IDLE_S = 1.5
SPEC = {
    "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Warm",
    "language": "python",
    "metadata": {
        "kernel_provisioner": {"provisioner_name": "nbprism-warm", "config": {"idle_s": IDLE_S}}
    },
}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[KernelManager]:
    folder = tmp_path / "kernels" / "warm"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(SPEC))
    specs = KernelSpecManager(kernel_dirs=[str(folder.parent)])
    kernel = KernelManager(
        kernel_name="warm", kernel_spec_manager=specs,
        connection_file=str(tmp_path / "connection.json"),
    )  # fmt: skip
    yield kernel
    kernel.shutdown_kernel(now=True)
    kernel.context.destroy(linger=0)


@pytest.fixture
def client(manager: KernelManager, tmp_path: Path) -> Iterator[BlockingKernelClient]:
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, "SAID": "hello"})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield client
    client.stop_channels()


def said(client: BlockingKernelClient, source: str) -> str:
    """Return what a cell prints."""
    texts: list[str] = []
    client.execute_interactive(
        source,
        timeout=60,
        output_hook=lambda message: texts.append(message["content"].get("text", "")),
    )
    return "".join(texts).strip()


def test_a_kernel_manager_gets_a_forked_kernel(
    client: BlockingKernelClient, tmp_path: Path
) -> None:
    look = "import os; print(os.getcwd(), os.environ['SAID'], os.getppid())"
    folder, hello, parent = said(client, look).split()
    assert (folder, hello) == (str(tmp_path), "hello")
    status = warm.lasting(os.environ, idle_s=IDLE_S).status()
    assert status is not None
    assert int(parent) == status["pid"]


def test_its_sockets_are_files_of_the_user(
    manager: KernelManager, client: BlockingKernelClient
) -> None:
    assert manager.transport == "ipc"
    assert Path(manager.ip).parent.stat().st_mode & 0o077 == 0
    assert Path(manager.connection_file).stat().st_mode & 0o077 == 0


def test_it_can_be_interrupted_and_goes_on(
    manager: KernelManager, client: BlockingKernelClient
) -> None:
    # What is sent while the kernel gives up what stood behind an error would be given up, too.
    request = client.execute(
        "import time\nprint('on', flush=True)\ntime.sleep(60)", stop_on_error=False
    )
    while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    # A kernel that took long to start was asked more than once who it is, and answers each time.
    while (reply := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != request:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert said(client, "print('still there')") == "still there"


def test_a_restarted_kernel_is_a_new_one_in_the_same_place(
    manager: KernelManager, client: BlockingKernelClient
) -> None:
    first = said(client, "import os; x = 1; print(os.getpid())")
    place = manager.get_connection_info()
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=60)
    assert (
        said(client, "print('x' in globals(), os.getpid() if 'os' in globals() else '')") == "False"
    )
    assert said(client, "import os; print(os.getpid())") != first
    assert manager.get_connection_info() == place
    assert is_gone(int(first))


def test_a_kernel_that_leaves_is_seen_to_have_ended(
    manager: KernelManager, client: BlockingKernelClient
) -> None:
    pid = int(said(client, "import os; print(os.getpid())"))
    assert manager.is_alive()
    psutil.Process(pid).kill()
    deadline = time.monotonic() + 60
    while manager.is_alive():
        assert time.monotonic() < deadline


def test_a_shut_down_kernel_leaves_nothing_but_the_warm_process_for_a_while(
    manager: KernelManager, client: BlockingKernelClient
) -> None:
    pid = int(said(client, "import os; print(os.getpid())"))
    folder = Path(manager.ip).parent
    process = warm.lasting(os.environ, idle_s=IDLE_S)
    status = process.status()
    assert status is not None
    manager.shutdown_kernel()
    assert is_gone(pid)
    assert not folder.exists()
    assert is_gone(status["pid"])
    assert not process.address.exists()


def test_a_client_that_just_leaves_ends_its_kernel_without_a_word(tmp_path: Path) -> None:
    folder = tmp_path / "kernels" / "warm"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(SPEC))
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter"), "run", "--kernel", "warm"],
        input="import os; print(os.getpid())", capture_output=True, text=True, check=False,
        env={**os.environ, "JUPYTER_PATH": str(tmp_path)}, timeout=120,
    )  # fmt: skip
    assert "Error" not in done.stderr
    assert is_gone(int(done.stdout))
