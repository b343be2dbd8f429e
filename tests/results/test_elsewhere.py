"""What functions and classes of a kernel keep, and need, in a cell that runs elsewhere."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from elsewhere import elsewhere
from test_capture import captured, kernel

COUNTER = """
def make():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    return inc
"""
CLASSES = """
k = 3
def helper(x): return x * k
class Model:
    runs = 0
    def go(self):
        type(self).runs += 1
        return helper(1) + k + Model.runs
Model().go(); model = Model()
"""
DATA = """
from dataclasses import dataclass, field
k = 3
@dataclass
class Data:
    items: list = field(default_factory=list)
    def add(self, x):
        self.items.append(x * k)
data = Data()
"""
DEFAULT = "k = [5]\ndef f(x, seen={}):\n    seen[x] = k\n    return len(seen)\nf(0); g = f"
ATTRIBUTE = "def g():\n    g.n = getattr(g, 'n', 0) + 1\n    return g.n\ng()"
REGISTER = "class C:\n    n = 0\nC.n = 3; C.names = ['a']; same = C"


@pytest.mark.parametrize(
    ("source", "cell", "wrote", "after", "told"),
    [
        (COUNTER + "one = make(); one(); held = [one]", "print(one())", "2",
         "print(one(), held[0] is one)", "3 True"),
        (COUNTER + "inc = make(); inc()", "print(inc())", "2", "print(inc())", "3"),
        (COUNTER + "inc = make(); inc()", "print(1)", "1", "print(inc())", "2"),
        (DEFAULT, "print(f(1))", "2", "print(f(2), g is f)", "3 True"),
        (ATTRIBUTE, "print(g())", "2", "print(g())", "3"),
        ("a = 1\ndef f(x, a=a): return x + a\na = 2", "print(f(0))", "1", "print(f(0))", "1"),
        (CLASSES, "print(Model().go(), model.go())\nmore = Model()", "8 9",
         "print(model.go(), isinstance(more, Model))", "10 True"),
        (DATA, "data.add(2)\nmore = Data([1])", "", "print(data, isinstance(more, Data))",
         "Data(items=[6]) True"),
        (DATA + "all_ = {'a': [data]}", "for one in all_['a']:\n    one.add(1)", "",
         "print(data, all_['a'][0])", "Data(items=[]) Data(items=[3])"),
        (DATA + "import types\nheld = types.SimpleNamespace(data=data)", "held.data.add(1)", "",
         "print(held.data)", "Data(items=[3])"),
        (REGISTER, "print(C.n, C.names)\nC.n = 7\nC.names.append('b')", "3 ['a']",
         "print(C.n, C.names, same is C)", "7 ['a', 'b'] True"),
        ("n = 0\ndef add():\n    global n\n    n += 1\n    return n\nadd()", "print(add())", "2",
         "print(add(), n)", "3 3"),
    ],
)  # fmt: skip
def test_what_they_keep_goes_along_and_comes_back(
    source: str, cell: str, wrote: str, after: str, told: str, tmp_path: Path
) -> None:
    namespace = kernel(source)
    assert elsewhere(cell, namespace, tmp_path) == wrote + "\n" * bool(wrote)
    with redirect_stdout(StringIO()) as here:
        exec(after, namespace)
    assert here.getvalue() == f"{told}\n"


def test_what_a_decorator_keeps_is_said_to_stay() -> None:
    source = (
        "import functools\ndef memo(f):\n    seen = {}\n    @functools.wraps(f)\n"
        "    def inner(x):\n        return seen.setdefault(x, f(x))\n    return inner\n"
        "@memo\ndef square(x): return x * x\n@functools.cache\ndef cube(x): return x ** 3\n"
    )
    found = captured("square(2), cube(2)", kernel(source))
    (note,) = found.notes
    assert note.startswith("square is decorated by something that keeps")
    assert "square" not in found.outputs


def test_a_class_without_functions_is_found_in_the_history() -> None:
    namespace = kernel("import enum\nclass Colour(enum.Enum):\n    RED = 1\n    BLUE = 2")
    namespace["In"] = ["", "import enum", "class Colour(enum.Enum):\n    RED = 1\n    BLUE = 2"]
    found = captured("c = Colour.RED", namespace)
    assert "Colour" not in found.inputs
    assert any(
        "BLUE = 2" in "".join(cell["source"]) for cell in found.plan.units[0].notebook["cells"]
    )
