"""Values in object storage: they outlive the cluster, and are fetched by whoever asks for them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from heads import Head
from nbformat import v4
from storage import S3

import nbprism
from nbprism.cli import main
from nbprism.offload.capture import capture
from nbprism.offload.remote import send
from nbprism.runner.artifacts.bucket import Bucket
from nbprism.runner.errors import StoreError
from nbprism.runner.reuse.shared_records import FOLDER

pytestmark = pytest.mark.timeout(600)
SIZE = 20_000_000


@pytest.fixture
def bucket(head: Head, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """List the cluster as `farm`, with a store in a bucket; return its address."""
    address = s3.address()
    listed = tmp_path / "clusters.toml"
    listed.write_text(f'[farm]\nurl = "{head.url}"\nstore = "{address}"\n')
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(listed))
    for name, text in s3.credentials.items():
        monkeypatch.setenv(name, text)
    return address


def notebook(folder: Path, **steps: str) -> Path:
    made = v4.new_notebook()
    for name, source in steps.items():
        made.cells.append(v4.new_code_cell(source, metadata={"tags": [f"step:{name}"]}))
    (folder / "work").mkdir()
    path = folder / "work" / "nb.ipynb"
    path.write_text(v4.writes(made))
    return path


def forget_everything(head: Head) -> None:
    """Take from the cluster what it has of earlier runs, as one that was started anew."""
    for place in head.folder.glob("nbprism-*"):
        # The job of the run before may still be tidying up there.
        until(lambda place=place: shutil.rmtree(place, ignore_errors=True) or not place.exists())


def until(true: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_new_cluster_and_another_laptop_take_up_what_the_bucket_has_and_home_fetches_it(
    head: Head, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = notebook(
        tmp_path,
        make=f"import numpy as np\nbig = np.arange({SIZE} // 8)\nopen('rows.csv', 'w').write('1,2')",
        use=f"import pathlib\nassert pathlib.Path('{tmp_path}/go').exists()\n"
        "print(int(big[-1]), open('rows.csv').read())",
    )
    run = nbprism.submit(path, cluster="farm", settings={"use": {"after": ["make"]}}).wait(200)
    assert (run.state, run["make"].state) == ("failed", "succeeded")
    assert "big" in run["make"].artifacts
    digest = run["make"].artifacts["big"].digest
    assert digest is not None
    assert Bucket(bucket).has(digest)
    assert not list(head.store.rglob(digest))

    forget_everything(head)
    (tmp_path / "go").touch()
    again = run.resume().wait(200).check()
    assert [again[step].state for step in ("make", "use")] == ["reused", "succeeded"]
    assert again.outputs["use"].text == f"{SIZE // 8 - 1} 1,2\n"

    until(lambda: len(Bucket(bucket).listed(FOLDER)) == 2)  # put there while the job ends
    forget_everything(head)
    laptop = tmp_path / "another laptop"
    laptop.mkdir()
    copy = shutil.copy(path, laptop)
    taken = nbprism.submit(copy, cluster="farm", settings={"use": {"after": ["make"]}}).wait(200)
    assert [taken.check()[step].state for step in ("make", "use")] == ["reused", "reused"]
    assert taken.outputs["use"].text == again.outputs["use"].text
    assert not (taken.folder.store / "artifacts").exists()
    assert int(taken["make"]["big"][-1]) == SIZE // 8 - 1
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError, match="AWS_ACCESS_KEY_ID"):
        Bucket(bucket).has(digest)


def test_a_cell_of_a_live_kernel_takes_its_values_there_and_brings_back_what_it_made(
    bucket: str, tmp_path: Path
) -> None:
    namespace: dict[str, Any] = {"big": np.arange(SIZE // 8), "kept": [1]}
    source = "twice = big * 2\nkept.append(len(big))\nprint('there')"
    remote = send(
        capture(source, namespace, {}, name="farm-cell"), namespace, cluster="farm", folder=tmp_path
    )
    kept = namespace["kept"]
    remote.result(200)
    assert kept == [1, SIZE // 8]
    assert namespace["twice"][-1] == 2 * (SIZE // 8 - 1)
    step = remote.run["cell"]
    assert step.outputs.text == "there\n"
    assert {name: ref.type for name, ref in step.inputs.items()} == {
        "big": "numpy.ndarray", "kept": "list",
    }  # fmt: skip
    assert step["twice"].nbytes == SIZE
    digest = step.artifacts["twice"].digest
    assert digest is not None
    assert Bucket(bucket).has(digest)


def test_the_doctor_tries_the_bucket_from_both_sides(bucket: str) -> None:
    found = CliRunner().invoke(main, ["doctor", "--cluster", "farm"])
    assert found.exit_code == 0, found.output
    assert f"The store {bucket} can be written from there" in found.output
    assert "and from here" in found.output
