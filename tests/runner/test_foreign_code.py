"""Functions in values are compiled code, which belongs to one Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbprism.runner.artifacts import parcel, rebuild
from nbprism.runner.errors import ArtifactForeign


def test_a_function_of_another_python_is_refused_with_both_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: dict[str, object] = {}
    exec("twice = lambda x: 2 * x\nnumbers = [1, 2]", there)
    values = {name: there[name] for name in ("twice", "numbers")}
    entries = parcel.pack(tmp_path, "make", values, there)
    assert parcel.unpack(tmp_path, {"twice": entries["twice"]}, {})["twice"](21) == 42
    monkeypatch.setattr(rebuild, "PYTHON", "2.7")
    with pytest.raises(ArtifactForeign, match=r"Python 3\.\d+ compiled; this is Python 2\.7"):
        parcel.unpack(tmp_path, {"twice": entries["twice"]}, {})
    assert parcel.unpack(tmp_path, {"numbers": entries["numbers"]}, {})["numbers"] == [1, 2]
