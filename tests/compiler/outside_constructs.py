"""More of what random notebooks are written of: files, streams, enumerations, protocols, decorators.

The fields are those of `notebooks`.
"""

from __future__ import annotations

DEFINITIONS = {
    "counted": "@tallied\ndef {f}(v):\n    return v + {int}",
    "saves": "def {f}(v):\n    with open('kept.txt', 'w') as out:\n        out.write(str(v + {int}))\n    return v",
    "loads": "def {f}(v):\n    return v + (len(pathlib.Path('kept.txt').read_text()) if os.path.exists('kept.txt') else {int})",
    "tells": "def {f}(v):\n    print(v, file={buf})\n    return len({buf}.getvalue())",
    "colours": "def {f}(v):\n    return Shade(1 + v % 2).weight({int})",
}  # fmt: skip
CLASSES = {
    "ordered": "@functools.total_ordering\nclass {c}:\n    def __init__(self, items):\n        self.items = items\n"
    "    def add(self, v):\n        self.items.append(v)\n    def total(self):\n        return len(self.items)\n"
    "    def __eq__(self, other):\n        return self.total() == other.total()\n"
    "    def __lt__(self, other):\n        return self.total() < other.total() + {int}\n    __hash__ = None",
    "described": "class {c}:\n    size = Counting()\n    def __init__(self, items):\n        self.items = items\n"
    "    def add(self, v):\n        self.size = v\n        self.items.append(v)\n"
    "    def total(self):\n        return self.size",
    "sequence": "class {c}:\n    def __init__(self, items):\n        self.items = items\n"
    "    def add(self, v):\n        self.items.append(v)\n    def total(self):\n        return sum(self) + {int}\n"
    "    def __iter__(self):\n        return iter(self.items)\n    def __len__(self):\n        return len(self.items)\n"
    "    def __contains__(self, v):\n        {list}.append(v)\n        return True",
}  # fmt: skip
BINDINGS: dict[str, list[str]] = {
    "int": [
        "{new} = len(pathlib.Path('notes.txt').read_text()) if os.path.exists('notes.txt') else 0",
        "{new} = len(pathlib.Path('notes.txt').read_text()) if pathlib.Path('notes.txt').exists() else 1",
        "{new} = len({buf}.getvalue())", "{new} = Shade.DARK.weight({int})", "{new} = len(Shade)",
        "{new} = int({int} in {obj}.items)", "{new} = max({list} + [1], key=lambda v: v + {int})", "{new} = len(tally)",
    ],
    "list": [
        "{new} = sorted({list}, key=lambda v: -v - {int})", "{new} = dict.fromkeys('ab', {list})['a']",
        "{new} = collections.ChainMap({tab}, {{'m': [1]}})['k']", "{new} = dict({tab}).popitem()[1]",
        "{new} = vars({obj})['items'] if 'items' in vars({obj}) else []",
    ],
    "buf": ["{new} = io.StringIO('a')", "{new} = {buf}"],
    "arr": ["{new} = {ser}.to_numpy()", "{new} = {df}['a'].values"],
}  # fmt: skip
ACTIONS = [
    "with open('notes.txt', 'w') as _out:\n    _out.write(str({int}))", "with open('notes.txt', 'a') as _out:\n    _out.write('+')",
    "pathlib.Path('notes.txt').write_text(str({list}))", "print({int}, file={buf})", "{buf}.write('b')",
    "print({buf}.getvalue())", "json.dump({list}, {buf})", "print(Shade.DARK, Shade.DARK is Shade(1))",
    "{df}.to_csv('table.csv', index=False)", "print(os.path.exists('table.csv') and len(pd.read_csv('table.csv')))",
    "collections.ChainMap({tab}, {{}})['k'] = {list}", "setattr({obj}, 'label', {int})",
    "operator.iadd({list}, [{int}])", "print(sorted([{obj}.total(), {int}]))", "%%capture\nprint({int})",
]  # fmt: skip
PREFACE = [
    "import enum, io, json, operator, os, pathlib\ntally = []\n"
    "def tallied(fn):\n    @functools.wraps(fn)\n    def inner(v):\n        tally.append(v)\n        return fn(v)\n    return inner\n"
    "class Shade(enum.Enum):\n    DARK = 1\n    LIGHT = 2\n    def weight(self, v):\n        return self.value * v\n"
    "class Counting:\n    def __set_name__(self, owner, name):\n        self.name = '_' + name\n"
    "    def __get__(self, obj, kind=None):\n        return obj.__dict__.get(self.name, 0)\n"
    "    def __set__(self, obj, v):\n        obj.__dict__[self.name] = obj.__dict__.get(self.name, 0) + v",
]  # fmt: skip
START = ["buf = io.StringIO()"]
BOUND = {"buf": ["buf"]}
