"""Files join steps where the notebook spells their paths out."""

from __future__ import annotations

import pytest
from flows import edges, flow_of

SETUP = "from pathlib import Path\nimport os\nimport pandas as pd\nimport matplotlib.pyplot as plt"
JOINED = [
    ("a reader waits for the last writer", ["open('x', 'w').write('1')", "open('x', 'w').write('2')", "print(open('x').read())"], "ab bc"),
    ("appending comes after what is there", ["open('x', 'w').write('1')", "open('x', 'a').write('2')", "print(open('x').read())"], "ab bc"),
    ("a writer waits for earlier readers", ["s = open('x').read()", "t = open('x').read()", "open('x', 'w').write('')"], "ac bc"),
    ("a path object", ["P = Path('x')\nP.write_text('1')", "print(Path('x').read_text())"], "ab"),
    ("a path that is joined", ["(Path('d') / 'x').write_text('1')", "print(open('d/x').read())", "os.path.exists(os.path.join('d', 'x'))"], "ab ac"),
    ("a path in an f-string", ["d = 'd'", "open(f'{d}/x', 'w').write('')", "open('./' + d + '/x').read()"], "ab ac bc"),
    ("a frame at a path object", ["df = pd.DataFrame()\ndf.to_csv(path_or_buf=Path('x'))", "pd.read_csv('x')"], "ab"),
    ("a figure", ["plt.savefig(Path('x.png'))", "open('x.png', 'rb').read()"], "ab"),
    ("a path's own open", ["with Path('x').open('w') as f:\n    f.write('')", "Path('x').open().read()"], "ab"),
    ("rows written through a cursor", ["import sqlite3\nc = sqlite3.connect('x.db')\ncur = c.cursor()\ncur.execute('insert into t values (1)')\nc.commit()", "import sqlite3\nprint(sqlite3.connect('x.db').execute('select 1 from t').fetchall())"], "ab"),
    ("a frame written to a database", ["import sqlite3\npd.DataFrame().to_sql('t', sqlite3.connect('x.db'))", "import sqlite3\npd.read_sql('select 1', sqlite3.connect('x.db'))"], "ab"),
    ("a mode nobody sees", ["import sys\nopen('x', sys.argv[1])", "open('x')"], "ab"),
    ("removing", ["open('x')", "os.remove('x')", "Path('x').exists()"], "ab bc"),
]  # fmt: skip
APART = [
    ("readers", ["pd.read_csv('x')", "pd.read_csv('x')", "open('x')"], ""),
    ("databases that are only asked", ["import sqlite3\nsqlite3.connect('x.db').execute('select 1')"] * 2, ""),
    ("other files", ["open('x', 'w')", "open('y', 'w')", "open('z')"], ""),
    ("a path with an unknown part", ["import sys\nopen(f'{sys.argv[0]}x', 'w')", "open('x')"], ""),
    ("a path in a loop", ["for i in range(3):\n    open(f'x{i}', 'w')", "open('x')"], ""),
]  # fmt: skip
SHARED = [
    ("a path made at setup level", ["P.write_text('1')", "print(P.read_text())"], "ab"),
    ("a text bound at setup level", ["open(p, 'w')", "pd.read_csv(p)", "print(p)"], "ab"),
    ("a folder at setup level", ["(D / 'x').touch()", "open(D.joinpath('x'))", "open(str(D) + '/x')"], "ab ac"),
]  # fmt: skip


def _joined(setup: str, sources: list[str]) -> set[str]:
    flow = flow_of(("setup", setup), *zip("abc", sources, strict=False))
    return {source + target for source, target in edges(flow)}


@pytest.mark.parametrize(
    ("sources", "expected"),
    [row[1:] for row in (*JOINED, *APART)],
    ids=[row[0] for row in (*JOINED, *APART)],
)
def test_files_join_exactly_these_steps(sources: list[str], expected: str) -> None:
    assert _joined(SETUP, sources) == set(expected.split())


@pytest.mark.parametrize(
    ("sources", "expected"), [row[1:] for row in SHARED], ids=[row[0] for row in SHARED]
)
def test_paths_bound_at_setup_level_are_known(sources: list[str], expected: str) -> None:
    bound = f"{SETUP}\nP = Path('x.txt')\np = 'x.txt'\nD = Path('d')"
    assert _joined(bound, sources) == set(expected.split())


def test_the_reason_names_both_uses() -> None:
    flow = flow_of(("a", "open('x').read()"), ("b", "\nopen('x', 'a')"))
    assert flow.edges[0].reason == "`b` writes the file 'x' that `a` reads, line 2"


def test_uses_join_in_the_order_of_cells_where_a_step_is_split() -> None:
    flow = flow_of(("a", "x = 1"), ("b", "open('x', 'w').write('')"), ("a", "print(open('x'))"))
    assert edges(flow) == {("b", "a")}
