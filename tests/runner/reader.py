"""Reads values in a process that did not make them: `python reader.py STORE ENTRIES`.

Prints, as JSON, the kinds of values that did not arrive and why.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from values import everything

from nbprism.runner.artifacts import parcel

if __name__ == "__main__":
    store, entries = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    wrong = {}
    for kind, (value, check) in everything().items():
        try:
            if not check(value, parcel.unpack(store, {kind: entries[kind]}, {})[kind]):
                wrong[kind] = "it is not the same"
        except Exception as error:
            wrong[kind] = repr(error)
    json.dump(wrong, sys.stdout)
