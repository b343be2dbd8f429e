"""What a step is seen to read and write, in real kernels."""

from __future__ import annotations

import json
import sqlite3
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from unit_notebooks import code_cell, notebook, run_unit

from nbprism.runner import layout
from nbprism.runner.observed import contents
from nbprism.runner.observed.scope import Scope

Files = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".nbprism"


@pytest.fixture
def observed(store: Path) -> Callable[..., Files]:
    """Run the given cells as a step in a folder with a few files, and return its manifest."""
    folder = store.parent
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.csv").write_text("x\n1\n2\n")
    (folder / "old.txt").write_text("old")
    (folder / "mine.py").write_text("from helper import value\n")
    (folder / "helper.py").write_text("value = open('old.txt').read()\n")
    with sqlite3.connect(folder / "base.db") as database:
        database.execute("create table t (x)")
    database.close()

    def run(*sources: str, setup: str = "", files: Files | None = None) -> Files:
        begin = (
            f"import nbprism.runner.unit.step as __nbprism__; __nbprism__.begin('make', {files})"
        )
        cells = [code_cell("nbprism-header", begin), code_cell("nbprism-setup-1", setup)]
        own = [textwrap.dedent(source) for source in sources]
        cells += [code_cell(f"c{n}", source) for n, source in enumerate(own)]
        save = f"__nbprism__.save(globals(), [], cells={len(own)})"
        ran = run_unit(
            store, "make", notebook([*cells, code_cell("nbprism-save", save)]), cwd=str(folder)
        )
        assert ran.end["kind"] == "unit-succeeded", ran.end
        place = layout.manifest(layout.run_folder(store, "r1"), "make")
        manifest: Files = json.loads(place.read_text())
        return {**manifest["files"], "modules": manifest["modules"]}

    return run


def sha(data: str | bytes) -> str:
    return blake3(data.encode() if isinstance(data, str) else data).hexdigest()


OLD, A = sha("old"), sha("x\n1\n2\n")


POOL = "from multiprocessing import get_context\nwith get_context('fork').Pool(2) as pool: pool"


@dataclass
class Row:
    """Code, and what it is seen to do; files that it leaves are named with their text."""

    code: str
    read: dict[str, str | None]
    written: dict[str, str] | None = None
    removed: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


READ = "open('old.txt').read()"
ROWS: dict[str, Row] = {
    "reads": Row(READ, {"old.txt": OLD}),
    "reads with pathlib": Row("from pathlib import Path\nPath('old.txt').read_text()",
                              {"old.txt": OLD}),
    "reads with pandas": Row("import pandas as pd\npd.read_csv('data/a.csv')", {"data/a.csv": A}),
    "reads below the system's level": Row("import os\nos.close(os.open('old.txt', os.O_RDONLY))",
                                          {"old.txt": OLD}),
    "reads from another folder": Row("%cd -q data\nopen('a.csv').read()", {"data/a.csv": A}),
    "reads twice": Row(f"{READ}; {READ}", {"old.txt": OLD}),
    "looks for what is not there": Row("try: open('new.txt')\nexcept OSError: pass",
                                       {"new.txt": "absent"}),
    "reads with a program": Row("import subprocess\nsubprocess.run(['cat', 'old.txt'])",
                                {"old.txt": OLD}),
    "reads with a shell": Row("!cat old.txt", {"old.txt": OLD}),
    "names a file to compiled code": Row("import pyarrow.csv as c\nc.read_csv('data/a.csv')",
                                         {"data/a.csv": A}),
    "writes": Row("open('new.txt', 'w').write('n')", {}, {"new.txt": "n"}),
    "writes with compiled code": Row(
        "import pyarrow as pa\nwith pa.OSFile('new.bin', 'wb') as f: f.write(b'n')",
        {}, {"new.bin": "n"}),
    "writes with a shell": Row("!echo -n n > new.txt", {}, {"new.txt": "n"}),
    "reads what a command made": Row("!echo -n n > new.txt\nopen('new.txt').read()",
                                     {}, {"new.txt": "n"}),
    "writes and does not close": Row("f = open('new.txt', 'w'); f.write('n')\n"
                                     "g = open('new.bin', 'wb'); g.write(b'n')",
                                     {}, {"new.txt": "n", "new.bin": "n"}),
    "overwrites": Row("open('old.txt', 'w').write('n')", {}, {"old.txt": "n"}),
    "reads what it wrote": Row("open('new.txt', 'w').write('n'); open('new.txt').read()",
                               {}, {"new.txt": "n"}),
    "reads and overwrites": Row(f"s = {READ}\nopen('old.txt', 'w').write(s + 'n')",
                                {"old.txt": OLD}, {"old.txt": "oldn"}),
    "appends": Row("open('old.txt', 'a').write('n')", {"old.txt": OLD}, {"old.txt": "oldn"}),
    "opens to change, and does not": Row("open('old.txt', 'r+').read()", {"old.txt": OLD}),
    "writes and takes away": Row("import os\nopen('n', 'w').close(); os.remove('n')", {}),
    "takes away": Row("import os\nos.remove('old.txt')", {}, {}, ("old.txt",)),
    "writes aside and renames": Row(
        "import os\nopen('n.part', 'w').write('n'); os.replace('n.part', 'n.txt')",
        {}, {"n.txt": "n"}),
    "renames": Row("import os\nos.rename('old.txt', 'n.txt')",
                   {"old.txt": OLD}, {"n.txt": "old"}, ("old.txt",)),
    "copies": Row("import shutil\nshutil.copy('old.txt', 'n.txt')",
                  {"old.txt": OLD}, {"n.txt": "old"}),
    "moves a folder into place": Row(
        "import os\nos.mkdir('w'); open('w/n.txt', 'w').write('n'); os.rename('w', 'out')",
        {}, {"out/n.txt": "n"}),
    "makes folders": Row("import os\nos.makedirs('out/in', exist_ok=True); os.makedirs('data', exist_ok=True)",
                         {}, {}, (), ("out", "out/in")),
    "removes a tree it made": Row(
        "import os, shutil\nos.makedirs('w/v'); open('w/v/n', 'w').close(); shutil.rmtree('w')", {}),
    "reads a temporary file": Row(
        "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as f: f.write('n'); f.seek(0); f.read()", {}),
    "lists a folder": Row("import os\nos.listdir('data')", {"data/": sha("a.csv")}),
    "globs and writes there": Row(
        "import glob\nglob.glob('data/*.csv'); open('data/n.csv', 'w').write('n')",
        {"data/": sha("a.csv")}, {"data/n.csv": "n"}),
    "plots": Row(
        "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt\n"
        "plt.plot([1]); plt.savefig('p.svg', metadata={'Date': None}); open('p.svg', 'w').write('n')",
        {}, {"p.svg": "n"}),
    "asks whether a file is there": Row("import os\nos.path.exists('old.txt')", {"old.txt": OLD}),
    "reads in a pool": Row(
        f"def size(name): return len(open(name).read())\n{POOL}.map(size, ['old.' + 'txt', 'data/' + 'a.csv'] * 3)",
        {"old.txt": OLD, "data/a.csv": A}),
    "writes in a pool": Row(
        f"def make(name): open(name, 'w').write('n')\n{POOL}.map(make, ['new.' + 'txt', 'old.' + 'txt'])",
        {}, {"new.txt": "n", "old.txt": "n"}),
    "reads from a thread": Row(
        f"import threading\nt = threading.Thread(target=lambda: {READ}); t.start(); t.join()",
        {"old.txt": OLD}),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_step_that(observed: Callable[..., Files], store: Path, name: str) -> None:
    row = ROWS[name]
    files = observed(row.code)
    assert files["read"] == row.read
    assert {n: entry["digest"] for n, entry in files["written"].items()} == {
        n: sha(text) for n, text in (row.written or {}).items()
    }
    for path, text in (row.written or {}).items():
        assert layout.archive(store, sha(text)).read_text() == text
        assert files["written"][path]["size"] == len(text)
    assert (files["removed"], files["folders"]) == ([*row.removed], [*row.folders])
    for path, digest in row.read.items():
        if path not in files["written"] and path not in files["removed"]:
            assert contents.state(store, store.parent, path, files) == digest


def test_a_database_is_read_and_if_it_changed_written(observed: Callable[..., Files]) -> None:
    only_read = observed(
        "import sqlite3\nsqlite3.connect('base.db').execute('select * from t').fetchall()"
    )
    assert (list(only_read["read"]), only_read["written"]) == (["base.db", "base.db-wal"], {})
    assert only_read["read"]["base.db-wal"] == "absent"


def test_rows_that_are_not_in_the_database_file_yet_count(
    observed: Callable[..., Files], store: Path
) -> None:
    writer = sqlite3.connect(store.parent / "base.db", isolation_level=None)
    writer.execute("pragma journal_mode=wal")
    writer.execute("insert into t values (1)")
    files = observed(
        "import sqlite3\nsqlite3.connect('base.db').execute('select * from t').fetchall()"
    )
    assert list(files["read"]) == ["base.db", "base.db-wal"]
    assert files["read"]["base.db-wal"] != contents.ABSENT
    writer.close()


def test_a_database_that_was_changed_is_written(observed: Callable[..., Files]) -> None:
    files = observed(
        "import sqlite3\nwith sqlite3.connect('base.db') as c: c.execute('insert into t values (1)')"
    )
    assert (list(files["read"]), list(files["written"])) == (
        ["base.db", "base.db-wal"],
        ["base.db"],
    )
    assert files["read"]["base.db"] not in {None, files["written"]["base.db"]["digest"]}


def test_a_file_that_another_process_changed_meanwhile_has_no_digest(
    observed: Callable[..., Files],
) -> None:
    files = observed(f"{READ}\n!echo more | tee -a old.* > /dev/null")
    assert files["read"] == {"old.txt": None}


COMPILED = "import pyarrow as pa, pyarrow.csv as c\nplace = lambda *parts: ''.join(parts)\n"


def test_what_the_compiler_knows_to_be_read_by_compiled_code_counts(
    observed: Callable[..., Files],
) -> None:
    code = f"{COMPILED}c.read_csv(place('data/', 'a.csv'))"
    files = observed(code, files={"data/a.csv": "reads", "missing.csv": "reads"})
    assert (files["read"], files["written"]) == ({"data/a.csv": A}, {})


PARQUET = (
    "import pandas as pd, pyarrow as pa, pyarrow.parquet as pq\nname = 'days/{}.parquet'.format\n"
)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("pd.read_parquet(name(1))", ["days/1.parquet"]),
        ("pq.read_table(name(1))", ["days/1.parquet"]),
        ("pq.ParquetFile(name(1)).read()", ["days/1.parquet"]),
        ("pd.read_parquet(name(1)[:5])", ["days/", "days/1.parquet", "days/2.parquet"]),
    ],
)
def test_parquet_files_under_computed_names_are_read(
    observed: Callable[..., Files], store: Path, code: str, read: list[str]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (store.parent / "days").mkdir(parents=True, exist_ok=True)
    for day in (1, 2):
        pq.write_table(pa.table({"x": [day]}), store.parent / "days" / f"{day}.parquet")
    files = observed(PARQUET + code)
    assert (sorted(files["read"]), files["written"]) == (read, {})
    for path, digest in files["read"].items():
        assert contents.state(store, store.parent, path, files) == digest


@pytest.mark.parametrize(
    "code",
    [
        "pd.DataFrame({'x': [1]}).to_parquet(name(3)[5:])",
        "pq.write_table(pa.table({'x': [1]}), name(3)[5:])",
    ],
)
def test_parquet_files_under_computed_names_are_written(
    observed: Callable[..., Files], store: Path, code: str
) -> None:
    files = observed(PARQUET + code)
    assert (files["read"], list(files["written"])) == ({}, ["3.parquet"])
    digest = files["written"]["3.parquet"]["digest"]
    assert layout.archive(store, digest).read_bytes() == (store.parent / "3.parquet").read_bytes()


def test_what_the_compiler_knows_to_be_written_by_compiled_code_is_kept(
    observed: Callable[..., Files],
) -> None:
    code = f"{COMPILED}with pa.OSFile(place('old.', 'txt'), 'wb') as f: f.write(b'n')"
    files = observed(code, files={"old.txt": "writes", "helper.py": "writes"})
    assert files["read"] == {}
    assert {path: entry["digest"] for path, entry in files["written"].items()} == {
        "old.txt": sha("n")
    }


def test_what_setup_reads_counts_and_what_it_writes_does_not(
    observed: Callable[..., Files],
) -> None:
    files = observed("1 + 1", setup=f"{READ}; open('log.txt', 'a').write('setup')")
    assert (files["read"], files["written"]) == ({"old.txt": OLD}, {})


def test_local_modules_are_followed_and_installed_ones_are_not(
    observed: Callable[..., Files], store: Path
) -> None:
    files = observed("import json, pandas, mine, tomllib")
    assert files["modules"] == {
        name: contents.digest(store, str(store.parent / name)) for name in ("helper.py", "mine.py")
    }
    assert files["read"] == {"old.txt": OLD}  # by the module, while it was imported


def test_files_elsewhere_have_their_whole_path_and_are_not_kept(
    observed: Callable[..., Files], store: Path, tmp_path: Path
) -> None:
    place = tmp_path / "elsewhere.txt"
    files = observed(f"open({str(place)!r}, 'w').write('far away')")
    assert files["written"][str(place)]["digest"] == sha("far away")
    assert not layout.archive(store, sha("far away")).exists()


def test_a_disk_that_is_mounted_below_a_folder_of_the_systems_is_the_users() -> None:
    scope = Scope(Path("/home/ada/project"))
    assert scope.has("/run/media/ada/disk/a.csv")
    assert not scope.has("/run/lock/a.csv")


def test_what_is_executable_stays_so(observed: Callable[..., Files]) -> None:
    files = observed("import os\nopen('run.sh', 'w').write('#!'); os.chmod('run.sh', 0o755)")
    assert files["written"]["run.sh"]["mode"] == 0o755


def test_a_kept_file_is_a_copy(observed: Callable[..., Files], store: Path) -> None:
    observed("open('new.txt', 'w').write('first')")
    (store.parent / "new.txt").write_text("changed later")
    assert layout.archive(store, sha("first")).read_text() == "first"


def test_observing_does_not_change_the_errors_of_the_user(observed: Callable[..., Files]) -> None:
    files = observed("""
        import os
        caught = []
        for path in ("no/such", b"\\xff", "a\\0b", 10**6, object(), ["x"], ""):
            try: open(path)
            except BaseException as error: caught.append(type(error).__name__)
        for call in (os.listdir, os.remove, os.mkdir, os.scandir):
            try: call("no/such/place")
            except OSError as error: caught.append(type(error).__name__)
        assert caught == ["FileNotFoundError", "FileNotFoundError", "ValueError", "OSError",
                          "TypeError", "TypeError", "FileNotFoundError", *["FileNotFoundError"] * 4]
    """)
    assert files["written"] == {}


def test_a_large_file_is_hashed_once_until_it_changes(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"1" * (2 << 20))
    time.sleep(0.15)  # what was written a moment ago is not trusted to keep its time
    first = contents.digest(tmp_path, str(large))
    seen = contents.marks(str(large))
    assert seen is not None
    assert contents.known(tmp_path, seen) == first == sha(b"1" * (2 << 20))
    with large.open("r+b") as file:
        file.write(b"2")
    assert contents.digest(tmp_path, str(large)) == sha(b"2" + b"1" * ((2 << 20) - 1))


def test_what_exit_handlers_write_is_kept_like_what_cells_write(
    observed: Callable[..., Files], store: Path
) -> None:
    found = observed(
        """
        import atexit
        log = open("log.txt", "w")
        log.write("begun\\n")
        open("kept.txt", "w").write("kept")
        def leave():
            log.write("ended\\n")
            log.close()
            open("last.txt", "w").write(open("old.txt").read())
        atexit.register(leave)
        """
    )
    assert found["written"].keys() == {"kept.txt", "last.txt", "log.txt"}
    assert found["written"]["log.txt"]["digest"] == sha("begun\nended\n")
    assert found["written"]["last.txt"]["digest"] == sha("old")
    assert layout.archive(store, found["written"]["last.txt"]["digest"]).read_text() == "old"
    assert found["read"] == {"old.txt": sha("old")}
