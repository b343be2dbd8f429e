"""The names users import, and that importing nbprism stays cheap."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import traceback
from typing import Any

import pytest

import nbprism
from nbprism import errors
from nbprism.compiler import errors as compiler_errors
from nbprism.results import errors as results_errors
from nbprism.runner import errors as runner_errors


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in nbprism.__all__:
        assert getattr(nbprism, name).__doc__, name


def test_public_names_are_sorted() -> None:
    assert nbprism.__all__ == sorted(nbprism.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(nbprism, "no_such_thing")


def test_importing_nbprism_imports_neither_ray_nor_a_server() -> None:
    code = (
        "import nbprism, sys; print([m for m in ('ray', 'tornado', 'pandas') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("call", [nbprism.submit, nbprism.run, nbprism.forecast])
def test_what_the_user_did_wrong_is_told_without_frames_of_nbprism(call: Any) -> None:
    with pytest.raises(errors.NotebookUnreadable) as told:
        call("not-there.ipynb")
    shown = "".join(traceback.format_exception(told.value))
    assert shown.count("  File ") == 2, "this line, and the door"
    assert shown.endswith("not-there.ipynb does not exist. Check the path.\n")


def documented_tree() -> dict[str, str]:
    """Return name -> parent, as the docstring draws it."""
    above: list[str] = []
    tree = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"    ([│├└─ ]*)(\w+) {3,}", line):
            depth = len(found[1]) // 4
            tree[found[2]] = above[depth - 1] if depth else ""
            above[depth:] = [found[2]]
    return tree


def test_errors_form_the_documented_tree() -> None:
    real = {name: getattr(errors, name) for name in errors.__all__}
    tree = documented_tree()
    assert tree.keys() == real.keys()
    for name, parent in tree.items():
        assert real[name].__base__ is (real[parent] if parent else Exception), name


def test_no_error_that_users_meet_is_left_out() -> None:
    for module in (runner_errors, results_errors, compiler_errors):
        missing = {
            name
            for name, found in vars(module).items()
            if isinstance(found, type) and issubclass(found, errors.PrismError)
        } - set(errors.__all__)
        assert missing <= {"InvalidTransition"}  # a fault of nbprism's own


@pytest.mark.parametrize("name", errors.__all__)
def test_an_error_has_a_code_of_its_own_and_crosses_processes(name: str) -> None:
    kind = getattr(errors, name)
    again = pickle.loads(pickle.dumps(kind("It is so.")))  # noqa: S301 - our own
    assert (type(again), str(again), again.code) == (kind, "It is so.", kind.code)
    assert [n for n in errors.__all__ if getattr(errors, n).code == kind.code] == [name]
