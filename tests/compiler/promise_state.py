"""Constructs that carry state from step to step: (step or role, source) pairs each."""

from __future__ import annotations

STATE: dict[str, list[tuple[str, str]]] = {
    "modules' generators go on from step to step": [
        ("imports", "import random\nimport numpy as np\nrandom.seed(3); np.random.seed(4)"),
        ("a", "xs = np.random.rand(2)"),
        ("b", "ys = [random.random() for _ in range(2)]"),
        ("c", "zs = np.random.randn(3); k = random.choice([1, 2, 3])"),
        ("d", "print(xs, ys, zs, k)"),
    ],
    "steps that seed themselves": [
        ("imports", "import numpy as np\nnp.random.seed(0)"),
        ("a", "np.random.seed(1)\nx = np.random.rand()"),
        ("b", "np.random.seed(2)\ny = np.random.rand()"),
        ("c", "print(x, y)"),
    ],
    "setup draws before the steps do": [
        ("setup", "import numpy as np\nnp.random.seed(0)\nW = np.random.rand(2)"),
        ("a", "x = np.random.rand()"),
        ("b", "print(W, x)"),
        ("c", "y = np.random.rand()\nprint(y)"),
    ],
    "a notebook function draws": [
        ("functions", "import random\nrandom.seed(0)\ndef draw(): return random.random()"),
        ("a", "x = draw()"),
        ("b", "y = draw()\nprint(x, y)"),
    ],
    "scikit-learn draws where it is given no random_state": [
        (
            "imports",
            "import numpy as np\n"
            "from sklearn.model_selection import train_test_split\n"
            "from sklearn.ensemble import RandomForestClassifier\n"
            "np.random.seed(0)",
        ),
        ("a", "X = np.arange(40.).reshape(20, 2); y = np.array([0, 1] * 10)"),
        ("b", "a, b, c, d = train_test_split(X, y)"),
        ("c", "m = RandomForestClassifier(3).fit(a, c)"),
        ("d", "m2 = RandomForestClassifier(3, random_state=1).fit(a, c)"),
        ("e", "print(m.predict(b), m2.predict(b), np.random.rand())"),
    ],
    "a frame draws where it is given no random_state": [
        ("imports", "import numpy as np, pandas as pd\nnp.random.seed(0)"),
        ("a", "df = pd.DataFrame({'a': range(10)})"),
        ("b", "s = df.sample(3)"),
        ("c", "t = df.sample(3)"),
        ("d", "print(s.a.tolist(), t.a.tolist(), df.sample(2, random_state=1).a.tolist())"),
    ],
    "draws that nobody seeded": [
        ("imports", "import random"),
        ("a", "x = random.random() < 2"),
        ("b", "y = random.random() < 2"),
        ("c", "print(x, y)"),
    ],
    "random.shuffle and random.sample draw": [
        ("imports", "import random\nrandom.seed(0)"),
        ("a", "xs = list(range(5))"),
        ("b", "random.shuffle(xs)"),
        ("c", "print(xs, random.sample(xs, 2))"),
    ],
    "a state that is kept and set again": [
        ("imports", "import random\nrandom.seed(0)"),
        ("a", "st = random.getstate()\nx = random.random()"),
        ("b", "random.setstate(st)\ny = random.random()"),
        ("c", "print(x == y)"),
    ],
    "cached property is kept though what it was made of changes": [
        (
            "functions",
            "import functools\n"
            "class D:\n"
            "    def __init__(self, xs):\n"
            "        self.xs = xs\n"
            "    @functools.cached_property\n"
            "    def total(self):\n"
            "        return sum(self.xs)",
        ),
        ("a", "d = D([1, 2])"),
        ("b", "print(d.total)"),
        ("c", "d.xs.append(5)"),
        ("d", "print(d.total)"),
    ],
    "context manager decorates and reads late": [
        (
            "functions",
            "import contextlib\n"
            "@contextlib.contextmanager\n"
            "def timer(name):\n"
            "    yield\n"
            "    log.append((name, scale))\n"
            "@timer('x')\n"
            "def work(v):\n"
            "    return v * factor",
        ),
        ("a", "log = []\nscale = 3\nfactor = 2"),
        ("b", "print(work(4))"),
        ("c", "print(log)"),
    ],
    "object at setup in a value": [
        (
            "setup",
            "_missing = object()\n"
            "def get(d, k):\n"
            "    v = d.get(k, _missing)\n"
            "    return 'none' if v is _missing else v",
        ),
        ("a", "d = {'x': _missing, 'y': 2}"),
        ("b", "print(get(d, 'x'), get(d, 'y'))"),
    ],
    "a memoised function that only returns stays parallel": [
        (
            "functions",
            "import functools\n"
            "@functools.lru_cache\n"
            "def fib(n):\n"
            "    return n if n < 2 else fib(n-1) + fib(n-2)",
        ),
        ("a", "x = fib(10)"),
        ("b", "y = fib(12)"),
        ("c", "print(x, y)"),
    ],
    "another name for a memoised function": [
        ("functions", "import functools\n@functools.lru_cache\ndef slow(n):\n    return n"),
        ("a", "alias = slow"),
        ("b", "print(alias(2))"),
        ("c", "print(slow(2), alias(3))"),
    ],
}
