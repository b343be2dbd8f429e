"""What stands in setup cells: repeated in every unit, or run once and handed on."""

from __future__ import annotations

import pytest
from written import code, codes, compiled, roles, text

from nbprism.compiler.pipeline import Pipeline, Step

USES = (code("print(OUT)", "step:a"), code("print(OUT, 2)", "step:b"))

ONCE = [
    ("reads a file", "import pandas as pd\nOUT = pd.read_csv('x.csv')", 2),
    ("opens a file", "with open('x.txt') as f:\n    OUT = f.read()", 1),
    ("draws a number", "import random\nOUT = random.random()", 2),
    ("asks for the time", "import time\n\nOUT = time.time()", 3),
    ("makes an id", "import uuid\nOUT = uuid.uuid4().hex", 2),
    ("loops", "OUT = 0\nfor i in range(9):\n    OUT += i", 2),
    ("calls a function of the notebook", "def load():\n    return [1]\nOUT = load()", 3),
    ("calls one for its effect", "def fill():\n    global OUT\n    OUT = 1\nfill()", 4),
    ("makes a model", "from sklearn.svm import SVC\nOUT = SVC()", 2),
    ("makes an instance with state", "class Net:\n    pass\nOUT = Net()", 3),
    ("runs a command", "!wget http://host/x.csv\nOUT = 'x.csv'", 1),
    ("starts a process", "import subprocess\nsubprocess.run(['ls'])\nOUT = 1", 2),
    ("computes under a condition", "import os\nif os.sep:\n    OUT = open('x').read()\nelse:\n    OUT = ''", 2),
    ("adds to a table what it computes", "OUT = {}\nOUT['n'] = len(open('x').read())", 2),
]  # fmt: skip
REPEATED = [
    ("constants", "from pathlib import Path\nOUT = Path('.') / 'x'\nN = -1"),
    ("seeds", "import numpy as np\nnp.random.seed(1)\nOUT = 1"),
    ("a function that seeds", "import random\ndef seed(n):\n    random.seed(n)\nseed(1)\nOUT = 1"),
    ("a connection", "import sqlite3\nOUT = sqlite3.connect('x.db')"),
    ("a client of a service", "from openai import OpenAI\nOUT = OpenAI(api_key='k')"),
    ("a session", "from pyspark.sql import SparkSession as S\nOUT = S.builder.appName('x').getOrCreate()"),
    ("a logger", "import logging\ndef made():\n    logging.basicConfig()\n    return logging.getLogger()\nOUT = made()"),
    ("the environment", "from dotenv import load_dotenv\nload_dotenv()\nOUT = 1"),
    ("a loop that configures", "import matplotlib.pyplot as plt\nfor k in 'ab':\n    plt.rcParams[k] = 1\nOUT = 1"),
    ("a folder", "import os\nos.makedirs('out', exist_ok=True)\nOUT = 'out'"),
    ("packages", "!pip install -q x\nOUT = 1"),
    ("versions shown", "import sys\nprint(sys.version)\nOUT = 1"),
]  # fmt: skip


def _steps(pipeline: Pipeline) -> dict[str, Step]:
    return {step.name: step for step in pipeline.steps}


@pytest.mark.parametrize("role", ["imports", "functions"])
@pytest.mark.parametrize(("source", "line"), [row[1:] for row in ONCE], ids=[r[0] for r in ONCE])
def test_what_computes_runs_once(role: str, source: str, line: int) -> None:
    pipeline = compiled(code(source, role), *USES)
    assert roles(pipeline)[0] == ("step", "setup")
    (found,) = [d for d in pipeline.diagnostics if d.code == "setup-runs-once"]
    assert (found.severity, found.cell, found.line) == ("info", "c0", line)
    steps = _steps(pipeline)
    last = source.splitlines()[-1].strip()
    repeated = [part.source for step in "ab" for part in steps[step].replay]
    assert last in ("OUT = 1", "OUT = 'x.csv'") or not any(last in part for part in repeated)
    assert codes(pipeline, "warning") == codes(pipeline, "error") == []


@pytest.mark.parametrize("role", ["imports", "functions"])
@pytest.mark.parametrize("source", [row[1] for row in REPEATED], ids=[row[0] for row in REPEATED])
def test_what_belongs_to_every_process_is_repeated(role: str, source: str) -> None:
    pipeline = compiled(code(source, role), *USES)
    assert roles(pipeline)[0] == (role, None)
    assert {step.name for step in pipeline.steps} == {"a", "b"}
    assert set(codes(pipeline)) <= {"setup-repeated"}


MIXED = (
    "import pandas as pd, sqlite3, os\nSEED = 7\nNAMES = ['x']\ncon = sqlite3.connect('x.db')\n"
    "os.environ['KEY'] = '1'\nload_env()\ndef f(): return SEED\ndf = pd.read_sql('select 1', con)"
)


def test_a_step_waits_for_setup_only_if_it_needs_what_runs_once() -> None:
    pipeline = compiled(
        code("def load_env(): os.environ['Z'] = '1'", "functions"),
        code(MIXED, "imports"),
        code("print(f(), SEED)", "step:light"),
        code("print(con.execute('select 1'))", "step:queries"),
        code("print(df, NAMES)", "step:heavy"),
    )
    assert [(e.source, e.target, e.names) for e in pipeline.edges] == [
        ("setup", "heavy", ("NAMES", "df"))
    ]
    light = [part.source for part in _steps(pipeline)["light"].replay]
    assert "SEED = 7" in light
    assert "os.environ['KEY'] = '1'" in light
    assert not any("read_sql" in part for part in light)
    assert "con = sqlite3.connect('x.db')" in [p.source for p in _steps(pipeline)["queries"].replay]


def test_everything_below_waits_for_setup_that_works_outside() -> None:
    pipeline = compiled(
        code("!wget http://host/x.csv\nimport pandas as pd", "imports"),
        code("df = pd.read_csv('x.csv')\ndf", "step:a"),
        code("print(1)", "step:b"),
    )
    assert {(e.source, e.target) for e in pipeline.edges} == {("setup", "a"), ("setup", "b")}
    assert "wget" in pipeline.edges[0].reason
    assert codes(pipeline) == ["setup-runs-once"]


def test_setup_below_a_step_is_a_step_of_its_own() -> None:
    pipeline = compiled(
        code("data = open('x').read()", "imports"),
        text("and more of it"),
        code("more = open('y').read()", "functions"),
        code("x = len(data + more)\nprint(x)", "step:a"),
        code("def f(): return 1\ny = f() + x", "functions"),
        code("print(x, y)", "step:setup_2"),
    )
    assert roles(pipeline)[0] == roles(pipeline)[2] == ("step", "setup")
    assert roles(pipeline)[4] == ("step", "setup_3")
    assert [(e.source, e.target) for e in pipeline.edges] == [
        ("setup", "a"), ("a", "setup_3"), ("a", "setup_2"), ("setup_3", "setup_2"),
    ]  # fmt: skip


def test_in_a_notebook_without_steps_it_is_part_of_the_whole() -> None:
    pipeline = compiled(code("x = open('x').read()", "imports"), code("print(x)"))
    assert roles(pipeline) == [("step", "notebook"), ("step", "notebook")]
    assert codes(pipeline) == []


def test_an_object_known_by_identity_is_the_same_in_all_that_setup_computes() -> None:
    source = "MISSING = object()\ntable = dict(a=MISSING, b=len(open('x').read()))"
    pipeline = compiled(code(source, "functions"), code("print(table['a'] is MISSING)", "step:a"))
    assert _steps(pipeline)["a"].replay == ()
    assert [edge.names for edge in pipeline.edges] == [("MISSING", "table")]
