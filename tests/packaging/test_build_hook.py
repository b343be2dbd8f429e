"""When the build hook builds the JupyterLab extension, and what it asks for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hook", CHECKOUT / "tools/hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hook"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(hook: ModuleType, tmp_path: Path) -> Path:
    """A checkout whose extension is built."""
    for name in hook.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}\n")
    for folder in hook.FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "js/src/index.ts").write_text("export default [];\n")
    (tmp_path / hook.BUILT / "static").mkdir(parents=True)
    (tmp_path / hook.BUILT / "static/style.js").touch()
    (tmp_path / hook.STAMP).write_text(hook.digest(tmp_path))
    return tmp_path


def test_a_build_of_these_sources_is_current(hook: ModuleType, tree: Path) -> None:
    assert hook.is_current(tree)


def test_a_changed_source_makes_it_stale(hook: ModuleType, tree: Path) -> None:
    (tree / "js/src/index.ts").write_text("export default [1];\n")
    assert not hook.is_current(tree)


def test_a_new_a_renamed_and_a_deleted_source_make_it_stale(hook: ModuleType, tree: Path) -> None:
    source = tree / "js/src/index.ts"
    (tree / "js/src/new.ts").touch()
    assert not hook.is_current(tree)
    (tree / "js/src/new.ts").unlink()
    source.rename(tree / "js/src/main.ts")
    assert not hook.is_current(tree)
    (tree / "js/src/main.ts").unlink()
    assert not hook.is_current(tree)


def test_dates_and_line_ends_do_not_matter(hook: ModuleType, tree: Path) -> None:
    (tree / "js/src/index.ts").write_bytes(b"export default [];\r\n")
    assert hook.is_current(tree)


def test_a_build_without_a_stamp_was_not_made_by_the_hook(hook: ModuleType, tree: Path) -> None:
    (tree / hook.STAMP).unlink()
    assert not hook.is_current(tree)


def test_a_stamp_without_a_build_is_not_enough(hook: ModuleType, tree: Path) -> None:
    (tree / hook.BUILT / "static/style.js").unlink()
    assert not hook.is_current(tree)


@pytest.mark.parametrize(
    ("version", "runs"),
    [
        ("v20.19.0", True),
        ("v20.18.3", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v23.0.0", True),
        ("v24.1.0", True),
        ("v18.20.0", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_a_node_that_runs_the_bundler_is_told_by_its_version(
    hook: ModuleType, version: str, runs: bool
) -> None:
    assert hook.runs_bundler(version) is runs
