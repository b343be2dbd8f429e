"""Only what changed runs again: for each thing that counts a change that misses, and one that hits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from computing import Made, StepOf, Workshop, plan_of, with_step

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner import events as ev
from nbprism.runner import layout
from nbprism.runner.options import RunOptions
from nbprism.runner.reuse import assess as assessing
from nbprism.runner.reuse.packages import Packages
from nbprism.runner.store import RunFolder

CHAIN: Made = {"load": StepOf(), "train": StepOf(needs="load"), "report": StepOf(needs="train")}


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_an_unchanged_notebook_computes_nothing_and_joins_no_cluster(shop: Workshop) -> None:
    first = shop.run(CHAIN)
    assert shop.computed == ["load", "train", "report"]
    second = shop.run(CHAIN)
    assert shop.computed == []
    assert shop.joined == 1
    assert set(shop.states(second).values()) == {"reused"}
    assert second.summary()["state"] == "succeeded"
    assert shop.value(second, "report") == shop.value(first, "report") == 3


def test_a_reused_step_leaves_in_its_run_what_it_left_where_it_ran(shop: Workshop) -> None:
    steps = with_step(CHAIN, "train", metrics={"accuracy": 0.9})
    first, second = shop.run(steps), shop.run(steps)
    assert second.summary()["metrics"] == {"accuracy": 0.9}
    assert second.manifest_path("train").read_bytes() == first.manifest_path("train").read_bytes()
    assert second.executed_path().read_bytes() == first.executed_path().read_bytes()
    shown = [e for e in second.events() if isinstance(e, ev.CellOutput) and e.step == "train"]
    assert [op.get("output", {}).get("text") for op in shown[0].ops] == [None, "train says so\n"]
    (reused,) = [e for e in second.events() if isinstance(e, ev.StepReused) and e.step == "train"]
    assert (reused.from_run, reused.saved_s) == (first.id, 2.0)
    assert reused.outputs[0]["name"] == "train_value"


def test_what_was_too_much_to_be_shown_is_taken_over_too(shop: Workshop) -> None:
    line = '{"output_type": "stream", "name": "stdout", "text": "all of it\\n"}\n'

    def write_much(step: str) -> None:
        (run,) = shop.store.runs()
        place = layout.whole_output(run.path, step, 1, f"{step}-cell")
        place.parent.mkdir(exist_ok=True)
        place.write_text(line)

    shop.before_unit = write_much
    shop.run(CHAIN)
    moved = with_step(CHAIN, "train", cell="other/id")
    again = shop.run(moved)
    resumed = shop.run(moved, RunOptions(cache=False, resumes=again.id))
    for run in (again, resumed):
        assert shop.states(run)["train"] == "reused"
        (shown,) = (e for e in run.events() if isinstance(e, ev.CellOutput) and e.step == "train")
        assert (run.path / shown.ops[-1]["whole"]).read_text() == line


def test_a_third_run_takes_from_the_one_that_computed(shop: Workshop) -> None:
    first = shop.run(CHAIN)
    shop.run(CHAIN)
    third = shop.run(CHAIN)
    assert {e.from_run for e in third.events() if isinstance(e, ev.StepReused)} == {first.id}


def test_a_change_runs_the_step_and_what_depends_on_it(shop: Workshop) -> None:
    shop.run(CHAIN)
    shop.run(with_step(CHAIN, "train", code="x = 2", compute=lambda inputs, _: 7))
    assert shop.computed == ["train", "report"]


def test_an_equal_output_cuts_off_what_depends_on_it(shop: Workshop) -> None:
    shop.run(CHAIN)
    run = shop.run(with_step(CHAIN, "load", code="x = 1 + 0"))
    assert shop.computed == ["load"]
    assert shop.states(run) == {"load": "succeeded", "train": "reused", "report": "reused"}


def test_going_back_to_what_was_there_before_reuses_it(shop: Workshop) -> None:
    shop.run(CHAIN)
    shop.run(with_step(CHAIN, "train", code="x = 2", compute=lambda inputs, _: 7))
    shop.run(CHAIN)
    assert shop.computed == []


def test_a_cell_that_was_cut_and_pasted_shows_its_outputs_under_its_new_id(shop: Workshop) -> None:
    shop.run(CHAIN)
    run = shop.run(with_step(CHAIN, "train", cell="pasted"))
    assert shop.computed == []
    assert "pasted" in {e.cell for e in run.events() if isinstance(e, ev.CellOutput)}
    assert run.executed_path().read_text().count("train says so") == 1


def write(name: str, text: str) -> Callable[[Mapping[str, Any], Path], Any]:
    def compute(_: Mapping[str, Any], folder: Path) -> int:
        (folder / name).write_text(text)
        return 1

    return compute


ONE: Made = {"a": StepOf(reads=("data.csv",), modules=("helpers.py",), parameters={"lr": 0.1})}


def touch(name: str, text: str) -> Callable[[Workshop], None]:
    return lambda shop: (shop.folder / name).write_text(text) and None


def nothing(_: Workshop) -> None:
    return None


KNOBS: list[tuple[str, dict[str, Any], Callable[[Workshop], None], str | None]] = [
    ("nothing at all", {}, nothing, None),
    ("a cell", {"code": "y = 1"}, nothing, "changed: cell 2"),
    ("setup", {"setup": "import os"}, nothing, "setup changed: cell 1"),
    ("a parameter", {"parameters": {"lr": 0.2}}, nothing, "parameter lr: 0.1 -> 0.2"),
    ("retries", {"settings": StepSettings(retries=3, timeout_s=9, cpus=2)}, nothing, None),
    ("memory", {"settings": StepSettings(memory=10**9, resources={"x": 1})}, nothing, None),
    ("a variable", {"settings": StepSettings(env_vars={"A": "b"})}, nothing, 'setting env_vars: {} -> {"A": "b"}'),
    ("a version", {"settings": StepSettings(cache="2")}, nothing, "setting cache: null -> 2"),
    ("the cache", {"settings": StepSettings(cache=False)}, nothing, "cache is off for this step"),
    ("a file it read", {}, touch("data.csv", "2"), "file data.csv changed"),
    ("a file it read, saved as it was", {}, touch("data.csv", "1"), None),
    ("a file it did not read", {}, touch("other.csv", "2"), None),
    ("a module", {}, touch("helpers.py", "b = 2"), "module helpers.py changed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "happens", "because"), [row[1:] for row in KNOBS], ids=[row[0] for row in KNOBS]
)
def test_of_each_thing_it_is_known_whether_it_counts(
    shop: Workshop,
    change: dict[str, Any],
    happens: Callable[[Workshop], None],
    because: str | None,
) -> None:
    touch("data.csv", "1")(shop)
    touch("helpers.py", "a = 1")(shop)
    shop.run(ONE)
    happens(shop)
    run = shop.run(with_step(ONE, "a", **change))
    if because is None:
        assert shop.states(run) == {"a": "reused"}
    else:
        assert shop.states(run) == {"a": "succeeded"}
        assert run.summary()["steps"]["a"]["because"] == because


def test_another_version_of_a_package_runs_the_steps_that_import_it(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {"uses": StepOf(packages=("pandas",)), "other": StepOf(packages=("numpy",))}
    shop.run(steps)
    real = Packages.versions
    monkeypatch.setattr(
        Packages,
        "versions",
        lambda self, names: real(self, names) | ({"pandas": "99.0"} if "pandas" in names else {}),
    )
    run = shop.run(steps)
    assert shop.states(run) == {"uses": "succeeded", "other": "reused"}
    assert "-> 99.0" in run.summary()["steps"]["uses"]["because"]


def test_another_python_runs_everything(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.run(CHAIN)
    monkeypatch.setattr(assessing, "PYTHON", "CPython 9.9.9")
    run = shop.run({"load": CHAIN["load"]})
    assert "CPython 9.9.9" in run.summary()["steps"]["load"]["because"]


def test_a_file_that_changed_while_it_was_read_makes_a_step_that_is_never_reused(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch("data.csv", "1")(shop)
    with monkeypatch.context() as patched:
        patched.setattr("computing.contents.digest", lambda *_: None)
        shop.run(ONE)
    run = shop.run(ONE)
    assert run.summary()["steps"]["a"]["because"] == "file data.csv changed while it was read"


WRITER: Made = {
    "write": StepOf(writes=("out.txt",), compute=write("out.txt", "made")),
    "read": StepOf(needs="write", reads=("out.txt",)),
}


@pytest.mark.parametrize("left", [None, "edited"])
def test_files_a_step_wrote_are_there_again_when_it_is_reused(
    shop: Workshop, left: str | None
) -> None:
    shop.run(WRITER)
    out = shop.folder / "out.txt"
    out.chmod(0o640)
    mode = out.stat().st_mode
    out.unlink()
    if left is not None:
        out.write_text(left)
    run = shop.run(WRITER)
    assert set(shop.states(run).values()) == {"reused"}
    assert out.read_text() == "made"
    assert out.stat().st_mode & 0o600 == mode & 0o600
    assert not list(shop.folder.glob(".*.tmp"))


def test_what_the_user_had_edited_is_set_aside_where_a_reused_step_replaces_it(
    shop: Workshop,
) -> None:
    shop.run(WRITER)
    out = shop.folder / "out.txt"
    out.write_text("edited by hand")
    run = shop.run(WRITER)
    assert out.read_text() == "made"
    assert (run.path / "replaced" / "out.txt").read_text() == "edited by hand"
    out.write_text("made")
    assert not (shop.run(WRITER).path / "replaced").exists()


def test_what_another_run_of_the_step_had_left_is_not_set_aside(shop: Workshop) -> None:
    shop.run(WRITER)
    shop.run(with_step(WRITER, "write", code="x = 2", compute=write("out.txt", "made otherwise")))
    run = shop.run(WRITER)
    assert shop.computed == []
    assert (shop.folder / "out.txt").read_text() == "made"
    assert not (run.path / "replaced").exists()


def test_a_file_is_put_back_where_the_link_leads_that_it_was_written_through(
    shop: Workshop,
) -> None:
    real = shop.folder / "disk"
    real.write_text("before")
    (shop.folder / "out.txt").symlink_to(real)
    shop.run(WRITER)
    real.write_text("edited")
    shop.run(WRITER)
    assert (shop.folder / "out.txt").is_symlink()
    assert real.read_text() == "made"


def test_a_step_whose_file_grew_after_it_was_copied_is_not_reused(shop: Workshop) -> None:
    def grow(step: str) -> None:
        (shop.folder / "out.txt").write_text("made, and closed by the end of the kernel")

    shop.after_unit = grow
    shop.run({"write": WRITER["write"]})
    shop.run({"write": WRITER["write"]})
    assert shop.computed == ["write"]


def test_a_file_written_outside_the_folder_is_not_kept_so_it_has_to_be_as_it_was_left(
    tmp_path: Path,
) -> None:
    outside = tmp_path / "outside.txt"
    shop = Workshop(tmp_path / "project")
    shop.folder.mkdir()
    steps = {"a": StepOf(writes=(str(outside),), compute=write(str(outside), "made"))}
    shop.run(steps)
    for archive in (shop.store.root / "artifacts").glob("[0-9a-f][0-9a-f]/*"):
        if archive.read_bytes() == b"made":
            archive.unlink()
    assert shop.states(shop.run(steps)) == {"a": "reused"}
    outside.write_text("edited")
    assert shop.states(shop.run(steps)) == {"a": "succeeded"}


def test_a_result_that_was_removed_from_the_store_is_computed_again(shop: Workshop) -> None:
    run = shop.run(CHAIN)
    digest = next(iter(_outputs(run, "train")))
    layout.archive(shop.store.root, digest).unlink()
    again = shop.run(CHAIN)
    assert shop.computed == ["train"]
    because = again.summary()["steps"]["train"]["because"]
    assert because == "its earlier result was removed from the store, or damaged there"


def test_a_damaged_record_is_no_record(shop: Workshop) -> None:
    shop.run(CHAIN)
    for record in (shop.store.root / "reuse").glob("*/*/*/record.json"):
        record.write_text('{"schema": 1}')
    shop.run(CHAIN)
    assert shop.computed == ["load", "train", "report"]


def test_without_cache_everything_runs_and_is_recorded_anew(shop: Workshop) -> None:
    shop.run(CHAIN)
    fresh = shop.run(CHAIN, RunOptions(cache=False))
    assert shop.computed == ["load", "train", "report"]
    assert fresh.summary()["steps"]["load"]["because"] == "cache is off for this run"
    third = shop.run(CHAIN)
    assert {e.from_run for e in third.events() if isinstance(e, ev.StepReused)} == {fresh.id}


def test_a_step_after_one_without_cache_runs_whenever_that_one_does(shop: Workshop) -> None:
    steps = {
        "fetch": StepOf(settings=StepSettings(cache=False)),
        "use": StepOf(needs="fetch", settings=StepSettings(after=("fetch",))),
    }
    shop.run(steps)
    shop.run(steps)
    assert shop.computed == ["fetch", "use"]


def test_a_step_that_only_comes_after_another_runs_when_that_one_changed(shop: Workshop) -> None:
    steps = {
        "prepare": StepOf(),
        "use": StepOf(needs="prepare", settings=StepSettings(after=("prepare",))),
    }
    shop.run(steps)
    shop.run(steps)
    assert shop.computed == []
    run = shop.run(with_step(steps, "prepare", code="x = 2"))
    assert shop.computed == ["prepare", "use"]
    because = run.summary()["steps"]["use"]["because"]
    assert because == "step `prepare`, which it comes after, changed"


def test_a_resumed_run_takes_over_what_succeeded_whatever_the_cache(shop: Workshop) -> None:
    steps = with_step(CHAIN, "train", fails=True, settings=StepSettings(cache=False))
    first = shop.run({**steps, "load": StepOf(settings=StepSettings(cache=False))})
    assert first.summary()["state"] == "failed"
    mended = {
        **with_step(steps, "train", fails=False),
        "load": StepOf(settings=StepSettings(cache=False)),
    }
    run = shop.run(mended, RunOptions(cache=False, resumes=first.id))
    assert shop.states(run) == {"load": "reused", "train": "succeeded", "report": "succeeded"}


def test_a_run_that_is_resumed_with_another_plan_gives_nothing_that_does_not_fit(
    shop: Workshop,
) -> None:
    first = shop.run(CHAIN)
    changed = with_step(CHAIN, "load", code="x = 2", compute=lambda inputs, _: 5)
    run = shop.run(changed, RunOptions(cache=False, resumes=first.id))
    assert shop.computed == ["load", "train", "report"]
    assert shop.value(run, "report") == 7


def test_two_runs_at_once_compute_a_step_once(shop: Workshop, tmp_path: Path) -> None:
    first, second = shop.submit(CHAIN), shop.submit(CHAIN)
    others: list[threading.Thread] = []
    import subprocess
    import sys

    def start_the_other(step: str) -> None:
        if step == "load" and not others:
            others.append(threading.Thread(target=lambda: None))
            code = (
                "import sys; from pathlib import Path; from computing import *; from test_reuse import CHAIN\n"
                f"shop = Workshop(Path({str(shop.folder)!r}))\n"
                f"shop.lead(RunFolder(Path({str(second.path)!r})), CHAIN)\n"
                "sys.exit(len(shop.computed))"
            )
            process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent)
            started.append(process)
            _until(lambda: "run-started" in [e.kind for e in second.events()])

    started: list[subprocess.Popen[bytes]] = []
    shop.before_unit = start_the_other
    shop.lead(first, CHAIN)
    assert started[0].wait(timeout=60) == 0
    assert shop.computed == ["load", "train", "report"]
    assert set(shop.states(second).values()) == {"reused"}


def test_a_step_whose_other_computation_fails_is_computed_here(shop: Workshop) -> None:
    failing = with_step(CHAIN, "load", fails=True)
    assert shop.run(failing).summary()["state"] == "failed"
    assert shop.run(CHAIN).summary()["state"] == "succeeded"


def test_a_thousand_reused_steps_write_no_more_than_their_share(shop: Workshop) -> None:
    steps = {"s0": StepOf()} | {f"s{n}": StepOf(needs=f"s{n - 1}") for n in range(1, 60)}
    shop.run(steps)
    run = shop.run(steps)
    assert set(shop.states(run).values()) == {"reused"}
    assert len(run.events()) == 2 + 2 * len(steps) + 1


def test_the_plan_of_a_made_up_notebook_is_a_plan(tmp_path: Path) -> None:
    assert [unit.step for unit in plan_of(CHAIN).units] == list(CHAIN)


def _outputs(run: RunFolder, step: str) -> set[str]:
    import json

    entries = json.loads(run.manifest_path(step).read_bytes())["outputs"]
    return {entry["archive"] for entry in entries.values()}


def _until(there: Callable[[], bool]) -> None:
    waiting = threading.Event()
    while not there():
        waiting.wait(0.01)


def test_a_step_that_read_what_another_run_wrote_fails_and_says_so(shop: Workshop) -> None:
    def write(_inputs: Any, folder: Path) -> int:
        (folder / "out.csv").write_text("mine")
        return 1

    steps = {
        "write": StepOf(compute=write, writes=("out.csv",)),
        "use": StepOf(needs="write", reads=("out.csv",)),
    }

    def meanwhile(step: str) -> None:
        if step == "use":
            (shop.folder / "out.csv").write_text("another run's")

    shop.before_unit = meanwhile
    run = shop.run(steps)
    assert shop.states(run) == {"write": "succeeded", "use": "failed"}
    error = run.summary()["error"]
    assert (error["code"], run.manifest_path("use").exists()) == ("file-of-another-run", False)
    assert "read out.csv" in error["evalue"]
    shop.before_unit = lambda step: None
    again = shop.run(steps)
    assert shop.states(again) == {"write": "reused", "use": "succeeded"}


def test_a_file_that_two_runs_wrote_at_once_stands_for_nothing(shop: Workshop) -> None:
    def write(_inputs: Any, folder: Path) -> int:
        (folder / "out.csv").write_text("mine")
        return 1

    def contested(step: str) -> None:
        if step != "write":
            return
        (place,) = shop.store.runs_path.glob(f"{shop.store.runs()[0].id}/outputs/write*.json")
        form = json.loads(place.read_text())
        form["files"]["contested"] = ["out.csv"]
        form["files"]["written"]["out.csv"]["digest"] = None
        place.write_text(json.dumps(form))

    steps = {
        "write": StepOf(compute=write, writes=("out.csv",)),
        "use": StepOf(needs="write", reads=("out.csv",)),
    }
    shop.after_unit = contested
    run = shop.run(steps)
    assert shop.states(run) == {"write": "succeeded", "use": "failed"}
    assert run.summary()["error"]["code"] == "file-of-another-run"
    shop.after_unit = lambda step: None
    resumed = shop.run(steps, RunOptions(resumes=run.id))
    assert shop.states(resumed) == {"write": "succeeded", "use": "succeeded"}


def test_a_run_may_be_wider_than_the_files_its_driver_may_open(tmp_path: Path) -> None:
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (150, 150))\n"
        "from computing import StepOf, Workshop\nshop = Workshop(Path(sys.argv[1]))\n"
        "made = {f's{n}': StepOf(code=f'x = {n}') for n in range(200)}\n"
        "print({*shop.states(shop.run(made)).values()})"
    )
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        env=here,
    )
    assert ran.stdout == "{'succeeded'}\n", ran.stderr
