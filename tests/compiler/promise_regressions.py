"""Notebooks that once computed something else as units: (step or `setup`, source) pairs each."""

from __future__ import annotations

PUT = "def put(target, v):\n    target.append(v)"
SWAP = "def swap(rows, row):\n    rows[0] = row"
GROWN = "def grown(v):\n    v.append(0)\n    return v"
BOX = (
    "class Box:\n    def __init__(self, items):\n        self.items = items\n"
    "    def add(self, v):\n        self.items.append(v)\n"
    "    def total(self):\n        return sum(self.items)\nbox = Box([1])"
)

REGRESSIONS: dict[str, list[tuple[str, str]]] = {
    "a bound method handed to map": [
        ("start", "xs = [1, 2]"),
        ("grow", "list(map(xs.append, [1, 2]))"),
        ("use", "tab = dict(k=xs)\nprint(tab)"),
    ],
    "a partial that changes what it was made with": [
        ("setup", "import functools\ndef grow(v):\n    v.append(3)\n    return len(v)"),
        ("start", "xs = [1, 2]"),
        ("make", "up = functools.partial(grow, xs)"),
        ("call", "for _i in xs[:1]:\n    n = up()"),
        ("use", "print(xs, n)"),
    ],
    "an attribute of a function": [
        ("make", "def f(v):\n    return v\nf.note = 3"),
        ("use", "print(getattr(f, 'note', None))"),
    ],
    "two changes of overlapping groups": [
        ("setup", f"{PUT}\n{SWAP}"),
        ("start", f"n = 3\nxs = [1, 2]\nrows = [[1], [2]]\n{BOX}"),
        ("swap", "swap(rows, xs)\nfor row in rows:\n    row.append(n)"),
        ("hold", "o3 = Box(xs)"),
        ("change", "xs.append(1)\nput(rows[0], 8)"),
        ("use", "print(o3.items, rows, xs)"),
    ],
    "a change of a setup value that another step's value holds": [
        ("setup", f"{GROWN}\nxs = [1, 2]\nrows = [[1], [2]]"),
        ("hold", "l3 = [*rows, xs]"),
        ("use", "try:\n    xs = grown(xs)\nexcept ZeroDivisionError:\n    n = 1\nprint(l3)"),
    ],
    "a shallow copy of an instance": [
        ("setup", "import copy"),
        ("start", f"xs = [1, 2]\n{BOX}"),
        ("copy", "box = copy.copy(box)"),
        ("set", "box.items = xs"),
        ("change", "tab = {'k': xs}\nbox.add(3)"),
        ("use", "print(xs, tab, isinstance(box, Box))"),
    ],
    "setattr makes sharing": [
        ("setup", f"n = 3\nxs = [1, 2]\n{BOX}"),
        ("set", "setattr(box, 'items', xs)"),
        ("pair", "pair = xs, 1"),
        ("use", "print(isinstance(box, Box))\nxs = pair[0]\nxs += [n]\nprint(box.items)"),
    ],
    "a class changed after a step used it": [
        ("start", f"n = 3\n{BOX}"),
        ("add", "box.add(n)"),
        ("show", "print(getattr(Box, 'extra', 0), isinstance(box, Box))"),
        ("change", "Box.extra = n"),
        ("use", "print(Box.extra)"),
    ],
    "a value taken out of a container on one path": [
        ("start", "n = 3\nxs = [1, 2]\nrows = [[1], [2]]"),
        ("hold", "rows = [*rows, xs]"),
        ("change", "xs = rows[-1] if n % 2 else xs\nxs.append(1)"),
        ("use", "print(rows, xs)"),
    ],
    "elements of a deep copy": [
        ("setup", f"import copy\n{PUT}"),
        ("start", "rows = [[1], [2]]"),
        ("copy", "rows = copy.deepcopy(rows)"),
        ("change", "put(rows[0], 8)"),
        ("use", "print(rows)"),
    ],
    "one object twice in a list, put there by two steps": [
        ("setup", SWAP),
        ("start", "n = 3\nxs = [1, 2]\nrows = [[1], [2]]"),
        ("append", "rows.append(xs)"),
        ("swap", "swap(rows, xs)"),
        ("change", "for row in rows:\n    row.append(n)"),
        ("use", "print(rows)"),
    ],
    "an instance and its changed class by different ways": [
        ("setup", f"n = 3\nxs = [1, 2]\n{BOX}"),
        ("change", "Box.extra = n"),
        ("set", "box.items = xs"),
        ("use", "print(getattr(Box, 'extra', 0), isinstance(box, Box), box.items)"),
    ],
    "a subclass of a changed class": [
        ("start", f"n = 3\nxs = [1, 2]\n{BOX}"),
        ("derive", "class Part(Box):\n    def total(self):\n        return super().total() + n"),
        ("change", "Box.extra = n"),
        ("use", "o = Box(xs)\nprint(getattr(Part, 'extra', 0), isinstance(o, Part))"),
        ("make", "p = Part([n])\nprint(p.total(), p.extra, isinstance(p, Box))"),
    ],
    "parameters that are no literals": [
        (
            "parameters",
            "import os\nroot = 'a'\nn = 1\nhidden = (64, 32)\nm = n * 2\n"
            "out = os.path.join(root, 'x')\na, b = 1, 2",
        ),
        ("show", "print(hidden, m, out, a, b)"),
    ],
    "a parameter that its own cell changes": [
        ("parameters", "n = 1\nn += 1\nxs = [1]\nxs.append(n)"),
        ("show", "print(n, xs)"),
    ],
    "a parameter that was used and then given another value": [
        ("parameters", "n = 1\nm = n * 2\nn = 5"),
        ("show", "print(n, m)"),
    ],
    "parameters under a condition": [
        ("parameters", "fast = True\nk = 7\nif fast:\n    n = 1\n    k = 8\nelse:\n    n = 2"),
        ("show", "print(n)"),
        ("more", "print(k)"),
    ],
    "a parameter that only one path changes": [
        ("parameters", "fast = False\nn = 1\nif fast:\n    n = 2"),
        ("show", "print(n)"),
    ],
    "setup that only one path changes": [
        ("setup", "fast = False\nn = 1\nif fast:\n    n = 2"),
        ("show", "print(n)"),
    ],
    "a parameters cell that acts and defines": [
        ("parameters", "seen = []\nseen.append(1)\ndef twice(v):\n    return v * n\nn = 2"),
        ("show", "print(seen, twice(3))"),
    ],
    "a class reached through an instance": [
        ("make", "class A:\n    n = 0\n    def inc(self):\n        self.__class__.n += 1\na = A()"),
        ("change", "a.inc()\na.__class__.extra = 3"),
        ("show", "print(A.n, A.extra)"),
    ],
    "a function that calls itself for every part": [
        (
            "make",
            "tree = {'c': [{'c': []}]}\n"
            "def visit(t):\n    t['n'] = 1\n    for c in t['c']:\n        visit(c)",
        ),
        ("part", "kid = tree['c'][0]"),
        ("visit", "visit(tree)"),
        ("show", "print(kid)"),
    ],
    "a function that calls itself three deep": [
        (
            "make",
            "tree = [[[[1]]]]\n"
            "def visit(t):\n    for c in t:\n        if isinstance(c, list):\n            visit(c)\n"
            "    t.append(0)",
        ),
        ("part", "kid = tree[0][0][0]"),
        ("visit", "visit(tree)"),
        ("show", "print(kid)"),
    ],
    "a generator that calls itself": [
        (
            "make",
            "tree = {'c': [{'c': []}]}\n"
            "def visit(t):\n    t['n'] = 1\n    yield t\n    for c in t['c']:\n        yield from visit(c)",
        ),
        ("part", "kid = tree['c'][0]"),
        ("visit", "n = len(list(visit(tree)))"),
        ("show", "print(kid, n)"),
    ],
    "functions that call each other": [
        (
            "make",
            "tree = {'c': [{'c': []}]}\n"
            "def down(t):\n    for c in t['c']:\n        mark(c)\n"
            "def mark(t):\n    t['n'] = 1\n    down(t)",
        ),
        ("part", "kid = tree['c'][0]"),
        ("visit", "down(tree)"),
        ("show", "print(kid)"),
    ],
    "a second argument that a recursive call changes": [
        (
            "make",
            "seen = []\nother = []\n"
            "def go(n, a, b):\n    a.append(n)\n    if n:\n        go(n - 1, b, a)",
        ),
        ("visit", "go(2, seen, other)"),
        ("show", "print(other)"),
        ("more", "print(seen)"),
    ],
    "a context manager that notes what it did": [
        (
            "a",
            "import contextlib\ntimings = {}\n@contextlib.contextmanager\ndef timer(n):\n    yield\n    timings[n] = 1",
        ),
        ("b", "with timer('fit'):\n    pass"),
        ("c", "print(timings)"),
    ],
    "a context manager that changes what it yields": [
        (
            "a",
            "from contextlib import contextmanager\nlog = []\n@contextmanager\ndef opened(n):\n    log.append(n)\n    try:\n        yield log\n    finally:\n        log.append(-n)",
        ),
        ("b", "with opened(1) as l:\n    l.append(5)"),
        ("c", "print(log)"),
    ],
    "a context manager whose globals come later": [
        (
            "functions",
            "import contextlib\n@contextlib.contextmanager\ndef timer(n):\n    yield\n    timings[n] = scale",
        ),
        ("a", "timings = {}\nscale=3"),
        ("b", "with timer('fit'):\n    pass"),
        ("c", "print(timings)"),
    ],
    "a cached function whose globals come later": [
        (
            "functions",
            "import functools\n@functools.lru_cache(maxsize=None)\ndef load(n):\n    calls.append(n)\n    return n * scale",
        ),
        ("a", "calls = []\nscale=3"),
        ("b", "x = load(2)"),
        ("c", "print(calls, x)"),
    ],
    "a wrapped function whose globals come later": [
        (
            "functions",
            "import functools\ndef timed(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        r = f(*a, **k)\n        calls.append(scale)\n        return r\n    return inner\n@timed\ndef load(n):\n    return n * scale + off",
        ),
        ("a", "calls = []\nscale=3\noff=1"),
        ("b", "x = load(2)"),
        ("c", "print(calls, x)"),
    ],
    "a function of one dispatch": [
        (
            "functions",
            "import functools\n@functools.singledispatch\ndef show(x):\n    calls.append(1)\n@show.register\ndef _(x: int):\n    calls.append(scale)\n@show.register(str)\ndef _s(x):\n    calls.append(off)",
        ),
        ("a", "calls = []\nscale=3\noff=4"),
        ("b", "show(3)\nshow('x')"),
        ("c", "print(calls)"),
    ],
    "a dispatch registered in another step": [
        (
            "a",
            "import functools\ncalls=[]\nscale=3\n@functools.singledispatch\ndef show(x):\n    calls.append(1)",
        ),
        ("r", "@show.register(int)\ndef _show_int(x):\n    calls.append(scale)"),
        ("b", "show(3)"),
        ("c", "print(calls)"),
    ],
    "a context manager made by a call": [
        (
            "a",
            "import contextlib\ntimings = {}\ndef raw(n):\n    yield\n    timings[n] = 1\ntimer = contextlib.contextmanager(raw)",
        ),
        ("b", "with timer('fit'):\n    pass"),
        ("c", "print(timings)"),
    ],
    "a method that is a context manager": [
        (
            "a",
            "import contextlib\nclass T:\n    def __init__(self):\n        self.t = {}\n    @contextlib.contextmanager\n    def timer(self, n):\n        yield self\n        self.t[n] = 1\nt = T()",
        ),
        ("b", "with t.timer('x') as q:\n    q.t['y'] = 2"),
        ("c", "print(t.t)"),
    ],
    "a context manager that reads what the body bound": [
        (
            "a",
            "import contextlib\ntimings = {}\nlabel='q'\n@contextlib.contextmanager\ndef timer():\n    yield\n    timings[label] = 1",
        ),
        ("b", "with timer():\n    label = 'z'"),
        ("c", "print(timings, label)"),
    ],
    "a context manager kept in a name": [
        (
            "a",
            "import contextlib\ntimings = {}\n@contextlib.contextmanager\ndef timer(n):\n    yield\n    timings[n] = 1",
        ),
        ("b", "cm = timer('fit')\nwith cm:\n    pass"),
        ("c", "print(timings)"),
    ],
    "a comparison made from another": [
        (
            "a",
            "import functools\nhits=[]\n@functools.total_ordering\nclass T:\n    def __eq__(self, o):\n        return True\n    def __lt__(self, o):\n        hits.append(1)\n        return False\nt = T()",
        ),
        ("b", "t >= t"),
        ("c", "print(hits)"),
    ],
    "a global that a function sets on one path, called on one path": [
        (
            "start",
            "n = 3\ndef f(v):\n    global n\n    if v > 2:\n        return v\n    n = v\n    return 0",
        ),
        ("use", "try:\n    pass\nexcept ZeroDivisionError:\n    n = f(1)\nprint(n)"),
    ],
    "a generator over what it made": [
        (
            "functions",
            "def clean(text):\n    text = text.lower()\n    return ' '.join(w for w in text.split() if w)",
        ),
        ("make", "words = ['A b', 'C']"),
        ("use", "print([clean(w) for w in words])"),
    ],
    "a generator of one's own shuffles an array": [
        ("make", "import numpy as np\narr = np.arange(5)\nrng = np.random.default_rng(1)"),
        ("mix", "rng.shuffle(arr)"),
        ("show", "print(arr)"),
    ],
    "a named tuple with one field replaced": [
        ("make", "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, [2])"),
        ("replace", "q = p._replace(x=5)"),
        ("change", "q.y.append(3)"),
        ("show", "print(p, q)"),
    ],
    "output that is redirected into a value": [
        ("make", "import io, contextlib\nbuf = io.StringIO()"),
        ("write", "with contextlib.redirect_stdout(buf):\n    print('x')"),
        ("show", "print(buf.getvalue())"),
    ],
    "a property with a setter hands out what the instance holds": [
        (
            "functions",
            "class C:\n    def __init__(self, items):\n        self._items = items\n"
            "    @property\n    def items(self):\n        return self._items\n"
            "    @items.setter\n    def items(self, v):\n        self._items = v",
        ),
        ("make", "xs = [1]\nys = [2]"),
        ("hold", "c = C(xs)"),
        ("change", "c.items.append(5)"),
        ("set", "c.items = ys"),
        ("again", "c.items.append(6)"),
        ("show", "print(xs, ys)"),
    ],
    "a shallow copy of a deep copy of a data class": [
        (
            "functions",
            "import copy, dataclasses\n@dataclasses.dataclass\nclass R:\n"
            "    tags: list = dataclasses.field(default_factory=list)",
        ),
        ("make", "r = copy.deepcopy(R())"),
        ("change", "s = copy.copy(r)\ns.tags.append(1)"),
        ("show", "print(r)"),
    ],
}
