from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprism.server_ext.errors import FilesElsewhere, PathOutsideRoot
from nbprism.server_ext.roots import ContentsRoot

ESCAPES = [
    "../secret.ipynb",
    "a/../../secret.ipynb",
    "a/../../../../../../../../etc/passwd",
    "..",
    ".",
    "/",
    "",
    "../data-secret/x.ipynb",
    "RTC:../secret.ipynb",
    "RTC:/../secret.ipynb",
    "out/secret.ipynb",
    "out.ipynb",
    "loop/x.ipynb",
    "a\0.ipynb",
    "a/" + "x" * 5000,
]

INSIDE = [
    ("a.ipynb", "a.ipynb"),
    ("/a.ipynb", "a.ipynb"),
    ("//a.ipynb", "a.ipynb"),
    ("sub/a.ipynb", "sub/a.ipynb"),
    ("sub/../a.ipynb", "a.ipynb"),
    ("not/there/yet.ipynb", "not/there/yet.ipynb"),
    ("RTC:a.ipynb", "a.ipynb"),
    ("RTC:/sub/a.ipynb", "sub/a.ipynb"),
    ("other:a.ipynb", "other:a.ipynb"),
    ("in.ipynb", "sub/real.ipynb"),
    ("name with {braces} and ü.ipynb", "name with {braces} and ü.ipynb"),
    ("..a.ipynb", "..a.ipynb"),
]


@pytest.fixture
def root(tmp_path: Path) -> ContentsRoot:
    """Return `data/`, with links that lead out, in and nowhere, beside `data-secret/`."""
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "data-secret").mkdir()
    (folder / "out").symlink_to(tmp_path / "data-secret")
    (folder / "out.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (folder / "in.ipynb").symlink_to(folder / "sub" / "real.ipynb")
    (folder / "loop").symlink_to(folder / "loop")
    return ContentsRoot(folder, drives=("RTC",))


@pytest.mark.parametrize("path", ESCAPES)
def test_a_path_that_leaves_the_root_is_refused(root: ContentsRoot, path: str) -> None:
    with pytest.raises(PathOutsideRoot):
        root.notebook(path)


@pytest.mark.parametrize(("path", "file"), INSIDE)
def test_a_path_inside_is_the_file_it_names(root: ContentsRoot, path: str, file: str) -> None:
    assert root.folder is not None
    assert root.notebook(path) == root.folder.resolve() / file


def test_a_root_that_is_itself_a_link_works(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert ContentsRoot(tmp_path / "link").notebook("a.ipynb") == tmp_path / "real" / "a.ipynb"


def test_contents_that_are_not_files_are_refused() -> None:
    with pytest.raises(FilesElsewhere):
        ContentsRoot(None).notebook("a.ipynb")


PIECES = st.sampled_from(
    ["..", ".", "", "a", "data-secret", "RTC:", "/", "\0", "~", "%2e%2e", "\\"]
)


@given(st.lists(PIECES, max_size=12), st.sampled_from(["/", "//", ""]))
def test_no_path_ever_names_a_file_outside(pieces: list[str], joint: str) -> None:
    folder = Path("/srv/data")
    try:
        file = ContentsRoot(folder, drives=("RTC",)).notebook(joint.join(pieces))
    except PathOutsideRoot:
        return
    assert folder.resolve() in file.parents
