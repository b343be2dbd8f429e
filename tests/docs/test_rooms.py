"""What a package says of its files is true of all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTED = re.compile(r"^ {4}(\w+\.py) {2,}\S", re.M)
PACKAGES = [
    path.parent
    for folder in ("compiler", "runner", "server_ext", "extension")
    for path in sorted((ROOT / folder).rglob("__init__.py"))
    if LISTED.search(path.read_text())
]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_that_lists_its_files_lists_them_all(package: Path) -> None:
    listed = LISTED.findall((package / "__init__.py").read_text())
    there = {path.name for path in package.glob("*.py")} - {"__init__.py"}
    assert (sorted(listed), len(listed)) == (sorted(there), len(there))
