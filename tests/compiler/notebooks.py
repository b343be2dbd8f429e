"""Writes random notebooks that run: every statement only uses what is bound and fits.

`pick(n)` gives a number below `n`; hypothesis or a seeded generator stands behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import constructs
import outside_constructs

from nbprism.compiler.flow import CellRole, CodeCell

Pick = Callable[[int], int]

DEFINITIONS = {
    "reads": "def {f}(v):\n    return v + {int}",
    "default": "def {f}(v, k={int}):\n    return v + k",
    "calls": "def {f}(v):\n    return {fn}(v) + 1",
    "sets": "def {f}(v):\n    global {int}\n    {int} = v\n    return v",
    "early": "def {f}(v):\n    global {int}\n    if v > 2:\n        return v\n    {int} = v\n    return 0",
    "grows": "def {f}(v):\n    {list}.append(v)\n    return len({list})",
    "state": "def {f}(v, seen=[]):\n    seen.append(v)\n    return len(seen)",
    "recursive": "def {f}(v):\n    return 0 if v < 1 else {int} + {f}(min(v, 5) - 1)",
    "lambda": "{f} = lambda v: v + {int}",
    "mapped": "def {f}(v):\n    return sum(map(lambda u: u + {int}, [v, v]))",
    "decorated": "@twice\ndef {f}(v):\n    return v + {int}",
}
CLASSES = {
    "plain": "class {c}:\n    def __init__(self, items):\n        self.items = items\n"
    "    def add(self, v):\n        self.items.append(v)\n        return self\n"
    "    def total(self):\n        return sum(self.items) + {int}",
    "shared": "class {c}:\n    made = []\n    def __init__(self, items):\n        self.items = items\n"
    "        self.made.append(1)\n    def add(self, v):\n        self.items.append(v)\n"
    "    def total(self):\n        return len(self.made)",
    "derived": "class {c}({cls}):\n    def total(self):\n        return super().total() + {int}",
    "copies": "class {c}:\n    size = {int}\n    def __init__(self, items):\n"
    "        self.items = list(items)\n    def add(self, v):\n        self.items.append(v + self.size)\n"
    "    def total(self):\n        return max(self.items, default=0)",
    "data": "@dataclasses.dataclass\nclass {c}:\n    items: list\n    def add(self, v):\n"
    "        self.items = self.items + [v]\n    def total(self):\n        return len(self.items) + {int}",
}
#: Kind of what is bound -> templates. `{new}` is the bound name, other fields are bound names.
BINDINGS: dict[str, list[str]] = {
    "int": [
        "{new} = 3", "{new} = {int} + 1", "{new} = len({list})", "{new} = sum({list})", "{new} = {fn}({int} % 7)",
        "{new} = {obj}.total()", "{new} = {dict}.get('a', 0)", "{new} = int({arr}.sum())",
        "{new} = {int} if {int} > 2 else {int}", "{new} = max([{int}, {int}])", "{new} = ({new2} := 5) + 1",
        "{new} = {fn}(len({llist}))", "{new} = int({df}['a'].sum())", "{new} = {count}()",
        "{new} = sum(v * {int} for v in {list})", "{new} = [w + {int} for w in range(2)][0]",
        "{new} = eval('{int} + 1')", "{new}, {new2} = {int}, {int}", "{new} = math.floor({int} / 2)",
        "{new} = len({tab})", "{new} = {tab}.setdefault('z', [1])[0]",
    ],
    "list": [
        "{new} = [1, 2]", "{new} = {list}", "{new} = {list} + [{int}]", "{new} = list({list})",
        "{new} = sorted({list})", "{new} = [v + {int} for v in {list}]", "{new} = {llist}[0]",
        "{new} = {tab}['k']", "{new} = {obj}.items", "{new} = same({list})", "{new} = {list}[:]",
        "{new} = {tab}.get('k', {list})", "{new} = {pair}[0]", "{new}, {new2} = [1], [2]",
        "{new} = {llist}[-1] if {int} % 2 else {list}", "{new} = {list} or [0]", "{new} = {list}[:1]",
        "{new} = grown({list})", "{new} = max([{list}, {list}], key=len)", "{new} = copy.copy({list})",
        "{new} = next(iter({llist}))", "{new} = functools.reduce(lambda a, b: a + b, {llist})",
        "{new} = holder({list})[0]",
    ],
    "llist": [
        "{new} = [[1], [2, 3]]", "{new} = [{list}, {list}]", "{new} = {llist}", "{new} = list({llist})",
        "{new} = [row for row in {llist}]", "{new} = copy.deepcopy({llist})", "{new} = holder({list})",
        "{new} = [{list}] * 2", "{new} = [row[:] for row in {llist}]", "{new} = list({tab}.values())",
        "{new} = [*{llist}, {list}]", "{new} = list(filter(None, {llist})) or [[5]]",
    ],
    "dict": ["{new} = {{'a': 1}}", "{new} = {dict}", "{new} = dict({dict}, b={int})", "{new} = {{**{dict}}}"],
    "tab": ["{new} = {{'k': {list}}}", "{new} = {{'k': [1], 'l': {list}}}", "{new} = dict(k={list})"],
    "pair": ["{new} = ({list}, {int})", "{new} = {list}, 1"],
    "arr": [
        "{new} = np.arange(4)", "{new} = {arr}", "{new} = {arr}[1:]", "{new} = {arr} * 2", "{new} = {arr}.copy()",
        "{new} = {arr}[{arr} >= 0]", "{new} = np.asarray({arr})", "{new} = np.sort({arr})", "{new} = {arr}[::-1]",
        "{new} = {arr}.reshape(-1)", "{new} = np.array({list} or [0])", "{new} = {df}['a'].to_numpy(copy=True)",
    ],
    "df": [
        "{new} = pd.DataFrame({{'a': [1, 2, 3]}})", "{new} = {df}", "{new} = {df}.copy()", "{new} = {df}.assign(b={int})",
        "{new} = {df}[{df}['a'] > 0].copy()", "{new} = {df}.sort_values('a')", "{new} = pd.concat([{df}, {df}])",
    ],
    "obj": ["{new} = {cls}({list})", "{new} = {obj}", "{new} = {cls}([{int}])", "{new} = copy.copy({obj})"],
    "count": ["{new} = counter()", "{new} = {count}", "{new} = functools.partial(grown_len, {list})"],
}  # fmt: skip
ACTIONS = [
    "{int} += 1", "{int} = {int} * 2 % 11", "{list}.append({int})", "{list} += [{int}]", "{list}.sort()",
    "{list}.extend({list})", "{list}[:0] = [{int}]", "del {list}[:1]", "{list}.insert(0, 4)", "{list}[:] = [7]",
    "{llist}.append({list})", "{llist}[0].append({int})", "{llist}[0] = {list}", "for row in {llist}:\n    row.append({int})",
    "{dict}['c'] = {int}", "{dict}.update(d={int})", "{dict} |= {{'e': 5}}", "{dict}.pop('c', None)",
    "{tab}['k'].append({int})", "{tab}['k'] = {list}", "for key, row in {tab}.items():\n    row.append(1)",
    "for row in {tab}.values():\n    row.insert(0, 2)", "{pair}[0].append({int})",
    "{arr}[0] = {int}", "{arr} += 1", "{arr}.sort()", "np.add({arr}, 1, out={arr})", "{arr}.fill(2)",
    "np.multiply.at({arr}, [0], 2)", "{df}['b'] = {int}", "{df}.loc[0, 'a'] = {int}", "{df}['a'] += 1",
    "{df}.insert(0, f'c{{len({df}.columns)}}', {int})", "{df}.rename(columns={{'b': 'e'}}, inplace=True)",
    "{obj}.add({int})", "{obj}.items.append({int})", "{obj}.items = {list}", "put({list}, {int})", "put({llist}[0], 8)",
    "swap({llist}, {list})", "print({int}, {list})", "print({llist}, {tab})", "print({df}.shape, {arr}.sum())",
    "print({obj}.total(), {pair})", "print({list} is {list}, {arr}.tolist())", "print({fn}({int} % 5))", "print({count}())",
    "{fn}({int} % 6)", "{count}()", "[{list}.append(v) for v in range(2)]", "list(map({list}.append, [1, 2]))",
    "{list}.append({list}.pop() if {list} else 0)", "{fn}.note = {int}", "print(getattr({fn}, 'note', None))",
    "setattr({obj}, 'items', {list})", "globals()['{int}'] = {int} + 1", "{int}, {list} = 2, [{int}]",
    "try:\n    {list}.append(1)\n    raise ValueError\nexcept ValueError as problem:\n    {int} = 6",
    "with contextlib.suppress(KeyError):\n    {int} = {dict}['zz']", "assert {list} is not None",
    "{cls}.extra = {int}", "print(getattr({cls}, 'extra', 0), isinstance({obj}, {cls}))",
    "for {int} in range(3):\n    {list}.append({int})", "print([{int} for {int} in {list}])",
    "match {int} % 2:\n    case 0:\n        {int} = 10\n    case other:\n        {list}.append(other)",
    "while len({list}) < 9:\n    {list}.append({int})\n    break", "{tab}.setdefault('n', []).append({int})",
    "exec('{int} = {int} + 1')", "apply_to({list}, {count})", "sorted({llist}, key=lambda r: r.append(0) or 0)",
]  # fmt: skip
PREFACE = [
    "import copy, functools, math, contextlib, dataclasses\nimport numpy as np\nimport pandas as pd",
    "def put(target, v):\n    target.append(v)\ndef same(v):\n    return v\n"
    "def grown(v):\n    v.append(0)\n    return v\ndef swap(rows, row):\n    rows[0] = row\n"
    "def holder(v):\n    return [v, [1]]\ndef grown_len(v):\n    v.append(3)\n    return len(v)",
    "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step\n"
    "def twice(fn):\n    def inner(v):\n        return fn(fn(v))\n    return inner\n"
    "def apply_to(v, fn):\n    v.append(fn())",
]
START = [
    "n = 3\nxs = [1, 2]\nrows = [[1], [2]]", "d = {'a': 1}\ntab = {'k': [1]}\npair = ([1], 2)",
    "arr = np.arange(5)\ndf = pd.DataFrame({'a': [1, 2, 3]})",
    "def fn(v):\n    return v + n\nclass Box:\n    def __init__(self, items):\n        self.items = items\n"
    "    def add(self, v):\n        self.items.append(v)\n    def total(self):\n        return sum(self.items)\n"
    "box = Box([1])\ncount = counter()",
]  # fmt: skip
BOUND = {
    "int": ["n"], "list": ["xs"], "llist": ["rows"], "dict": ["d"], "tab": ["tab"], "pair": ["pair"],
    "arr": ["arr"], "df": ["df"], "fn": ["fn"], "cls": ["Box"], "obj": ["box"], "count": ["count"],
}  # fmt: skip
for more in (constructs, outside_constructs):
    DEFINITIONS |= more.DEFINITIONS
    CLASSES |= more.CLASSES
    BINDINGS |= {kind: BINDINGS.get(kind, []) + added for kind, added in more.BINDINGS.items()}
    ACTIONS += more.ACTIONS
    PREFACE += more.PREFACE
    START += more.START
    BOUND |= more.BOUND


@dataclass
class Writer:
    """Writes one notebook, statement by statement."""

    pick: Pick
    bound: dict[str, list[str]] = field(
        default_factory=lambda: {kind: list(names) for kind, names in BOUND.items()}
    )
    count: int = 0

    def one_of(self, items: list[str]) -> str:
        """Return one of the items."""
        return items[self.pick(len(items))]

    def notebook(self) -> list[CodeCell]:
        """Return the cells of a notebook with steps."""
        sources = [self.cell() for _ in range(3 + self.pick(7))]
        shipped_preface = self.pick(4) == 0
        cells = [
            CodeCell(
                f"p{i}",
                i,
                "step" if shipped_preface else "setup",
                "first" if shipped_preface else None,
                source,
            )
            for i, source in enumerate(PREFACE)
        ]
        start: CellRole = "setup" if self.pick(3) == 0 and not shipped_preface else "step"
        for i, source in enumerate(START):
            cells.append(
                CodeCell(f"s{i}", len(cells), start, None if start == "setup" else "start", source)
            )
        step = 0
        for i, source in enumerate(sources):
            step += self.pick(3) > 0
            name = f"step{step}"
            if self.pick(12) == 0:
                name = f"step{self.pick(step + 1)}"
            cells.append(CodeCell(f"c{i}", len(cells), "step", name, source))
        return cells

    def cell(self) -> str:
        """Return the source of a cell."""
        source = "\n".join(self.statement() for _ in range(1 + self.pick(3)))
        return source if self.pick(15) else f"{self.one_of(['%%time', '%%capture'])}\n{source}"

    def statement(self) -> str:
        """Return one statement, perhaps inside a branch or loop."""
        choice = self.pick(14)
        if choice == 0:
            return self.definition()
        if choice == 1:
            return self.in_block()
        if choice <= 6:
            return self.binding()
        return self.fill(self.one_of(ACTIONS))

    def in_block(self) -> str:
        """Return a statement that changes or rebinds bound names, inside a block."""
        inner = self.fill(self.one_of(ACTIONS)) if self.pick(2) else self.rebinding()
        inner = inner.replace("\n", "\n    ")
        other = self.rebinding().replace("\n", "\n    ")
        form = self.one_of(
            [
                "if {int} % 2:\n    INNER",
                "if {int} > 4:\n    INNER\nelse:\n    OTHER",
                "for _i in range(2):\n    INNER",
                "try:\n    INNER\nexcept ZeroDivisionError:\n    OTHER",
                "for _i in {list}[:1]:\n    INNER",
                "if True:\n    INNER",
                "try:\n    OTHER\nfinally:\n    INNER",
            ]
        )
        return self.fill(form).replace("INNER", inner).replace("OTHER", other)

    def rebinding(self) -> str:
        """Return a statement that gives a new value to a bound name."""
        kind = self.one_of([kind for kind in BINDINGS if kind not in ("obj", "count")])
        template = self.one_of([text for text in BINDINGS[kind] if "new2" not in text])
        return self.fill(template, new=self.one_of(self.bound[kind]))

    def binding(self) -> str:
        """Return a statement that binds a name, new or not."""
        kind = self.one_of(list(BINDINGS))
        template = self.one_of(BINDINGS[kind])
        new, new2 = self.name(kind), self.name(kind)
        text = self.fill(template, new=new, new2=new2)
        self.bind(kind, new)
        if "new2" in template:
            self.bind("int" if ":=" in template else kind, new2)
        return text

    def definition(self) -> str:
        """Return a function or class definition."""
        if self.pick(2):
            name = self.name("fn")
            text = self.fill(self.one_of(list(DEFINITIONS.values())), f=name)
            self.bind("fn", name)
        else:
            name = self.name("cls").capitalize()
            text = self.fill(self.one_of(list(CLASSES.values())), c=name)
            self.bind("cls", name)
        return text

    def bind(self, kind: str, name: str) -> None:
        """Remember that the name is bound to something of that kind."""
        for names in self.bound.values():
            if name in names:
                names.remove(name)
        self.bound[kind].append(name)

    def name(self, kind: str) -> str:
        """Return a name to bind: a new one, or one of the same kind."""
        if self.pick(3) == 0 and kind not in ("fn", "cls"):
            return self.one_of(self.bound[kind])
        self.count += 1
        return f"{kind[0]}{self.count}"

    def fill(self, template: str, **given: str) -> str:
        """Return the template with bound names in it, each field on its own draw."""
        text = template
        for key, value in given.items():
            text = text.replace("{" + key + "}", value)
        for kind, names in self.bound.items():
            while "{" + kind + "}" in text:
                text = text.replace("{" + kind + "}", self.one_of(names), 1)
        return text.replace("{{", "{").replace("}}", "}")
