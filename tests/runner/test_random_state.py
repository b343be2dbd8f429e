from __future__ import annotations

import random

import pytest

from nbprism.compiler.walk.library.random_state import HIDDEN
from nbprism.runner.unit import random_state


@pytest.mark.parametrize(("module", "hidden"), HIDDEN.items())
def test_every_state_the_compiler_hands_on_can_be_taken(module: str, hidden: str) -> None:
    pytest.importorskip(module)  # PyTorch is not among the packages of the tests
    assert random_state.taken(["x", hidden]).keys() == {hidden}


def test_a_state_that_is_put_back_gives_the_same_numbers_again() -> None:
    states = random_state.taken(["__random__"])
    first = random.random()
    assert random_state.put_back({**states, "x": 1}) == {"x": 1}
    assert random.random() == first
