"""More of what random notebooks are written of: library results, state, classes, syntax.

The fields are those of `notebooks`.
"""

from __future__ import annotations

DEFINITIONS = {
    "nested": "def {f}(v):\n    def inner(w):\n        return w + {int}\n    return inner(v)",
    "keywords": "def {f}(v, *rest, k={int}, **more):\n    return v + k + len(rest) + len(more)",
    "sums": "def {f}(v):\n    return sum(u for u in range(v % 5) if u < {int})",
    "tries": "def {f}(v):\n    try:\n        return v // ({int} - {int})\n"
    "    except ZeroDivisionError:\n        return {int}\n    finally:\n        {list}.append(v)",
    "conditional": "if {int} > 2:\n    def {f}(v):\n        return v + 1\n"
    "else:\n    def {f}(v):\n        return v + {int}",
    "draws": "def {f}(v):\n    return v + int({rng}.integers(5))",
    "counts": "def {f}(v):\n    {bag}['a'] += v\n    return {bag}['a']",
    "makes": "def {f}(v):\n    made = {rec}\n    made.size += v\n    return made.size",
    "matches": "def {f}(v):\n    match v % 3:\n        case 0:\n            return {int}\n"
    "        case n if n > 1:\n            return n\n    return v",
}  # fmt: skip
CLASSES = {
    "property": "class {c}:\n    def __init__(self, items):\n        self._items = items\n"
    "    @property\n    def items(self):\n        return self._items\n"
    "    @items.setter\n    def items(self, v):\n        self._items = v\n"
    "    def add(self, v):\n        self._items.append(v)\n"
    "    def total(self):\n        return len(self) + {int}\n"
    "    def __len__(self):\n        return len(self._items)",
    "kept": "class {c}:\n    def __init__(self, items):\n        self.items = items\n"
    "    @functools.cached_property\n    def first(self):\n        return len(self.items) + {int}\n"
    "    def add(self, v):\n        self.items.append(v)\n    def total(self):\n"
    "        return self.first",
    "made": "class {c}({cls}):\n    @classmethod\n    def of(cls, v):\n        return cls([v])\n"
    "    def total(self):\n        return type(self).of({int}).size()\n"
    "    def size(self):\n        return len(self.items)",
}  # fmt: skip
BINDINGS: dict[str, list[str]] = {
    "int": [
        "{new} = int({rng}.integers(9))", "{new} = random.randint(0, 9)", "{new} = int(np.random.rand() * 9)",
        "{new} = next({it}, 0)", "{new} = {bag}['a']", "{new} = {rec}.size", "{new} = {rec}.twice", "{new} = int({ser}.sum())",
        "{new} = memo({int} % 4)", "{new} = len({rec}.tags)", "{new} = sum(counted({list}))",
        "*{new2}, {new} = {int}, {int}", "{new} = (lambda v: v + {int})(2)", "{new} = {ser}.max() % 7",
    ],
    "list": [
        "{new} = list({it})", "{new}, *{new2} = {list}, 1, 2", "{new} = {rec}.tags", "{new} = list(counted({list}))",
        "{new} = list(itertools.chain({list}, [{int}]))", "{new} = {ser}.tolist()", "{new} = [*range({int} % 4)]",
        "{new} = list({bag}.values())", "{new} = [v for v in {list} if (last := v)]", "{new} = list(reversed({list}))",
    ],
    "rng": ["{new} = np.random.default_rng(3)", "{new} = {rng}"],
    "it": [
        "{new} = iter([1, 2, 3])", "{new} = iter({list})", "{new} = {it}", "{new} = map(lambda v: v + {int}, {list})",
        "{new} = map(lambda v: v + {int}, {it})", "{new} = filter(lambda v: v != {int}, {it})", "{new} = iter(list(itertools.islice({it}, 2)))",
    ],
    "bag": ["{new} = collections.Counter('aab')", "{new} = collections.defaultdict(int, a=2)", "{new} = {bag}"],
    "rec": [
        "{new} = Rec({int})", "{new} = SubRec({int}, {list})", "{new} = {rec}", "{new} = dataclasses.replace({rec}, size={int})",
        "{new} = copy.deepcopy({rec})", "{new} = copy.copy({rec})",
    ],
    "ser": [
        "{new} = {df}['a']", "{new} = {df}.groupby('a')['a'].sum()", "{new} = {df}.a.copy()", "{new} = {ser} * 2",
        "{new} = pd.Series({list} or [0])",
    ],
    "df": [
        "{new} = {df}.merge({df}[['a']].drop_duplicates(), on='a')", "{new} = {df}.groupby('a', as_index=False).sum()",
        "{new} = {df}.iloc[:2]", "{new} = {df}.reset_index(drop=True)", "{new} = {df}.head(2)", "{new} = {df}.query('a > @zero')",
        "{new} = pd.DataFrame({{'a': {ser}}})",
    ],
    "arr": [
        "{new} = {rng}.integers(0, 5, 4)", "{new} = np.random.permutation(4)", "{new} = {ser}.to_numpy(copy=True)", "{new} = {arr}[:2].copy()",
        "{new} = np.where({arr} > 1, {arr}, 0)", "{new} = scaled({arr})",
    ],
}  # fmt: skip
ACTIONS = [
    "{rng}.shuffle({arr})", "np.random.seed({int} % 5)", "random.seed({int} % 5)", "random.shuffle({list})",
    "np.random.shuffle({arr})", "print(random.random(), np.random.rand())", "print({rng}.normal())",
    "{bag}['b'] += {int}", "{bag}.update(a=1)", "print(dict({bag}))", "print({bag}['zz'])", "print(next({it}, None))",
    "print(list({it}))", "print({rec}, {rec}.twice)", "{rec}.grow({int})", "{rec}.tags.append({int})",
    "{rec}.size += 1", "{rec}.tags = {list}", "with recording({list}) as _r:\n    _r.append({int})",
    "with {rec} as _r:\n    _r.size += 1", "(lambda v: v.append({int}))({list})", "print([(w := v) for v in {list}])",
    "_first, *_others = {list} or [0]\nprint(_first, _others)", "{ser}.iloc[:1] = {int}", "{df}.iloc[:1, 0] = {int}",
    "async def _later(v):\n    {list}.append(v)\nasyncio.run(_later({int}))",
    "try:\n    {list}.append({int})\nfinally:\n    {int} = 4", "print({ser}.sum(), {df}.a.tolist())",
    "for _i, _v in enumerate({list}):\n    {llist}[0].append(_i)\n    if _i > 1:\n        break\nelse:\n    {int} = 9",
    "print({rec} == Rec(1), {obj}.total())", "{int} = {int} if {list} else memo(2)", "traced({int})",
    "print(sorted({rec}.tags, reverse=True), memo(3))", "model.fit({arr}.reshape(-1, 1), {arr})\nprint(model.n_features_in_)",
    "print(list(itertools.islice({it}, 1)))", "print(sum(itertools.takewhile(lambda v: v < 3, {it})))", "print(list(zip({it}, {list})))",
    "functools.partial(list.append, {list})({int})",
    "%time {int} = {int} + 1", "_shown = !echo {{{int}}}\nprint(_shown)", "%matplotlib inline",
]  # fmt: skip
PREFACE = [
    "import asyncio, collections, itertools, random\nfrom sklearn.linear_model import LinearRegression\n"
    "@functools.lru_cache\ndef memo(v):\n    return v * 2\n"
    "@contextlib.contextmanager\ndef recording(v):\n    v.append(0)\n    yield v\n    v.append(-1)\n"
    "@recording([])\ndef traced(v):\n    return v\n"
    "def counted(v):\n    for i, item in enumerate(v):\n        yield i\n"
    "def scaled(a):\n    a *= 2\n    return a\n"
    "@dataclasses.dataclass\nclass Rec:\n    size: int\n    tags: list = dataclasses.field(default_factory=list)\n"
    "    @property\n    def twice(self):\n        return 2 * self.size\n"
    "    def grow(self, v):\n        self.tags.append(v)\n        self.size += 1\n"
    "    def __enter__(self):\n        self.tags.append('in')\n        return self\n"
    "    def __exit__(self, *problem):\n        self.tags.append('out')\n"
    "class SubRec(Rec):\n    def grow(self, v):\n        super().grow(v)\n        self.size += len(self.tags)",
]
START = [
    "random.seed(1)\nnp.random.seed(1)\nzero = 0\nrng = np.random.default_rng(1)\nit = iter([1, 2])\nbag = collections.Counter('ab')\n"
    "rec = Rec(1)\nser = pd.Series([1, 2, 3])\nmodel = LinearRegression()",
]
BOUND = {"rng": ["rng"], "it": ["it"], "bag": ["bag"], "rec": ["rec"], "ser": ["ser"]}
