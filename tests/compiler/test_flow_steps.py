"""What flows between steps: one row per way a name can be bound, read, changed or shared."""

from __future__ import annotations

import pytest
from flows import codes, flow_of, flow_of_sources, inputs, triples, without

# Each row: a sentence, the cells (one step each), the flows between them, the names replayed.
BINDING = [
    ("nonlocal stays inside", ["def f():\n    n = 0\n    def g():\n        nonlocal n\n        n = 1\n    g()\n    return n\nn = 5", "r = f()", "print(n, r)"], "s0->s2: n; s1->s2: r"),
    ("nested comprehension reads the outer name once", ["xs = [[1]]", "ys = [v for row in xs for v in row]", "print(ys)"], "s0->s1: xs; s1->s2: ys"),
    ("a comprehension's variable does not leak", ["v = 1", "ys = [v for v in [2]]", "print(v)"], "s0->s2: v"),
    ("the first iterable in a class body is the class's", ["n = 2", "class K:\n    n = 3\n    xs = [i for i in range(n)]", "print(K.xs)"], ""),
    ("a comprehension in a class body does not see the class", ["n = 2", "class K:\n    n = 3\n    xs = [n for i in range(1)]\nk = K.xs", "print(k)"], "s0->s1: n; s1->s2: k"),
    ("a default is read when the function is defined", ["k = 1", "def f(a=k):\n    return a\nr = f()", "print(r)"], "s0->s1: k; s1->s2: r"),
    ("a decorator is read when the function is defined", ["flag = 3", "def deco(n):\n    return lambda f: f\n@deco(flag)\ndef g(): return 1\nr = g()", "print(r)"], "s0->s1: flag; s1->s2: r"),
    ("a local annotation is not evaluated", ["T = 1", "def f():\n    x: T = 2\n    return x\nr = f()", "print(r)"], "s1->s2: r"),
    ("annotations stay text after the future import", ["from __future__ import annotations\nT = 5", "def f(a: T): return 1\nr = f(2)", "print(r)"], "s1->s2: r"),
    ("a for target binds", ["for a, (b, *c) in [(1, (2, 3))]:\n    pass", "print(a, b, c)"], "s0->s1: a b c"),
    ("except as unbinds its name", ["e = 1", "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    m = str(e)", "print(m)"], "s1->s2: m"),
    ("import as with dots", ["import os.path as p, xml.dom", "a = p.sep\nb = xml.dom", "print(a)"], "s1->s2: a"),
    ("match captures bind", ["v = [1, 2, 3]", "match v:\n    case [a, *rest]:\n        pass\n    case {'k': k, **more}:\n        pass", "print(a, rest)"], "s0->s1: v; s1->s2: a rest"),
    ("both branches bind, so nothing comes from above", ["x = 1\nc = True", "if c:\n    x = 2\nelse:\n    x = 3", "print(x)"], "s0->s1: c; s1->s2: x"),
    ("one branch binds, so the old value passes through", ["x = 1\nc = True", "if c:\n    x = 2", "print(x)"], "s0->s1: c x; s1->s2: x"),
    ("both ends of a try bind", ["x = 1", "try:\n    x = int('a')\nexcept ValueError:\n    x = 0", "print(x)"], "s1->s2: x"),
    ("a loop over a literal runs", ["x = 0", "for i in [1, 2]:\n    x = i", "print(x)"], "s1->s2: x"),
    ("a loop over anything else may not run", ["x = 0\nxs = []", "for i in xs:\n    x = i", "print(x)"], "s0->s1: x xs; s1->s2: x"),
    ("a shadowed builtin is a name like any other", ["id = 7\ninput = 'a'", "print(id, input)"], "s0->s1: id input"),
    ("a rebound name belongs to its last binder", ["a = 1", "a = 2", "a = 3", "print(a)"], "s2->s3: a"),
    ("exec of a literal is code", ["exec('q = 4')", "print(q)"], "s0->s1: q"),
    ("eval of a literal is code", ["q = 4", "r = eval('q + 1')", "print(r)"], "s0->s1: q; s1->s2: r"),
    ("a walrus in a condition binds", ["if (n := 3) > 2:\n    pass", "print(n)"], "s0->s1: n"),
    ("an inner del is a local affair", ["x = 1", "def f():\n    x = 2\n    del x\nf()", "print(x)"], "s0->s2: x"),
    ("an f-string reads", ["n = 2\nw = 5", "t = f'{n:>{w}}'", "print(t)"], "s0->s1: n w; s1->s2: t"),
    ("a global bound by a called function's callee", ["def a():\n    global g\n    g = 1\ndef b():\n    a()", "b()", "print(g)"], "s1->s2: g"),
    ("with binds its target", ["import contextlib", "with contextlib.nullcontext([1]) as v:\n    pass", "print(v)"], "s1->s2: v"),
    ("star import of the standard library", ["from math import *", "r = sqrt(4) + pi", "print(r)"], "s1->s2: r"),
]  # fmt: skip

LATE = [
    ("a method reads a global when called", ["k = 1", "class C:\n    def m(self):\n        return k", "c = C()", "k = 2", "print(c.m())"], "s2->s4: c; s3->s4: k"),
    ("mutual recursion with a global", ["def a(n): return b(n - 1) if n else k\ndef b(n): return a(n)", "k = 3", "print(a(4))"], "s1->s2: k"),
    ("a lambda in a dictionary", ["ops = {'f': lambda v: v + k}", "k = 1", "print(ops['f'](2))"], "s0->s2: ops; s1->s2: k"),
    ("a function handed to a library", ["def f(v): return v * k", "k = 2", "r = list(map(f, [1]))", "print(r)"], "s1->s2: k; s2->s3: r"),
    ("a function handed on, not called", ["def f(v): return v * k", "fs = [f]", "k = 2", "print(fs[0](1))"], "s1->s3: fs; s2->s3: k"),
    ("a property", ["class C:\n    @property\n    def p(self): return unit", "unit = 1", "print(C().p)"], "s1->s2: unit"),
    ("a dunder called by print", ["class C:\n    def __repr__(self): return unit", "unit = 'u'", "print(C())"], "s1->s2: unit"),
    ("a dunder called by an operator", ["class C:\n    def __add__(self, o): return unit", "unit = 1", "r = C() + 1", "print(r)"], "s1->s2: unit; s2->s3: r"),
    ("an inherited method", ["class A:\n    def m(self): return k", "class B(A):\n    pass", "k = 1", "print(B().m())"], "s2->s3: k"),
    ("super reaches the base", ["class A:\n    def m(self): return k", "class B(A):\n    def m(self): return super().m()", "k = 1", "print(B().m())"], "s2->s3: k"),
    ("a decorated function", ["def deco(f):\n    def w(): return f() + k\n    return w", "@deco\ndef g(): return j", "k, j = 1, 2", "print(g())"], "s2->s3: j k"),
    ("a coroutine", ["import asyncio\nasync def f(): return k", "k = 1", "r = await f()", "print(r)"], "s1->s2: k; s2->s3: r"),
    ("a generator function reads when consumed", ["def g():\n    yield k", "k = 1", "r = list(g())", "print(r)"], "s1->s2: k; s2->s3: r"),
    ("an enum and its members", ["import enum\nclass E(enum.Enum):\n    A = 1", "e = E.A", "print(e is E.A)"], "s1->s2: e"),
    ("a default factory", ["import dataclasses\nkept = []", "@dataclasses.dataclass\nclass D:\n    xs: list = dataclasses.field(default_factory=lambda: list(kept))", "kept.append(1)", "print(D().xs)"], "s0->s2: kept; s2->s3: kept"),
]  # fmt: skip

CHANGE = [
    ("attribute assignment", ["class O: pass\no = O()", "o.x = 1", "print(o.x)"], "s0->s1: o; s1->s2: o"),
    ("item deletion", ["d = {'a': 1}", "del d['a']", "print(d)"], "s0->s1: d; s1->s2: d"),
    ("slice assignment", ["xs = [1, 2]", "xs[:1] = [5]", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("augmented item", ["d = {'a': 1}", "d['a'] += 1", "print(d)"], "s0->s1: d; s1->s2: d"),
    ("nested containers", ["d = {'a': {'b': []}}", "d['a']['b'].append(1)", "print(d)"], "s0->s1: d; s1->s2: d"),
    ("set and deque", ["from collections import deque\ns = set()\nq = deque()", "s.add(1)\nq.appendleft(2)", "print(s, q)"], "s0->s1: q s; s1->s2: q s"),
    ("frame inplace", ["import pandas as pd\ndf = pd.DataFrame({'a': [1]})", "df.rename(columns={'a': 'b'}, inplace=True)", "print(df)"], "s0->s1: df; s1->s2: df"),
    ("frame insert and pop", ["import pandas as pd\ndf = pd.DataFrame({'a': [1]})", "df.insert(0, 'b', 1)", "c = df.pop('b')", "print(df, c)"], "s0->s1: df; s1->s2: df; s2->s3: c df"),
    ("frame inplace=False is no change", ["import pandas as pd\ndf = pd.DataFrame({'a': [1]})", "d2 = df.rename(columns={'a': 'b'}, inplace=False)", "print(df, d2)"], "s0->s1: df; s0->s2: df; s1->s2: d2"),
    ("array sort, fill and out", ["import numpy as np\na = np.zeros(3)\nb = np.ones(3)", "a.fill(2)\nnp.add(a, 1, out=b)", "print(a, b)"], "s0->s1: a b; s1->s2: a b"),
    ("random.shuffle", ["import random\nxs = [1, 2]", "random.shuffle(xs)", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("a notebook function that changes its argument", ["def clean(t):\n    t['x'] = 1\nd = {}", "clean(d)", "print(d)"], "s0->s1: d; s1->s2: d"),
    ("through two calls", ["def inner(t):\n    t.append(1)\ndef outer(t):\n    inner(t)\nxs = []", "outer(xs)", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("a function that only reads its argument", ["def peek(t):\n    return t['x']\nd = {'x': 1}", "v = peek(d)", "print(d, v)"], "s0->s1: d; s0->s2: d; s1->s2: v"),
    ("a keyword argument", ["def put(*, into, v):\n    into.append(v)\nxs = []", "put(into=xs, v=1)", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("a starred argument", ["def put(a, b):\n    b.append(a)\nxs = []", "put(*[1, xs])", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("an alias in the same step", ["df = [1]", "a = df\na.append(2)", "print(df)"], "s0->s1: df; s1->s2: df"),
    ("an element", ["xs = [[1]]", "b = xs[0]\nb.append(1)", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("a loop over objects", ["class R: pass\nrows = [R()]", "for row in rows:\n    row.x = 1", "print(rows[0].x)"], "s0->s1: rows; s1->s2: rows"),
    ("values of a dictionary", ["d = {'a': []}", "for v in d.values():\n    v.append(1)", "print(d)"], "s0->s1: d; s1->s2: d"),
    ("a method that changes self", ["class C:\n    def __init__(self): self.n = 0\n    def up(self): self.n += 1\nc = C()", "c.up()", "print(c.n)"], "s0->s1: c; s1->s2: c"),
    ("an optimiser changes the parameters it was given", ["import torch\nnet = torch.nn.Linear(1, 1)\nopt = torch.optim.SGD(net.parameters(), lr=1)", "opt.step()", "print(net)"], "s0->s1: opt; s1->s2: net"),
    ("torch modules and optimisers", ["import torch\nmodel = torch.nn.Linear(1, 1)\nopt = torch.optim.SGD(model.parameters())", "model.train()\nopt.step()", "print(model)"], "s0->s1: model opt; s1->s2: model"),
    ("an underscore method", ["import torch\nt = torch.zeros(2)", "t.add_(1)", "print(t)"], "s0->s1: t; s1->s2: t"),
    ("fit of a pipeline", ["from sklearn.pipeline import make_pipeline\np = make_pipeline()\nX = [1]", "p.fit(X)", "print(p, X)"], "s0->s1: X p; s0->s2: X; s1->s2: p"),
    ("setattr", ["class C: pass\nc = C()", "setattr(c, 'x', 1)", "print(c.x)"], "s0->s1: c; s1->s2: c"),
    ("a bound method as a value", ["xs = []", "list(map(xs.append, [1]))", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("a sort key that changes elements", ["xs = [[2], [1]]", "ys = sorted(xs, key=lambda r: r.append(0) or 0)", "print(xs)"], "s0->s1: xs; s1->s2: xs"),
    ("a closure keeps its count", ["def make():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n        return n\n    return up\nup = make()", "up()", "print(up())"], "s0->s1: up; s1->s2: up"),
    ("a class attribute", ["class C:\n    seen = []", "C.seen.append(1)", "print(C.seen)"], "s1->s2: C"),
    ("a function attribute", ["def f(): pass", "f.calls = 1", "print(f.calls)"], "s1->s2: f"),
]  # fmt: skip

SHARED = [
    ("an alias made in a step of its own", ["a = []", "b = a", "a.append(1)", "print(b)"], "s0->s1: a; s1->s2: a; s2->s3: b"),
    ("a container", ["a = []", "d = {'k': a}", "a.append(1)", "print(d)"], "s0->s1: a; s1->s2: a; s2->s3: d"),
    ("a view", ["import numpy as np\na = np.zeros(3)", "v = a[:1]", "a += 1", "print(v)"], "s0->s1: a; s1->s2: a; s2->s3: v"),
    ("an attribute", ["class O: pass\na = []", "o = O()\no.x = a", "a.append(1)", "print(o.x)"], "s0->s1: a; s1->s2: a; s2->s3: o"),
    ("what a function returns", ["def same(v): return v\na = []", "b = same(a)", "b.append(1)", "print(a)"], "s0->s1: a; s1->s2: b; s2->s3: a"),
    ("aliases that nobody changes stay apart", ["a = [1]", "b = a", "print(a)", "print(b)"], "s0->s1: a; s0->s2: a; s1->s3: b"),
    ("a copy shares nothing", ["a = [1]", "b = list(a)", "b.append(1)", "print(a)"], "s0->s1: a; s1->s2: b; s0->s3: a"),
    ("identity is kept where it is asked for", ["a = [1]", "b = a", "print(a is b)"], "s0->s1: a; s1->s2: a b"),
    ("fields of an object are kept apart", ["class T:\n    def __init__(self, m, d):\n        self.m, self.d = m, d\n    def go(self):\n        self.m.append(sum(self.d))\nm = []\nd = [1]", "t = T(m, d)", "t.go()", "print(d)", "print(m)"], "s0->s1: d m; s1->s2: t; s0->s3: d; s2->s4: m"),
]  # fmt: skip

PARALLEL = [
    ("three models read one frame", ["import pandas as pd\ndf = pd.read_csv('x.csv')\nX, y = df[['a']], df['y']", "from sklearn.linear_model import Ridge\nm1 = Ridge().fit(X, y)", "from sklearn.svm import SVR\nm2 = SVR()\nm2.fit(X, y)", "m3 = df.groupby('a').mean()", "print(m1.score(X, y), m2, m3)"], "s0->s1: X y; s0->s2: X y; s0->s3: df; s0->s4: X y; s1->s4: m1; s2->s4: m2; s3->s4: m3"),
    ("reading is not changing", ["import pandas as pd\ndf = pd.read_csv('x.csv')", "df.head()", "len(df)\ndf.describe()", "df.plot()", "df.info()\ndf.to_csv('o.csv')", "print(df.shape)"], "s0->s1: df; s0->s2: df; s0->s3: df; s0->s4: df; s0->s5: df"),
    ("predicting is not changing", ["import joblib\nmodel = joblib.load('m')\nX = [1]", "p = model.predict(X)", "q = model.predict_proba(X)\nmodel.score(X, X)", "print(p, q, model)"], "s0->s1: X model; s0->s2: X model; s0->s3: model; s1->s3: p; s2->s3: q"),
    ("a filtered frame is a frame of its own", ["import pandas as pd\ndf = pd.read_csv('x.csv')", "a = df[df.x > 0]\na['n'] = 1", "b = df[['x']]\nb['n'] = 2", "print(a, b, df)"], "s0->s1: df; s0->s2: df; s0->s3: df; s1->s3: a; s2->s3: b"),
    ("loop variables make no chain", ["for i in range(3): a = i", "for i in range(3): b = i", "print(a, b)"], "s0->s2: a; s1->s2: b"),
    ("axes are of each step", ["import matplotlib.pyplot as plt\nxs = [1, 2]", "fig, ax = plt.subplots()\nax.plot(xs)", "fig, ax = plt.subplots()\nax.hist(xs)\nplt.show()", "print(xs)"], "s0->s1: xs; s0->s2: xs; s0->s3: xs"),
    ("one factory, two models", ["def build(n):\n    m = []\n    m.append(n)\n    return m", "a = build(1)", "b = build(2)", "a.append(2)", "print(a, b)"], "s1->s3: a; s3->s4: a; s2->s4: b"),
    ("a split gives parts of their own", ["from sklearn.model_selection import train_test_split\nX = [1]\ny = [2]", "X_train, X_test, y_train, y_test = train_test_split(X, y)", "X_train.append(3)", "print(X_test, y_test)", "print(X)"], "s0->s1: X y; s1->s2: X_train; s1->s3: X_test y_test; s0->s4: X"),
    ("a grid search does not change its frame", ["from sklearn.model_selection import GridSearchCV\nfrom sklearn.svm import SVC\nX = [[1]]\ny = [1]", "g = GridSearchCV(SVC(), {})\ng.fit(X, y)", "h = GridSearchCV(SVC(), {})\nh.fit(X, y)", "print(g, h)"], "s0->s1: X y; s0->s2: X y; s1->s3: g; s2->s3: h"),
    ("counting adds no sharing", ["n = 0\nxs = [1]", "n += len(xs)", "total = sum(xs)", "print(n, total, xs)"], "s0->s1: n xs; s0->s2: xs; s0->s3: xs; s1->s3: n; s2->s3: total"),
    ("enumerate and zip read", ["xs = [1]\nys = [2]", "for i, (x, y) in enumerate(zip(xs, ys)):\n    print(i, x, y)", "print(xs, ys)"], "s0->s1: xs ys; s0->s2: xs ys"),
    ("concat makes a new frame", ["import pandas as pd\na = pd.DataFrame()\nb = pd.DataFrame()", "c = pd.concat([a, b])\nc['x'] = 1", "print(a, b)", "print(c)"], "s0->s1: a b; s0->s2: a b; s1->s3: c"),
    ("records of a frame are read side by side", ["import pandas as pd\ndf = pd.read_csv('x.csv')\nrecs = df.to_dict('records')", "for r in recs:\n    print(r['a'], r.get('b'))", "names = [r['a'] for r in recs]\nprint(','.join(names))", "print(df)"], "s0->s1: recs; s0->s2: recs; s0->s3: df"),
    ("columns plotted as lists change nothing", ["import pandas as pd\nimport matplotlib.pyplot as plt\ndf = pd.read_csv('x.csv')\nl = df.a.tolist()", "fig, ax = plt.subplots()\nax.plot(l)\nax.bar(df['a'], df['b'])", "plt.plot(l, df['a'])\nplt.show()", "print(df, l)"], "s0->s1: df l; s0->s2: df l; s0->s3: df l"),
    ("what a library makes of frames in a list is new", ["import pandas as pd\nimport lib\na = pd.DataFrame()\nb = pd.DataFrame()", "c = lib.joined([a, b])\nc.append(1)", "print(a, b)", "print(c)"], "s0->s1: a b; s0->s2: a b; s1->s3: c"),
    ("tensors joined are new", ["import torch\na = torch.zeros(2)\nb = torch.ones(2)", "c = torch.cat([a, b])\nc.add_(1)", "print(a, b)", "print(c)"], "s0->s1: a b; s0->s2: a b; s1->s3: c"),
    ("arrays are read side by side", ["import numpy as np\na = np.zeros(4)\nb = np.ones(4)", "c = np.add(a, b)\nprint(np.clip(a, 0, 1), np.exp(b))", "d = np.einsum('i,i->', a, b)\nfor v in np.nditer(a):\n    print(v)", "print(sum(a), [p.mean() for p in np.split(b, 2)])"], "s0->s1: a b; s0->s2: a b; s0->s3: a b"),
    ("asking for truth and text changes nothing", ["class V:\n    def __init__(self):\n        self.items = [1]\n    def __bool__(self):\n        return bool(self.items)\n    def __str__(self):\n        return str(self.items)\nv = V()", "if v:\n    print(f'{v}')", "print(not v, type(v), type(v.items))", "d = {1: v}\nprint(d)"], "s0->s1: v; s0->s2: v; s0->s3: v"),
    ("a seed that is a number joins no steps", ["from sklearn.model_selection import train_test_split\nX = [1]\nseed = 7", "p, q = train_test_split(X, random_state=seed)", "r, s = train_test_split(X, random_state=seed)", "print(p, q, r, s)"], "s0->s1: X seed; s0->s2: X seed; s1->s3: p q; s2->s3: r s"),
    ("two generators of one's own stay apart", ["import numpy as np\nr = np.random.default_rng(0)\ns = np.random.default_rng(1)", "x = r.normal()", "y = s.normal()", "print(x, y)"], "s0->s1: r; s0->s2: s; s1->s3: x; s2->s3: y"),
    ("views of a dictionary are read side by side", ["d = {'a': [1]}\nks = d.keys()\nit = d.items()", "for k in ks:\n    print(k)", "print([k for k, v in it], len(ks))", "for k, v in d.items():\n    print(k, v)\nprint(sorted(d.values()))"], "s0->s1: ks; s0->s2: it ks; s0->s3: d"),
]  # fmt: skip

DRAWN = [
    ("axes and their figure are one drawing", ["import matplotlib.pyplot as plt\nfig, ax = plt.subplots()", "ax.plot([1])", "print(fig.axes)"], "s0->s1: ax; s1->s2: fig"),
    ("axes of a grid", ["import matplotlib.pyplot as plt\nfig, axes = plt.subplots(2)", "for ax in axes.flat:\n    ax.hist([1])", "print(axes)"], "s0->s1: axes; s1->s2: axes"),
    ("a frame draws on the axes it is given", ["import pandas as pd, matplotlib.pyplot as plt\ndf = pd.DataFrame()\nax = plt.gca()", "df.plot(ax=ax)", "print(ax, df)"], "s0->s1: ax df; s1->s2: ax; s0->s2: df"),
    ("seaborn draws on the axes it is given", ["import seaborn as sns, matplotlib.pyplot as plt\nax = plt.gca()", "sns.lineplot(x=[1], ax=ax)", "print(ax)"], "s0->s1: ax; s1->s2: ax"),
    ("what plotting gives is drawn on", ["import pandas as pd\ndf = pd.DataFrame()\nax = df.plot()", "line = ax.scatter([1], [2])", "print(ax)"], "s0->s1: ax; s1->s2: ax"),
    ("a plotly figure", ["import plotly.express as px\nfig = px.line()", "fig2 = fig.update_layout(title='t')", "fig.show()\nfig.write_html('x')", "print(fig)"], "s0->s1: fig; s1->s2: fig; s1->s3: fig"),
    ("plots of one frame stand side by side", ["import pandas as pd, matplotlib.pyplot as plt\ndf = pd.DataFrame()", "fig, ax = plt.subplots()\nax.plot(df.a)", "df.plot()\nplt.show()", "df['a'].hist()"], "s0->s1: df; s0->s2: df; s0->s3: df"),
]  # fmt: skip

IPYTHON = [
    ("%%time runs in the notebook", ["%%time\nx = 1", "print(x)"], "s0->s1: x"),
    ("%%timeit binds nothing", ["x = 1", "%%timeit\nx = 2", "print(x)"], "s0->s2: x"),
    ("%time of an assignment", ["%time x = 1", "print(x)"], "s0->s1: x"),
    ("%timeit reads", ["x = 1", "%timeit x + 1", "print(x)"], "s0->s1: x; s0->s2: x"),
    ("shell assignment", ["a = '.'", "fs = !ls {a}\ngs = !echo $a", "print(fs, gs)"], "s0->s1: a; s1->s2: fs gs"),
    ("quiet magics", ["%matplotlib inline\n%load_ext autoreload\nx = 1", "%config Foo.bar = 1\n!pip install z\nprint(x)"], "s0->s1: x"),
    ("%%writefile is no code", ["x = 1", "%%writefile f.py\nx = 2", "print(x)"], "s0->s2: x"),
    ("%%bash --out binds", ["%%bash --out v\necho 1", "print(v)"], "s0->s1: v"),
    ("trailing semicolon and help", ["x = 1;", "x?\nprint(x);"], "s0->s1: x"),
    ("a definition under %%time", ["%%time\ndef f(): return k", "k = 1", "print(f())"], "s0->s2: f; s1->s2: k"),
]  # fmt: skip

ROWS = [*BINDING, *LATE, *CHANGE, *SHARED, *PARALLEL, *DRAWN, *IPYTHON]


@pytest.mark.parametrize(
    ("sources", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_what_flows(sources: list[str], expected: str) -> None:
    assert inputs(flow_of_sources(sources)) == triples(expected)


@pytest.mark.parametrize("sources", [row[1] for row in PARALLEL], ids=[row[0] for row in PARALLEL])
def test_ordinary_code_has_no_findings(sources: list[str]) -> None:
    assert codes(flow_of_sources(sources)) == []


def test_a_reason_names_the_step_the_name_and_the_line() -> None:
    flow = flow_of(("features", "X = [1]"), ("train", "\n\nm = len(X)"))
    assert flow.edges[0].reason == "`train` needs `X` from `features`, line 3"


def test_without_drops_names() -> None:
    assert without({("a", "b", "x"), ("a", "b", "y")}, ["x"]) == {("a", "b", "y")}
