"""What a unit runs again before its own cells, and what it is given instead."""

from __future__ import annotations

import pytest
from flows import codes, edges, flow_of, inputs, replayed, triples

from nbprism.compiler.code.normalised import normalised

SETUP = "import numpy as np\nimport pandas as pd\nimport math\nPI = 3\nTWO = PI - 1\ndef area(r): return PI * r\n"


def test_only_what_a_unit_needs_is_replayed_in_notebook_order() -> None:
    flow = flow_of(("imports", SETUP), ("a", "x = area(2)"), ("b", "y = TWO"), ("c", "print(x, y)"))
    assert replayed(flow, "a") == ("PI", "area")
    assert replayed(flow, "b") == ("PI", "TWO")
    assert replayed(flow, "c") == ()
    assert edges(flow) == {("a", "c"), ("b", "c")}


def test_configuration_at_setup_level_is_replayed_in_every_unit() -> None:
    flow = flow_of(
        ("imports", "import numpy as np\nnp.random.seed(0)"), ("a", "x = 1"), ("b", "y = 2")
    )
    assert [part.source for part in flow.step("b").replay] == [
        "import numpy as np",
        "np.random.seed(0)",
    ]


def test_configuration_in_a_step_is_replayed_where_its_package_is_used() -> None:
    flow = flow_of(
        ("a", "import pandas as pd\npd.set_option('display.width', 9)"),
        ("b", "df = pd.DataFrame()"),
        ("c", "n = 1"),
    )
    assert [part.source for part in flow.step("b").replay][
        -1
    ] == "pd.set_option('display.width', 9)"
    assert flow.step("c").replay == ()
    assert edges(flow) == set()


def test_what_setup_does_outside_the_notebook_is_replayed_and_what_it_prints_is_not() -> None:
    source = "import os\nprint(os.sep)\nos.makedirs('out', exist_ok=True)\n'a note'"
    flow = flow_of(("imports", source), ("a", "x = 1"))
    assert [part.source for part in flow.step("a").replay] == [
        "import os",
        "os.makedirs('out', exist_ok=True)",
    ]


def test_a_definition_of_another_step_is_replayed_with_what_it_needs() -> None:
    flow = flow_of(
        ("a", "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int\np = P(1)"),
        ("b", "print(p.x)"),
    )
    assert replayed(flow, "b") == ("dataclasses", "P")
    assert inputs(flow) == triples("a->b: p")


def test_a_guarded_import_is_replayed_whole() -> None:
    source = "try:\n    import fast as impl\nexcept ImportError:\n    impl = None"
    flow = flow_of(("a", source), ("b", "print(impl)"))
    assert [part.source for part in flow.step("b").replay] == [source]


def test_a_setup_definition_that_needs_a_computed_value_runs_after_the_load() -> None:
    flow = flow_of(
        ("a", "base = sum([1, 2])"), ("functions", "def f(k=base): return k"), ("b", "print(f())")
    )
    (part,) = flow.step("b").replay
    assert part.after_load
    assert inputs(flow) == triples("a->b: base")


def test_a_definition_made_from_a_computed_value_in_a_step_is_shipped() -> None:
    flow = flow_of(("a", "base = sum([1])"), ("b", "def f(k=base): return k"), ("c", "print(f())"))
    assert inputs(flow) == triples("a->b: base; b->c: f")


def test_a_setup_value_that_a_step_changes_comes_from_that_step() -> None:
    flow = flow_of(("setup", "cfg = {}"), ("a", "cfg['x'] = 1"), ("b", "print(cfg)"))
    assert replayed(flow, "a") == ("cfg",)
    assert inputs(flow) == triples("a->b: cfg")
    assert replayed(flow, "b") == ()


def test_setup_statements_that_build_up_a_value_are_all_replayed() -> None:
    flow = flow_of(("setup", "cfg = {}\ncfg['x'] = 1\ncfg.update(y=2)"), ("a", "print(cfg)"))
    assert len(flow.step("a").replay) == 3


def test_names_that_share_an_object_are_carried_along() -> None:
    flow = flow_of(("s", "a = []"), ("t", "b = a"), ("u", "b.append(1)"), ("v", "print(a)"))
    assert [(item.name, item.source) for item in flow.step("u").carried] == [("a", "t")]
    assert "a" in flow.step("t").outputs


def test_a_statement_among_others_on_a_line_is_replayed_alone() -> None:
    flow = flow_of(("a", "import os; x = 1"), ("b", "print(os.sep)"))
    assert [part.source for part in flow.step("b").replay] == ["import os"]


def test_each_step_gets_the_parameters_it_reads() -> None:
    flow = flow_of(
        (
            "parameters",
            "lr = -0.1\nn: int = 3\nopt = None\nxs = [1, -2]\ncfg = {'a': [True]}\nbig = 10 ** 6",
        ),
        ("functions", "def rate(): return lr"),
        ("a", "x = rate()"),
        ("b", "y = n, opt, xs, cfg"),
    )
    assert [(p.name, p.type, p.default) for p in flow.parameters] == [
        ("lr", "float", -0.1),
        ("n", "int", 3),
        ("opt", "None", None),
        ("xs", "list", [1, -2]),
        ("cfg", "dict", {"a": [True]}),
        ("big", "int", 1000000),
    ]
    assert flow.step("a").parameters == ("lr",)
    assert flow.step("b").parameters == ("cfg", "n", "opt", "xs")


def test_metrics_are_what_the_cell_assigns_or_prints() -> None:
    flow = flow_of(("a", "x = 1"), ("metrics:a", "acc = x\nprint('loss', x)\nloss, n = 1, 2"))
    assert flow.step("a").metrics == ("acc", "x", "loss", "n")


def test_a_file_written_here_and_read_there_joins_the_steps() -> None:
    flow = flow_of(
        ("a", "open('o.txt', 'w').write('x')"), ("b", "PATH = 'o.txt'\nt = open(PATH).read()")
    )
    assert edges(flow) == {("a", "b")}
    assert flow.edges[0].names == ()
    assert "o.txt" in flow.edges[0].reason


DIAGNOSTICS = [
    ("undefined-name", [("a", "print(missing)")]),
    ("undefined-name", [("a", "print(x)"), ("b", "x = 1")]),
    ("used-before-definition", [("a", "def f(): return x\nf()"), ("b", "x = 1")]),
    ("lost-definition", [("a", "x = 1"), ("b", "del x"), ("c", "print(x)")]),
    ("conditional-definition", [("a", "import sys\nif len(sys.argv) > 9:\n    x = 1"), ("b", "print(x)")]),
    ("unpicklable", [("a", "g = (i for i in [1])"), ("b", "print(list(g))")]),
    ("unpicklable", [("a", "f = open('x')"), ("b", "print(f)")]),
    ("unpicklable", [("a", "import threading\nd = {'l': threading.Lock()}"), ("b", "print(d)")]),
    ("output-history", [("a", "print(Out[3])")]),
    ("output-history", [("a", "1 + 1"), ("b", "print(_)")]),
    ("dynamic-code", [("a", "exec(input())")]),
    ("dynamic-code", [("a", "for n in ['a' * 2]:\n    globals()[n] = 1")]),
    ("star-import", [("a", "from nowhere_at_all import *")]),
    ("opaque-magic", [("a", "%frobnicate x")]),
    ("opaque-magic", [("a", "%run other.py")]),
    ("cell-syntax", [("a", "x = (")]),
    ("parameter-shadowed", [("parameters", "lr = 1"), ("a", "lr = 2\nprint(lr)")]),
    ("parameter-not-literal", [("parameters", "lr = compute()"), ("a", "print(1)")]),
    ("step-interleaved", [("a", "x = 1"), ("b", "print(x)"), ("a", "x = 2"), ("c", "print(x)")]),
    ("step-interleaved", [("a", "x = 1\nprint(x)"), ("b", "x = 2"), ("a", "print(x)")]),
    ("setup-repeated", [("imports", "import pandas as pd\ndf = pd.read_csv('x')"), ("a", "df.a"), ("b", "df.b")]),
    ("memoised-function", [("functions", "import functools\nseen = []\n@functools.cache\ndef f(n):\n    seen.append(n)\n    return n"), ("a", "x = f(1)"), ("b", "print(f(1), seen)")]),
    ("memoised-function", [("functions", "import functools\n@functools.lru_cache(maxsize=None)\ndef f():\n    return {}"), ("a", "f()['x'] = 1"), ("b", "print(f())")]),
    ("memoised-function", [("a", "import functools\nclass L:\n    n = 0\n    @functools.cache\n    def load(self):\n        self.n += 1\nl = L()"), ("b", "l.load()"), ("c", "l.load()\nprint(l.n)")]),
    ("memoised-function", [("functions", "import functools\n@functools.cache\ndef f(n):\n    print(n)\n    return n"), ("a", "x = f(1)"), ("b", "y = f(1)")]),
    ("random-state", [("imports", "import random\nrandom.seed(1)"), ("a", "x = random.random()"), ("b", "y = random.random()")]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "cells"), DIAGNOSTICS)
def test_a_mistake_is_found(code: str, cells: list[tuple[str, str]]) -> None:
    assert code in codes(flow_of(*cells))


@pytest.mark.parametrize(("code", "cells"), DIAGNOSTICS)
def test_a_finding_says_where_and_what_to_do(code: str, cells: list[tuple[str, str]]) -> None:
    for finding in flow_of(*cells).diagnostics:
        assert finding.cell
        assert finding.line
        assert finding.hint
        assert finding.message.endswith(".")


def test_a_near_miss_is_suggested() -> None:
    (finding,) = flow_of(("a", "patients = 1"), ("b", "print(patient)")).diagnostics
    assert finding.hint == "Did you mean `patients`?"


def test_a_definition_below_is_named() -> None:
    (finding,) = flow_of(("a", "print(x)"), ("b", "x = 1")).diagnostics
    assert "defined below, in step `b`" in finding.message


def test_setup_between_the_cells_of_a_step_is_called_setup() -> None:
    flow = flow_of(("setup", "n = 1"), ("a", "print(n)"), ("setup", "n = 2"), ("a", "print(n)"))
    (finding,) = flow.diagnostics
    assert finding.code == "step-interleaved"
    assert "None" not in finding.message
    assert "setup" in finding.message
    assert "into a step" in finding.hint


CONFIGURATIONS = [
    "from pathlib import Path\nROOT = Path('.') / 'x'\nOUT = Path(ROOT)",
    "import logging\nlogging.basicConfig(level=1)\nOUT = logging.getLogger('x')",
    "import sys\nsys.path.insert(0, '.')\nOUT = 1",
    "import torch\nOUT = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
    "import re\nOUT = re.compile('x')",
    "OUT = {}\nOUT['x'] = 1\nOUT.update(y=2)\nassert OUT",
    "import warnings\nwarnings.filterwarnings('ignore')\nOUT = [c for c in 'abc']",
]


@pytest.mark.parametrize("role", ["imports", "functions"])
@pytest.mark.parametrize("source", CONFIGURATIONS)
def test_ordinary_configuration_may_be_repeated(source: str, role: str) -> None:
    assert codes(flow_of((role, source), ("a", "print(OUT)"), ("b", "print(OUT)"))) == []


@pytest.mark.parametrize("role", ["imports", "functions"])
def test_what_takes_long_is_better_a_step(role: str) -> None:
    source = "import pandas as pd\ndf = pd.read_csv('x')"
    (finding,) = flow_of((role, source), ("a", "df.a"), ("b", "df.b")).diagnostics
    assert finding.code == "setup-repeated"
    assert f"tag its cell `step:NAME` instead of `{role}`" in finding.hint


QUIET = [
    "try:\n    unknown\nexcept NameError:\n    unknown = 1",
    "if 'cache' not in globals():\n    cache = {}\nprint(cache)",
    "f = lambda v: v\nd = {'f': f}",
    "print(__name__)\ndisplay(1)\nget_ipython()",
    "for _ in range(3):\n    pass\nprint(_)",
    "def later():\n    return not_yet\n",
    "with open('x') as f:\n    text = f.read()",
    "import sys\nif sys.version_info > (3, 8):\n    import math",
    "x: int\ny: 'Later' = 1",
    "class Node:\n    def __init__(self):\n        self.next = None\n    def link(self) -> 'Node':\n        return self",
]  # fmt: skip


@pytest.mark.parametrize("source", QUIET)
def test_ordinary_code_is_not_complained_about(source: str) -> None:
    assert codes(flow_of(("a", source), ("b", "print(1)"))) == []


def nested(count: int) -> dict[str, str]:
    """Return code that nests so often, by construct."""
    branches = "".join(f"elif x == {i}:\n    y = {i}\n" for i in range(count))
    return {
        "elif": f"if x == 0:\n    y = 0\n{branches}else:\n    y = 5",
        "sum": "y = " + "+".join(["x"] * count),
        "calls": "y = str(x)" + ".strip()" * count,
        "attributes": "y = x" + ".real" * count,
        "signs": "y = " + "-" * count + "x",
        "choices": "y = " + "x if x else " * count + "x",
        "powers": "y = " + "**".join(["x"] * count),
    }


@pytest.mark.parametrize("name", nested(1))
@pytest.mark.parametrize("role", ["a", "imports", "functions", "parameters", "metrics:a"])
@pytest.mark.parametrize("count", [100, 326, 700, 5000])
def test_code_nested_deeply_is_understood_or_a_finding(count: int, role: str, name: str) -> None:
    flow = flow_of(("setup", "x = 1"), (role, nested(count)[name]), ("b", "print(y)"))
    assert set(codes(flow, "error")) <= {"cell-too-complex", "undefined-name"}
    normalised(nested(count)[name])


@pytest.mark.parametrize(("name", "count"), [("elif", 250), ("sum", 900), ("calls", 200)])
def test_long_chains_are_understood(name: str, count: int) -> None:
    flow = flow_of(("setup", "x = 1"), ("a", nested(count)[name]), ("b", "print(y)"))
    assert codes(flow) == []
    assert inputs(flow) == triples("a->b: y")
    assert normalised(nested(count)[name])


def test_a_statement_that_is_too_complex_is_named() -> None:
    (finding, *_) = flow_of(("a", f"x = 1\n{nested(900)['choices']}")).diagnostics
    assert (finding.code, finding.cell, finding.line) == ("cell-too-complex", "c0", 2)


def test_a_parameter_reaches_what_its_cell_makes_of_it() -> None:
    flow = flow_of(("parameters", "n = 1\nm = n * 2\nhidden = (m, n)"), ("a", "print(hidden)"))
    assert [parameter.name for parameter in flow.parameters] == ["n"]
    assert flow.step("a").parameters == ("n",)
    assert replayed(flow, "a") == ("m", "hidden")
    assert codes(flow) == ["parameter-not-literal"] * 2


def test_a_parameter_given_another_value_after_it_was_used_keeps_its_default() -> None:
    flow = flow_of(("parameters", "n = 1\nm = n * 2\nn = 5"), ("a", "print(n, m)"))
    assert [(p.name, p.default) for p in flow.parameters] == [("n", 1)]
    assert replayed(flow, "a") == ("m", "n")
