"""Steps that run once for each item of a list, told to the state machine."""

from __future__ import annotations

from typing import Any

import pytest
from test_state import BOOM, Story

from nbprism.runner import events as ev
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow.rules import StepRules


class Loop(Story):
    """`load` makes a list, `train` goes over it, `join` loads what it gave, `after` only waits."""

    def __init__(self, items: int = 3, **train: Any) -> None:
        needs = {"needs": ("train",)}
        super().__init__({
            "load": StepRules(),
            "train": StepRules(
                needs=("load",), values_from=frozenset({"load"}), expands=True, cell="c1", **train
            ),
            "join": StepRules(**needs, values_from=frozenset({"train"})),
            "after": StepRules(**needs),
        })  # fmt: skip
        self.begin().run("load")
        self.tell(cmd.ItemsCounted, step="train", labels=tuple("abcdefghij"[:items]))

    def run(self, step: str, attempt: int = 1) -> Loop:
        self.start(step, attempt).succeed(step, attempt)
        return self

    def break_(self, step: str, attempt: int = 1) -> Loop:
        self.start(step, attempt).fail(step, attempt)
        return self

    def units(self) -> dict[str, str]:
        return {
            name: phase for name, phase in self.phases().items() if name.startswith("train[")
        }  # fmt: skip

    def shown(self) -> list[str]:
        ops = [e.ops for e in self.events if isinstance(e, ev.CellOutput) and e.step == "train"]
        return [op["output"]["text"] for of in ops for op in of]


def test_each_item_is_a_step_of_its_own_and_the_step_runs_until_the_last_has_ended() -> None:
    story = Loop()
    assert story.units() == {"train[0]": "queued", "train[1]": "queued", "train[2]": "queued"}
    assert story.state.steps["train"].phase == "running"
    story.run("train[2]").run("train[0]")
    assert (story.state.steps["train"].items, story.state.steps["train"].items_ended) == (3, 2)
    story.run("train[1]")
    assert story.effects == (cmd.Collect("train", ("train[0]", "train[1]", "train[2]")),)
    assert story.state.steps["train"].phase == "running"
    story.tell(cmd.Collected, step="train", outputs=({"name": "model"},))
    assert story.state.steps["train"].phase == "succeeded"
    assert story.state.steps["join"].phase == "queued"


def test_a_line_in_the_cell_tells_how_each_unit_ended() -> None:
    story = Loop(2).run("train[1]").break_("train[0]")
    assert story.shown() == [
        "[1] b succeeded in 1.0 s\n",
        "[0] a failed: ValueError: boom\n",
    ]


@pytest.mark.parametrize("width", [1, 2, 3, 4, 9])
def test_no_more_units_than_max_parallel_are_on_their_way(width: int) -> None:
    story, most = Loop(7, max_parallel=width), 0
    order = []
    while out := [name for name, phase in story.units().items() if phase == "queued"]:
        most = max(most, len(out))
        order.append(out[0])
        story.run(out[0])
    assert most == min(width, 7)
    assert order == [f"train[{index}]" for index in range(7)]
    assert isinstance(story.effects[-1], cmd.Collect)


def test_a_failed_item_is_told_by_its_number_and_what_was_not_started_is_skipped() -> None:
    story = Loop(4, max_parallel=2).break_("train[1]")
    assert story.units() == {
        "train[0]": "queued", "train[1]": "failed", "train[2]": "skipped", "train[3]": "skipped",
    }  # fmt: skip
    assert story.state.steps["train[2]"].reason == "item 1 failed"
    story.run("train[0]")
    failure = story.state.steps["train"].error
    assert failure is not None
    assert failure.evalue == "Item 1 of 4 failed: ValueError: boom"
    assert (failure.cell, failure.code) == ("c1", "cell-failed")
    assert story.state.steps["join"].reason == "step 'train' failed"
    story.tell(cmd.Wrapped, executed=None)
    assert isinstance(story.state.last, ev.RunFailed)
    assert story.state.last.step == "train"


def test_with_allow_failure_the_others_go_on_and_leave_a_gap_in_the_list() -> None:
    story = Loop(3, max_parallel=1, allow_failure=True)
    story.run("train[0]").break_("train[1]").run("train[2]")
    assert story.effects == (cmd.Collect("train", ("train[0]", None, "train[2]")),)
    story.tell(cmd.Collected, step="train")
    assert story.state.steps["train"].phase == "failed"
    story.run("join").run("after").tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "succeeded"


def test_when_every_item_fails_there_is_nothing_to_load() -> None:
    story = Loop(2, allow_failure=True).break_("train[0]").break_("train[1]")
    story.tell(cmd.Collected, step="train")
    failure = story.state.steps["train"].error
    assert failure is not None
    assert failure.evalue == "2 of 2 items failed: 0, 1. Item 0: ValueError: boom"
    assert story.phases()["join"] == "skipped"
    assert story.phases()["after"] == "queued"


def test_each_unit_is_tried_again_by_itself() -> None:
    story = Loop(2, retries=1).break_("train[0]").run("train[1]")
    assert story.state.steps["train[0]"].retry_pending
    assert story.state.steps["train"].items_ended == 1
    story.tell(cmd.RetryDue, step="train[0]", attempt=2).run("train[0]", 2)
    assert isinstance(story.effects[-1], cmd.Collect)


def test_an_empty_list_gives_empty_lists() -> None:
    story = Loop(0)
    assert story.effects == (cmd.Collect("train", ()),)
    story.tell(cmd.Collected, step="train")
    assert story.phases()["train"] == "succeeded"


def test_what_cannot_be_gone_over_fails_the_step() -> None:
    story = Loop.__new__(Loop)
    Story.__init__(story, {"train": StepRules(expands=True), "z": StepRules(needs=("train",))})
    story.begin()
    assert story.effects == (cmd.CountItems("train"),)
    story.tell(cmd.ItemsCounted, step="train", failure=BOOM)
    assert story.phases() == {"train": "failed", "z": "skipped"}


def test_cancelling_ends_the_step_and_all_its_units() -> None:
    story = Loop(4, max_parallel=2)
    story.start("train[0]").tell(cmd.Cancel)
    stopped = {effect.step for effect in story.effects if isinstance(effect, cmd.StopUnit)}
    assert stopped == {"train[0]", "train[1]"}
    for unit in sorted(stopped):
        story.fail(unit)
    assert set(story.units().values()) | {story.phases()["train"]} == {"cancelled"}
    assert story.effects == (cmd.WrapUp(),)


def test_units_that_are_all_reused_need_no_cluster() -> None:
    story = Story({"train": StepRules(expands=True)}, known={"train[0]", "train[1]"}).begin()
    story.tell(cmd.ItemsCounted, step="train", labels=("a", "b"))
    assert story.effects == (cmd.Collect("train", ("train[0]", "train[1]")),)
    assert "cluster-starting" not in story.kinds()


def test_metrics_of_units_keep_their_number() -> None:
    story = Loop(2)
    for unit in ("train[1]", "train[0]"):
        story.start(unit).tell(
            cmd.UnitSucceeded, step=unit, attempt=1, duration_s=1.0, metrics={"score": unit[6:-1]}
        )
    assert story.state.metrics == {"score[0]": "0", "score[1]": "1"}
