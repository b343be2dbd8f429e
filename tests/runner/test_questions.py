"""What a step asks of the world without opening a file, in real kernels; and whether it has changed."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from unit_notebooks import code_cell, notebook, run_unit

from nbprism.runner import layout
from nbprism.runner.observed import variables
from nbprism.runner.reuse.records import Record
from nbprism.runner.reuse.world import World

Manifest = dict[str, Any]
SECRET = "s3cret-of-mine"  # noqa: S105 - what must not be found again


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".nbprism"


@pytest.fixture
def manifest(store: Path) -> Callable[[str], Manifest]:
    """Run a cell as a step in a folder with a few files, and return its manifest."""
    folder = store.parent
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.csv").write_text("x\n1\n2\n")
    (folder / "mine.py").write_text(
        "import os, pathlib\ndef there(p): return pathlib.Path(p).exists()\n"
        "def key(): return os.environ.get('NB_TEST_KEY')\n"
    )

    def run(source: str) -> Manifest:
        begin = "import nbprism.runner.unit.step as __nbprism__; __nbprism__.begin('make')"
        cells = [code_cell("nbprism-header", begin), code_cell("c", textwrap.dedent(source))]
        cells.append(code_cell("nbprism-save", "__nbprism__.save(globals(), [], cells=1)"))
        env = {"NB_TEST_KEY": SECRET, "NB_OTHER": "b"}
        ran = run_unit(store, "make", notebook(cells), cwd=str(folder), env_vars=env)
        assert ran.end["kind"] == "unit-succeeded", ran.end
        place = layout.manifest(layout.run_folder(store, "r1"), "make")
        found: Manifest = json.loads(place.read_text())
        return found

    return run


ASKED: Mapping[str, tuple[str, dict[str, str | None]]] = {
    "a file that is not there": (
        "import os; os.path.exists('none.csv')", {"none.csv": "absent"},
    ),
    "pathlib": (
        "from pathlib import Path; Path('none.csv').is_file(), Path('data').is_dir()",
        {"none.csv": "absent", "data": "folder"},
    ),
    "a file that is there": ("import os; os.path.isfile('data/a' + '.csv')", {"data/a.csv": "file"}),
    "its size": ("import os; os.path.getsize('data/a' + '.csv')", {"data/a.csv": "file 6"}),
    "its size by stat": (
        "from pathlib import Path; Path('data/a' + '.csv').stat().st_size", {"data/a.csv": "file 6"},
    ),
    "by a local module": ("import mine; mine.there('none.csv')", {"none.csv": "absent"}),
    "access": ("import os; os.access('none.csv', os.R_OK)", {"none.csv": "absent"}),
    "a link that leads nowhere": (
        "import os; os.path.lexists('none.csv')", {"none.csv": "absent"},
    ),
    "what it reads anyway": (
        "import os\nif os.path.exists('data/a.csv'): open('data/a.csv').read()", {},
    ),
    "what it makes itself": (
        """
        import os, pathlib
        os.makedirs('out/deep', exist_ok=True)
        if not os.path.exists('out/x.txt'):
            pathlib.Path('out/x.txt').write_text('x')
        os.path.exists('out/x.txt')
        """,
        {},
    ),
    "what comes meanwhile": (
        "import os, subprocess\nos.path.exists('new.x')\nsubprocess.run(['cp', 'mine.py', 'new.x'])",
        {},
    ),
    "by a library for itself": (
        "import importlib.util, json, shutil; importlib.util.find_spec('nothing_such')", {},
    ),
    "in the system's places": ("import os; os.path.exists('/etc/nothing')", {}),
}  # fmt: skip


@pytest.mark.parametrize("row", ASKED.values(), ids=ASKED.keys())
def test_what_is_asked_about_files_is_noted(
    manifest: Callable[[str], Manifest], row: tuple[str, dict[str, str | None]]
) -> None:
    source, asked = row
    found = manifest(source)
    assert found["files"]["asked"] == asked
    assert not any(name.startswith("<") for name in found["files"]["read"])


@pytest.mark.parametrize(
    "source",
    [
        "import os; os.path.getmtime('data/a' + '.csv'); open('data/a.csv').read()",
        "import os; when = os.stat('data/a' + '.csv').st_mtime",
    ],
)
def test_the_time_of_a_file_counts_for_who_asks_for_it(
    manifest: Callable[[str], Manifest], store: Path, source: str
) -> None:
    told = f"file 6 {(store.parent / 'data' / 'a.csv').stat().st_mtime_ns}"
    assert manifest(source)["files"]["asked"] == {"data/a.csv": told}


def test_the_forks_of_a_kernel_tell_what_they_ask(manifest: Callable[[str], Manifest]) -> None:
    source = """
    import os
    from multiprocessing import get_context
    with get_context('fork').Pool(2) as pool:
        pool.map(os.path.exists, ['none.csv', 'data'])
    """
    # The pool's own loop calls it, in Python's library: nobody of the user's is to be seen there.
    assert manifest(source)["files"]["asked"] in ({}, {"none.csv": "absent", "data": "folder"})


def test_a_folder_that_is_not_there_is_noted_as_such(manifest: Callable[[str], Manifest]) -> None:
    source = "import os\ntry: os.listdir('nowhere')\nexcept FileNotFoundError: pass"
    assert manifest(source)["files"]["read"] == {"nowhere/": "absent"}


READ: Mapping[str, tuple[str, set[str]]] = {
    "getenv": ("import os; os.getenv('NB_TEST_KEY')", {"NB_TEST_KEY"}),
    "an item": ("import os; os.environ['NB_TEST_KEY']", {"NB_TEST_KEY"}),
    "one that is not set": ("import os; os.environ.get('NB_NOT_SET', 1)", {"NB_NOT_SET"}),
    "whether it is set": ("import os; 'NB_OTHER' in os.environ", {"NB_OTHER"}),
    "by a local module": ("import mine; mine.key()", {"NB_TEST_KEY"}),
    "a magic": ("%env NB_OTHER", {"NB_OTHER"}),
    "what it sets itself": ("import os; os.environ['NB_NEW'] = '1'; os.environ['NB_NEW']", set()),
    "a copy of all": ("import os; a = {**os.environ}; b = os.environ.copy()", set()),
    "by Python itself": (
        "import tempfile, os.path; os.path.expanduser('~'), tempfile.gettempdir()", set(),
    ),
    "nbprism's own": ("import os; os.environ['NBPRISM_RUN']", set()),
}  # fmt: skip


@pytest.mark.parametrize("row", READ.values(), ids=READ.keys())
def test_the_variables_that_the_users_code_reads_are_noted(
    manifest: Callable[[str], Manifest], row: tuple[str, set[str]]
) -> None:
    source, names = row
    found = manifest(source)
    assert set(found["environment"]) == names
    assert SECRET not in json.dumps(found["environment"])


def test_a_variable_is_compared_without_its_value_being_known(
    manifest: Callable[[str], Manifest],
) -> None:
    read = manifest("import os; os.getenv('NB_TEST_KEY'), os.getenv('NB_NOT_SET')")["environment"]
    same = {"NB_TEST_KEY": SECRET}
    assert list(variables.differing(read, same)) == []
    assert list(variables.differing(read, {"NB_TEST_KEY": "another"})) == ["NB_TEST_KEY"]
    assert list(variables.differing(read, {})) == ["NB_TEST_KEY"]
    assert list(variables.differing(read, {**same, "NB_NOT_SET": ""})) == ["NB_NOT_SET"]


def record(found: Manifest, folder: Path) -> Record:
    return Record(
        run="r", step="make", at=0.0, duration_s=0.0, made_of=None, manifest=found,  # type: ignore[arg-type]
        folder=folder, cells=(),
    )  # fmt: skip


def test_a_record_does_not_stand_once_an_answer_would_be_another(
    manifest: Callable[[str], Manifest], store: Path
) -> None:
    source = (
        "import os; os.path.exists('none.csv'), os.path.getsize('data/a' + '.csv'), os.getenv('A')"
    )
    found, folder = manifest(source), store.parent
    world = World(store, folder, {})

    def objection(env: Mapping[str, str] | None = None) -> str | None:
        cause = world.objection(record(found, folder), env or {})
        return cause and cause.text

    assert objection() is None
    assert objection({"A": "1"}) == "environment variable A changed"
    (folder / "none.csv").touch()
    assert objection() == "none.csv is there now"
    (folder / "none.csv").unlink()
    (folder / "data" / "a.csv").write_text("longer than it was")
    assert objection() == "data/a.csv changed"
    (folder / "data" / "a.csv").unlink()
    assert objection() == "data/a.csv is not there now"


def test_a_question_costs_next_to_nothing(manifest: Callable[[str], Manifest]) -> None:
    source = """
    import os, time
    def cpu(function, *given):
        began = time.process_time()
        for _ in range(20_000): function(*given)
        return time.process_time() - began
    watched = min(cpu(os.stat, 'data/a' + '.csv') for _ in range(3))
    plain = min(cpu(os.stat.__wrapped__, 'data/a' + '.csv') for _ in range(3))
    assert watched < 25 * plain, (watched, plain)  # some microseconds; it is 6 times
    """
    manifest(source)
    assert os.stat.__name__ == "stat"


MOVED: Mapping[str, tuple[str, bool]] = {
    "beside, relative": ("open('../outer' + '.csv').read()", False),
    "asked about": ("import os; os.path.getsize('../outer' + '.csv')", False),
    "listed": ("import os; os.listdir('..')", False),
    "below, by its absolute path": ("import os; open(os.path.abspath('data/a.csv')).read()", True),
    "below, from the working directory": (
        "from pathlib import Path; (Path.cwd() / 'data' / 'a.csv').read_text()", True,
    ),
    "beside, by its absolute path": (
        "from pathlib import Path; (Path.cwd().parent / 'outer.csv').read_text()", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", MOVED.values(), ids=MOVED.keys())
def test_a_copied_project_is_reused_by_what_is_in_the_copy(
    manifest: Callable[[str], Manifest],
    store: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    row: tuple[str, bool],
) -> None:
    (tmp_path / "outer.csv").write_text("outer")
    source, is_below = row
    found = manifest(source)
    there = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(store.parent, there)
    (there.parent / "outer.csv").write_text("outer")
    copied = there / ".nbprism"
    assert World(copied, there, {}).objection(record(found, there), {}) is None
    changed = there / "data" / "a.csv" if is_below else there.parent / "outer.csv"
    changed.write_text("it was changed, in the copy alone")
    (there.parent / "another").touch()
    assert World(copied, there, {}).objection(record(found, there), {}) is not None
    assert World(store, store.parent, {}).objection(record(found, store.parent), {}) is None


def test_a_path_that_the_code_spells_out_counts_where_it_is(
    manifest: Callable[[str], Manifest], store: Path, tmp_path: Path
) -> None:
    found = manifest(f"open('{store.parent}/data/a.csv').read()")
    there = tmp_path / "copy" / "project"
    shutil.copytree(store.parent, there)
    world = World(there / ".nbprism", there, {})
    assert world.objection(record(found, there), {}) is None
    # The copied notebook still reads the old file.
    (store.parent / "data" / "a.csv").write_text("changed")
    assert world.objection(record(found, there), {}) is not None
