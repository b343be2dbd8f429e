"""What `%%nbprism` is told, and which lines a cell's user sees."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbprism import magics
from nbprism.compiler import PlanRejected
from nbprism.magics import MagicUsage


@pytest.fixture
def shell() -> InteractiveShell:
    # No history: it is a file under the home, which other shells have open.
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    magics.register(shell)
    return shell


@pytest.mark.parametrize(
    ("line", "seen_at"),
    [("", 3), ("cpus=1", 3), ("--hidden", 2), ("--no-wait --hidden cpus=1", 2)],
)
def test_a_mistake_is_found_at_the_line_that_the_user_sees(
    shell: InteractiveShell, line: str, seen_at: int
) -> None:
    with pytest.raises(PlanRejected, match=rf"\(line {seen_at}\)") as refused:
        shell.run_cell_magic("nbprism", line, "x = 1\nprint(nowhere)\n")
    # IPython shows the sentence, and not how nbprism came to say it.
    assert refused.value._render_traceback_() == [f"PlanRejected: {refused.value}"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--no-wiat", "Did you mean `--no-wait`?"),
        ("--cluster", "Which cluster?"),
        ("--xyz", "It is --no-wait or --cluster=NAME."),
        ("gpus", "not of the form NAME=VALUE"),
    ],
)
def test_what_cannot_be_meant_is_refused(shell: InteractiveShell, line: str, said: str) -> None:
    with pytest.raises(MagicUsage, match=said):
        shell.run_cell_magic("nbprism", line, "x = 1\n")
