"""The standard library's `json`, in a copy that nobody else has.

A cell that replaces `json.dumps`, or changes its classes, changes them for all of its process. What
nbprism does there must not depend on it: it tells, and saves, what that cell did.
"""

from __future__ import annotations

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


def _copied() -> ModuleType:
    name = f"{__name__}_copy"
    source = Path(json.__file__)
    spec = spec_from_file_location(name, source, submodule_search_locations=[str(source.parent)])
    if spec is None or spec.loader is None:
        return json  # a Python without files: frozen into one program
    module = module_from_spec(spec)
    # Its parts are imported relative to it, and so copied, too.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_copy = _copied()
dumps, loads, dump, JSONEncoder = _copy.dumps, _copy.loads, _copy.dump, _copy.JSONEncoder
