"""What a cell needs of the kernel it is typed in."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbprism.compiler import PlanRejected
from nbprism.offload.capture import Capture, capture


def kernel(source: str) -> dict[str, Any]:
    """Return the namespace of a kernel that ran the source, which `inspect` can find."""
    name = f"<kernel {abs(hash(source))}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, name, "exec"), namespace)
    return namespace


def captured(cell: str, namespace: dict[str, Any] | None = None, **settings: Any) -> Capture:
    return capture(cell, namespace or {}, settings, name="demo")


@pytest.mark.parametrize(
    ("cell", "inputs", "outputs"),
    [
        ("y = x + 1", {"x"}, {"y"}),
        ("x.append(1)", {"x"}, {"x"}),
        ("for i in x: pass", {"x"}, {"i"}),
        ("print(len(x))", {"x"}, set()),
        ("if x: z = 1", {"x"}, {"z"}),
        ("frame['b'] = 1", {"frame"}, {"frame"}),
        ("frame.head()", {"frame"}, set()),
        ("total = array.sum()", {"array"}, {"total"}),
        ("array.sort()", {"array"}, {"array"}),
        ("x = 3", set(), {"x"}),
        ("%time y = x", {"x"}, {"y"}),
        ("nothing = None", set(), {"nothing"}),
        ("y = _mine", {"_mine"}, {"y"}),
    ],
)
def test_a_cell_takes_what_it_reads_and_gives_what_it_binds_or_changes(
    cell: str, inputs: set[str], outputs: set[str]
) -> None:
    namespace = {"x": [1], "frame": pd.DataFrame({"a": [1]}), "array": np.zeros(3), "other": 2}
    namespace |= {"_mine": 3, "_": 4, "_i12": "", "_12": 5, "_oh": {}, "__": 6}
    found = captured(cell, namespace)
    assert (set(found.inputs), set(found.outputs)) == (inputs, outputs)


def test_a_function_brings_what_it_reads() -> None:
    namespace = kernel(
        "import numpy as np\nscale = 2\ndef inner(a):\n    return np.sum(a) * scale\n"
        "def outer(a):\n    return inner(a)\nunused = 1"
    )
    found = captured("y = outer([1])", namespace)
    assert found.inputs == ("scale",)
    code = "\n".join(cell["source"] for cell in found.plan.units[0].notebook["cells"])
    assert "import numpy as np" in code
    assert "def inner" in code
    assert "def outer" in code


def test_what_the_cell_defines_comes_back_as_source() -> None:
    found = captured("import math\ndef area(r):\n    return math.pi * r * r\nvalue = area(1)")
    assert found.outputs == ("value",)
    assert any("def area" in source for source in found.definitions)


@pytest.mark.parametrize(
    ("cell", "settings", "said"),
    [
        ("print(missing)", {}, "reads `missing`"),
        ("x =", {}, "not valid Python"),
        ("x = 1", {"gpuss": 1}, "Did you mean `gpus`?"),
        ("x = 1", {"cpus": -1}, "`cpus`"),
    ],
)
def test_what_cannot_run_is_refused_before_it_is_sent(
    cell: str, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(PlanRejected, match=said):
        captured(cell, **settings)


def test_settings_are_the_units() -> None:
    unit = captured("x = 1", gpus=1, memory="2GB").plan.units[0]
    assert (unit.settings.gpus, unit.settings.memory, unit.needs) == (1, 2_000_000_000, ())
