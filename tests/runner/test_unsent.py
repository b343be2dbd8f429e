"""What a kernel had printed and not sent can be read by others, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprism.runner.kernels import unsent
from nbprism.runner.kernels.unsent import HALF, LOST, Unsent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernel")


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(
    batches=st.lists(st.lists(TEXTS, max_size=4), min_size=1, max_size=6), on_the_way=st.booleans()
)
def test_what_did_not_arrive_is_found_after_what_did(
    folder: Path, batches: list[list[str]], on_the_way: bool
) -> None:
    path = unsent.place(folder, "stdout")
    path.unlink(missing_ok=True)
    stream = Unsent(path)
    for batch in batches[:-1]:
        for text in batch:
            stream.write(text)
        stream.sent(len("".join(batch)))
    for text in batches[-1]:
        stream.write(text)
    # The last batch that was sent may have arrived, or died on the way.
    lost = batches[-2:] if on_the_way else batches[-1:]
    arrived = "".join(text for batch in batches[: len(batches) - len(lost)] for text in batch)
    assert unsent.after(path, len(arrived)) == "".join(text for batch in lost for text in batch)


def test_more_than_is_kept_is_said_to_be_lost(folder: Path) -> None:
    stream = Unsent(unsent.place(folder, "flood"))
    stream.write("a" * (HALF - 100))
    stream.write("b" * 200)
    stream.write("c")
    found = unsent.after(unsent.place(folder, "flood"), 0)
    assert found.startswith("aaa")
    assert "c" not in found.removesuffix(LOST)
    assert found.endswith(f"b{LOST}")
    # What is sent makes room again.
    stream.sent(HALF)
    stream.write("d")
    assert unsent.after(unsent.place(folder, "flood"), HALF) == "d"


def test_a_kernel_that_kept_nothing_has_nothing_unsent(folder: Path) -> None:
    assert unsent.after(folder / "none", 0) == ""
    assert unsent.given_away(folder / "none") == 0
