"""The state machine: tables of small stories, then properties over all stories."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nbprism.runner import events as ev
from nbprism.runner.errors import InvalidTransition
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow import scope
from nbprism.runner.flow.decide import decide
from nbprism.runner.flow.rules import Rules, StepRules
from nbprism.runner.flow.state import ENDED_RUNS, RunState, fold

BOOM = ev.Failure(code="cell-failed", ename="ValueError", evalue="boom", cell="c1")
FOUND = cmd.Found(
    from_run="earlier", saved_s=5.0, metrics={"acc": 0.5}, cells=(("c1", ({"op": "clear"},)),)
)
CLUSTER: Mapping[str, Any] = {"cpus": 2.0, "gpus": 0.0, "memory": 1, "started": True}
GONE = ev.Failure(code="worker-died", ename="WorkerDied", evalue="it died")


class Story:
    """A run that is told command by command; remembers its events and the latest effects.

    Look-ups are answered at once: nothing was computed before, but for what is in `known`.
    """

    def __init__(
        self, rules: dict[str, StepRules], known: Collection[str] = (), **options: Any
    ) -> None:
        self.at = 100.0
        self.events: list[ev.Event] = []
        self.effects: tuple[cmd.Effect, ...] = ()
        self.known = known
        self.state = RunState(rules=Rules(rules))
        accepted = ev.RunAccepted(
            seq=1,
            at=self.at,
            run="r",
            pipeline="p",
            notebook="n.ipynb",
            steps=tuple(rules),
            **options,
        )
        self._take([accepted])

    def tell(self, command: type[cmd.Command], **fields: Any) -> Story:
        self.at += 1.0
        self.effects = tuple(self._told(command(at=self.at, **fields)))
        return self

    def _told(self, command: cmd.Command) -> Iterator[cmd.Effect]:
        events, effects = decide(self.state, command)
        self._take(events)
        for effect in effects:
            if isinstance(effect, cmd.LookUp):
                found = FOUND if effect.step in self.known else None
                yield from self._told(
                    cmd.LookedUp(
                        at=self.at,
                        step=effect.step,
                        found=found,
                        because="never ran",
                        withdrawals=effect.withdrawals,
                    )
                )
            else:
                yield effect

    def begin(self) -> Story:
        self.tell(cmd.Begin, driver_pid=7)
        joins = cmd.JoinCluster() in self.effects
        return self.tell(cmd.ClusterReady, **CLUSTER) if joins else self

    def start(self, step: str, attempt: int = 1) -> Story:
        return self.tell(cmd.UnitBegan, step=step, attempt=attempt, pid=9)

    def succeed(self, step: str, attempt: int = 1) -> Story:
        return self.tell(cmd.UnitSucceeded, step=step, attempt=attempt, duration_s=1.0)

    def fail(self, step: str, attempt: int = 1, *, crashed: bool = False) -> Story:
        return self.tell(cmd.UnitFailed, step=step, attempt=attempt, failure=BOOM, crashed=crashed)

    def phases(self) -> dict[str, str]:
        return {name: step.phase for name, step in self.state.steps.items()}

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def _take(self, events: Iterable[ev.Event]) -> None:
        for event in events:
            self.state = fold(self.state, event)
            self.events.append(event)


def two_branches(**more: Any) -> dict[str, StepRules]:
    """`load` feeds `left` and `right`; `left` feeds `end`."""
    return {
        "load": StepRules(),
        "left": StepRules(needs=("load",), values_from=frozenset({"load"}), **more),
        "right": StepRules(needs=("load",), values_from=frozenset({"load"})),
        "end": StepRules(needs=("left",), values_from=frozenset({"left"})),
    }


def test_a_run_starts_the_steps_that_need_nothing() -> None:
    story = Story(two_branches()).begin()
    assert story.effects == (cmd.StartUnit("load", 1),)
    assert story.phases() == {
        "load": "queued", "left": "waiting", "right": "waiting", "end": "waiting",
    }  # fmt: skip


def test_independent_steps_are_handed_out_together() -> None:
    story = Story(two_branches()).begin().start("load").succeed("load")
    assert story.effects == (cmd.StartUnit("left", 1), cmd.StartUnit("right", 1))


def test_a_failing_branch_does_not_stop_an_independent_one() -> None:
    story = Story(two_branches()).begin().start("load").succeed("load")
    story.start("left").start("right").fail("left")
    assert story.phases()["right"] == "running"
    assert story.phases()["end"] == "skipped"
    assert story.state.steps["end"].reason == "step 'left' failed"
    story.succeed("right")
    assert story.effects == (cmd.WrapUp(),)
    story.tell(cmd.Wrapped, executed="executed.ipynb")
    assert story.state.phase == "failed"
    last = story.events[-1]
    assert isinstance(last, ev.RunFailed)
    assert (last.step, last.error) == ("left", BOOM)


@pytest.mark.parametrize("crashed", [False, True])
def test_retries_count_attempts_and_wait_longer_each_time(crashed: bool) -> None:
    story = Story({"load": StepRules(retries=2, retry_delay_s=3.0)}).begin()
    story.start("load").fail("load", crashed=crashed)
    assert story.effects == (cmd.WaitToRetry("load", 2, 3.0),)
    assert story.phases() == {"load": "waiting"}
    story.tell(cmd.RetryDue, step="load", attempt=2)
    assert story.effects == (cmd.StartUnit("load", 2),)
    story.start("load", 2).fail("load", 2, crashed=crashed)
    assert story.effects == (cmd.WaitToRetry("load", 3, 6.0),)
    story.tell(cmd.RetryDue, step="load", attempt=3).start("load", 3).succeed("load", 3)
    assert story.state.steps["load"].attempt == 3
    story.tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "succeeded"


def test_without_retries_a_crash_ends_the_step() -> None:
    story = Story({"load": StepRules()}).begin().start("load").fail("load", crashed=True)
    assert story.phases() == {"load": "crashed"}
    assert story.effects == (cmd.WrapUp(),)


def test_a_step_that_may_fail_lets_those_through_that_only_come_after_it() -> None:
    rules = {
        "plot": StepRules(allow_failure=True),
        "after": StepRules(needs=("plot",)),
        "uses": StepRules(needs=("plot",), values_from=frozenset({"plot"})),
    }
    story = Story(rules).begin().start("plot").fail("plot")
    assert story.phases() == {"plot": "failed", "after": "queued", "uses": "skipped"}
    story.start("after").succeed("after").tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "succeeded"


def test_a_step_past_its_limit_is_stopped_and_counts_as_crashed() -> None:
    story = Story({"load": StepRules(timeout_s=5.0)}).begin().start("load")
    assert story.effects == (cmd.WatchTime("load", 1, 25.0),)
    story.tell(cmd.CellBegan, step="load", attempt=1, cell="c3")
    story.tell(cmd.UnitOverdue, step="load", attempt=1)
    assert story.effects[0] == cmd.StopUnit("load", 1)
    error = story.state.steps["load"].error
    assert error is not None
    assert (error.code, error.cell) == ("unit-timeout", "c3")


def test_a_time_limit_that_is_told_after_the_end_changes_nothing() -> None:
    story = Story({"load": StepRules(timeout_s=5.0)}).begin().start("load").succeed("load")
    count = len(story.events)
    story.tell(cmd.UnitOverdue, step="load", attempt=1)
    assert (len(story.events), story.effects) == (count, ())


def test_a_worker_that_dies_names_the_cell_that_was_running() -> None:
    story = Story({"load": StepRules()}).begin().start("load")
    story.tell(cmd.CellBegan, step="load", attempt=1, cell="c2")
    story.tell(cmd.UnitFailed, step="load", attempt=1, failure=GONE, crashed=True)
    error = story.state.steps["load"].error
    assert error is not None
    assert error.cell == "c2"


def test_cancel_stops_what_runs_and_starts_nothing_more() -> None:
    story = Story(two_branches()).begin().start("load").tell(cmd.Cancel)
    assert story.effects == (cmd.StopUnit("load", 1),)
    assert story.phases() == {
        "load": "running", "left": "cancelled", "right": "cancelled", "end": "cancelled",
    }  # fmt: skip
    story.fail("load", crashed=True)
    assert story.phases()["load"] == "cancelled"
    assert story.effects == (cmd.WrapUp(),)
    story.tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "cancelled"


def test_a_cancelled_step_takes_those_along_that_need_it_and_no_others() -> None:
    story = Story(two_branches(retries=3)).begin().start("load").succeed("load")
    story.start("left").start("right")
    assert story.tell(cmd.CancelStep, step="left").effects == (cmd.StopUnit("left", 1),)
    assert story.phases()["left"] == "running"
    assert story.tell(cmd.CancelStep, step="left").effects == ()
    story.fail("left", crashed=True).succeed("right")
    assert story.phases() == {
        "load": "succeeded", "left": "cancelled", "right": "succeeded", "end": "skipped",
    }  # fmt: skip
    assert story.state.steps["end"].reason == "step 'left' was cancelled"
    story.tell(cmd.Wrapped, executed=None)
    last = story.events[-1]
    assert isinstance(last, ev.RunFailed)
    assert last.error is not None
    assert (last.step, last.error.code) == ("left", "step-cancelled")


def test_a_step_that_waits_is_cancelled_at_once() -> None:
    story = Story(two_branches()).begin().tell(cmd.CancelStep, step="left")
    assert story.effects == ()
    assert story.phases() == {
        "load": "queued", "left": "cancelled", "right": "waiting", "end": "skipped",
    }  # fmt: skip


def test_a_step_cancelled_before_its_run_began_is_left_alone() -> None:
    story = Story(two_branches(), only_step="load").tell(cmd.CancelStep, step="end").begin()
    assert story.phases()["end"] == "cancelled"
    assert story.phases()["left"] == "skipped"


def test_a_failure_says_more_about_a_run_than_a_cancelled_step() -> None:
    story = Story(two_branches()).begin().start("load").succeed("load").start("right")
    story.tell(cmd.CancelStep, step="left").fail("left", crashed=True).fail("right")
    story.tell(cmd.Wrapped, executed=None)
    last = story.events[-1]
    assert isinstance(last, ev.RunFailed)
    assert last.step == "right"


def test_a_run_cancelled_before_its_cluster_is_there_ends_without_it() -> None:
    story = Story(two_branches()).tell(cmd.Begin, driver_pid=7).tell(cmd.Cancel)
    assert story.phases()["load"] == "cancelled"
    assert story.effects == (cmd.WrapUp(),)
    story.tell(cmd.ClusterReady, **CLUSTER)
    assert story.effects == ()
    story.tell(cmd.Wrapped, executed=None).begin()
    assert story.state.phase == "cancelled"
    assert "step-started" not in story.kinds()


def test_a_step_that_succeeds_while_cancelling_stays_a_success_in_a_cancelled_run() -> None:
    story = Story({"load": StepRules()}).begin().start("load").tell(cmd.Cancel).succeed("load")
    story.tell(cmd.Wrapped, executed=None)
    assert story.phases() == {"load": "succeeded"}
    assert story.state.phase == "cancelled"


def test_a_pending_retry_is_cancelled_with_the_run() -> None:
    story = Story({"load": StepRules(retries=1, retry_delay_s=60)}).begin().start("load")
    story.fail("load").tell(cmd.Cancel)
    assert story.phases() == {"load": "cancelled"}
    story.tell(cmd.RetryDue, step="load", attempt=2)
    assert story.effects == ()


def test_a_lost_cluster_crashes_what_ran_and_ends_the_run() -> None:
    story = Story(two_branches()).begin().start("load").tell(cmd.RunBroke, failure=GONE)
    assert story.phases() == {
        "load": "crashed", "left": "skipped", "right": "skipped", "end": "skipped",
    }  # fmt: skip
    assert story.state.phase == "failed"


@pytest.mark.parametrize("ends", [("left", "right"), ("right", "left")])
def test_of_two_steps_that_report_one_metric_the_later_in_the_plan_counts(
    ends: tuple[str, ...],
) -> None:
    story = Story(two_branches()).begin().start("load").succeed("load")
    for step in ("left", "right"):
        story.start(step)
    for step in ends:
        story.tell(cmd.UnitSucceeded, step=step, attempt=1, duration_s=1.0, metrics={"acc": step})
    assert story.state.metrics == {"acc": "right"}


def test_metrics_are_the_runs_as_soon_as_their_step_ends() -> None:
    story = Story({"load": StepRules()}).begin().start("load")
    story.tell(cmd.UnitSucceeded, step="load", attempt=1, duration_s=1.0, metrics={"acc": 0.9})
    assert story.state.metrics == {"acc": 0.9}
    assert story.kinds()[-2:] == ["metric-reported", "step-succeeded"]


def test_a_report_of_an_attempt_that_is_over_is_ignored() -> None:
    story = Story({"load": StepRules(retries=1)}).begin().start("load").fail("load")
    story.tell(cmd.RetryDue, step="load", attempt=2).start("load", 2)
    count = len(story.events)
    story.tell(cmd.CellBegan, step="load", attempt=1, cell="c1").succeed("load", 1)
    assert len(story.events) == count


def test_a_run_whose_steps_are_all_known_needs_no_cluster() -> None:
    rules = two_branches()
    story = Story(rules, known=rules).tell(cmd.Begin, driver_pid=7)
    assert story.effects == (cmd.WrapUp(),)
    assert set(story.phases().values()) == {"reused"}
    story.tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "succeeded"
    assert story.state.metrics == {"acc": 0.5}
    assert not {"cluster-starting", "step-queued"} & set(story.kinds())


def test_a_reused_step_tells_what_its_cells_showed_before_it_ends() -> None:
    story = Story({"load": StepRules()}, known={"load"}).tell(cmd.Begin, driver_pid=7)
    assert story.kinds()[2:] == ["cell-output", "metric-reported", "step-reused"]
    step = story.state.steps["load"]
    assert (step.from_run, step.saved_s, step.attempt) == ("earlier", 5.0, 0)


def test_the_cluster_is_joined_once_when_the_first_step_has_to_run() -> None:
    story = Story(two_branches(), known={"load"}).tell(cmd.Begin, driver_pid=7)
    assert story.effects == (cmd.JoinCluster(),)
    assert story.phases()["left"] == story.phases()["right"] == "queued"
    story.tell(cmd.ClusterReady, **CLUSTER)
    assert story.effects == (cmd.StartUnit("left", 1), cmd.StartUnit("right", 1))
    assert story.kinds().count("cluster-starting") == 1


def test_a_step_that_runs_says_why() -> None:
    story = Story({"load": StepRules()}).begin().start("load").succeed("load")
    assert story.state.steps["load"].because == "never ran"


def test_a_cluster_that_never_comes_skips_what_was_queued_for_it() -> None:
    story = Story(two_branches()).tell(cmd.Begin, driver_pid=7).tell(cmd.RunBroke, failure=GONE)
    assert set(story.phases().values()) == {"skipped"}
    assert story.effects == ()


def test_from_a_step_on_everything_runs_although_it_is_known() -> None:
    story = Story(two_branches(), known=set(two_branches()), from_step="left").begin()
    assert story.phases() == {
        "load": "reused", "left": "queued", "right": "reused", "end": "waiting",
    }  # fmt: skip
    story.start("left").succeed("left")
    assert story.phases()["end"] == "queued"
    assert story.state.steps["end"].because == "asked for by --from"


def test_of_one_step_alone_what_it_needs_is_reused_and_the_rest_left_out() -> None:
    story = Story(two_branches(), known={"load"}, only_step="left").begin()
    assert story.phases() == {
        "load": "reused", "left": "queued", "right": "skipped", "end": "skipped",
    }  # fmt: skip
    assert story.state.steps["end"].reason == "it was not asked for"
    story.start("left").succeed("left").tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "succeeded"


def test_a_step_alone_fails_where_what_it_needs_is_not_there_any_more() -> None:
    story = Story(two_branches(), only_step="end").tell(cmd.Begin, driver_pid=7)
    last = story.events[-1]
    assert isinstance(last, ev.RunFailed)
    assert last.error is not None
    assert last.error.code == "not-reusable"
    assert "'load', which it needs, cannot be reused: never ran" in last.error.evalue
    assert "step-queued" not in story.kinds()


def test_a_look_up_that_is_answered_after_a_cancel_changes_nothing() -> None:
    story = Story({"load": StepRules()})
    events, effects = decide(story.state, cmd.Begin(at=101.0, driver_pid=7))
    story._take(events)
    assert effects == (cmd.LookUp("load"),)
    story.tell(cmd.Cancel).tell(cmd.LookedUp, step="load", found=FOUND, because="")
    assert story.phases() == {"load": "cancelled"}


def test_a_log_of_the_first_version_still_folds() -> None:
    accepted = ev.RunAccepted(seq=1, at=0.0, run="r", pipeline="p", notebook="n", steps=("a",))
    told = [
        accepted,
        ev.ClusterStarting(seq=2, at=0.0),
        ev.ClusterJoined(seq=3, at=0.0, cpus=1.0, gpus=0.0, memory=1, started=False),
        ev.RunStarted(seq=4, at=0.0, driver_pid=1),
        ev.StepQueued(seq=5, at=0.0, step="a", attempt=1),
    ]
    state = RunState()
    for event in told:
        state = fold(state, event)
    assert (state.phase, state.cluster, state.unended) == ("running", "joined", 1)


def test_an_empty_plan_succeeds() -> None:
    story = Story({}).begin()
    assert story.effects == (cmd.WrapUp(),)
    story.tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "succeeded"


def test_an_impossible_event_is_refused_with_the_story_of_the_step() -> None:
    story = Story({"load": StepRules()}).begin().start("load").succeed("load")
    late = ev.StepStarted(seq=99, at=0.0, step="load", attempt=1, pid=1)
    with pytest.raises(InvalidTransition, match=r"step-queued .*, step-started .*, step-succeeded"):
        fold(story.state, late)


def test_folding_an_event_twice_changes_nothing() -> None:
    story = Story({"load": StepRules()}).begin().start("load")
    assert fold(story.state, story.events[-1]) is story.state


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, StepRules]:
    """Draw any graph of a few steps, each waiting for some of those before it."""
    rules: dict[str, StepRules] = {}
    for name in "abcdef"[: draw(st.integers(1, 6))]:
        needs = tuple(before for before in rules if draw(st.booleans()))
        values_from = frozenset(need for need in needs if draw(st.booleans()))
        rules[name] = StepRules(
            needs=needs,
            values_from=values_from,
            retries=draw(st.integers(0, 2)),
            timeout_s=draw(st.sampled_from([None, 1.0])),
            allow_failure=draw(st.booleans()),
        )
    return rules


class AnsweredLate(Story):
    """A run whose look-ups are answered when the test says so."""

    def _told(self, command: cmd.Command) -> Iterator[cmd.Effect]:
        events, effects = decide(self.state, command)
        self._take(events)
        yield from effects


class AnyRun(RuleBasedStateMachine):
    """Anything may happen at any time; the laws of a run hold throughout."""

    @initialize(graph=graphs(), data=st.data())
    def accept(self, graph: dict[str, StepRules], data: st.DataObject) -> None:
        some = st.none() | st.sampled_from(sorted(graph))
        self.story = AnsweredLate(graph, from_step=data.draw(some), only_step=data.draw(some))
        self.wrapping = False
        self.retries: list[cmd.WaitToRetry] = []
        self.asked: list[str] = []
        self.joining = False
        self._tell(cmd.Begin, driver_pid=7)

    def _tell(self, command: type[cmd.Command], **fields: Any) -> None:
        self.story.tell(command, **fields)
        self.wrapping = self.wrapping or cmd.WrapUp() in self.story.effects
        self.joining = self.joining or cmd.JoinCluster() in self.story.effects
        self.asked += [e.step for e in self.story.effects if isinstance(e, cmd.LookUp)]
        self.retries += [e for e in self.story.effects if isinstance(e, cmd.WaitToRetry)]

    def _of(self, data: st.DataObject) -> dict[str, Any]:
        name = data.draw(st.sampled_from(sorted(self.story.state.steps)))
        latest = self.story.state.steps[name].attempt
        return {"step": name, "attempt": data.draw(st.integers(max(0, latest - 1), latest))}

    @precondition(lambda self: self.joining)
    @rule()
    def join(self) -> None:
        self.joining = False
        self._tell(cmd.ClusterReady, **CLUSTER)

    @precondition(lambda self: self.asked)
    @rule(found=st.sampled_from([None, FOUND]), which=st.integers(0, 5))
    def look_up_is_answered(self, found: cmd.Found | None, which: int) -> None:
        step = self.asked.pop(which % len(self.asked))
        self._tell(cmd.LookedUp, step=step, found=found, because="never ran")

    @rule(data=st.data())
    def unit_begins(self, data: st.DataObject) -> None:
        self._tell(cmd.UnitBegan, **self._of(data), pid=1)

    @rule(data=st.data())
    def cell_begins(self, data: st.DataObject) -> None:
        self._tell(cmd.CellBegan, **self._of(data), cell="c")

    @rule(data=st.data())
    def unit_succeeds(self, data: st.DataObject) -> None:
        self._tell(cmd.UnitSucceeded, **self._of(data), duration_s=1.0, metrics={"m": 1})

    @rule(data=st.data(), crashed=st.booleans())
    def unit_fails(self, data: st.DataObject, crashed: bool) -> None:
        self._tell(cmd.UnitFailed, **self._of(data), failure=BOOM, crashed=crashed)

    @rule(data=st.data())
    def time_is_up(self, data: st.DataObject) -> None:
        self._tell(cmd.UnitOverdue, **self._of(data))

    @precondition(lambda self: self.retries)
    @rule()
    def retry(self) -> None:
        due = self.retries.pop()
        self._tell(cmd.RetryDue, step=due.step, attempt=due.attempt)

    @rule(data=st.data())
    def cancel_step(self, data: st.DataObject) -> None:
        self._tell(cmd.CancelStep, step=data.draw(st.sampled_from([*self.story.state.steps])))

    @rule()
    def cancel(self) -> None:
        self._tell(cmd.Cancel)

    @rule(unlikely=st.integers(0, 9))
    def break_down(self, unlikely: int) -> None:
        if unlikely == 0:
            self._tell(cmd.RunBroke, failure=GONE)

    @precondition(lambda self: self.wrapping)
    @rule()
    def wrapped(self) -> None:
        self._tell(cmd.Wrapped, executed=None)

    @invariant()
    def no_run_succeeds_after_it_was_cancelled(self) -> None:
        kinds = self.story.kinds()
        if "run-cancelling" in kinds:
            assert "run-succeeded" not in kinds[kinds.index("run-cancelling") :]
            after = kinds[kinds.index("run-cancelling") :]
            assert "step-queued" not in after

    @invariant()
    def a_final_state_is_the_last_event(self) -> None:
        final = [index for index, kind in enumerate(self.story.kinds()) if kind in ev.TERMINAL]
        assert final in ([], [len(self.story.events) - 1])

    @invariant()
    def every_attempt_that_started_ends_by_the_end_of_the_run(self) -> None:
        if self.story.state.phase not in ENDED_RUNS:
            return
        started = {_attempt(e) for e in self.story.events if e.kind == "step-started"}
        ended = {
            _attempt(e)
            for e in self.story.events
            if isinstance(e, ev.StepEvent) and e.kind.split("-")[1] in ENDINGS
        }
        assert started <= ended
        assert self.story.state.steps_ended

    @invariant()
    def the_numbers_have_no_gap(self) -> None:
        assert [event.seq for event in self.story.events] == list(
            range(1, len(self.story.events) + 1)
        )

    @invariant()
    def no_step_starts_before_what_it_needs(self) -> None:
        done: set[str] = set()
        for event in self.story.events:
            if isinstance(event, ev.StepQueued | ev.StepReused):
                rules = self.story.state.rules[event.step]
                assert rules.values_from <= done
            if isinstance(event, ev.StepSucceeded | ev.StepReused):
                done.add(event.step)

    @invariant()
    def a_cluster_is_joined_for_steps_that_run_and_for_nothing_else(self) -> None:
        kinds = self.story.kinds()
        assert kinds.count("cluster-starting") == ("step-queued" in kinds)
        started = [e for e in self.story.events if e.kind == "step-started"]
        assert not started or "cluster-joined" in kinds[: started[0].seq - 1]

    @invariant()
    def what_was_asked_for_by_name_is_honoured(self) -> None:
        state = self.story.state
        reused = {e.step for e in self.story.events if isinstance(e, ev.StepReused)}
        queued = {e.step for e in self.story.events if isinstance(e, ev.StepQueued)}
        assert not reused & scope.forced(state)
        assert not queued & (scope.only_reused(state) - scope.forced(state))
        assert not (queued | reused) & set(scope.not_asked_for(state))

    @invariant()
    def the_steps_that_have_not_ended_are_counted(self) -> None:
        state = self.story.state
        assert state.unended == sum(not step.ended for step in state.steps.values())

    def teardown(self) -> None:
        if hasattr(self, "story"):
            self._folds_the_same_from_any_prefix()

    def _folds_the_same_from_any_prefix(self) -> None:
        state = RunState(rules=self.story.state.rules)
        for event in self.story.events:
            state = fold(state, event)
            # Reading the log again from its start, as after a reload, changes nothing.
            again = state
            for old in itertools.takewhile(lambda e, s=state: e.seq <= s.seq, self.story.events):
                again = fold(again, old)
            assert again == state
        assert state == self.story.state


ENDINGS = {"succeeded", "failed", "crashed", "cancelled"}


def _attempt(event: ev.Event) -> tuple[str, int]:
    assert isinstance(event, ev.StepEvent)
    return event.step, event.attempt


TestAnyRun = AnyRun.TestCase
TestAnyRun.settings = hypothesis_settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_step_whose_condition_is_false_is_skipped_and_so_is_what_needs_it() -> None:
    story = Story(two_branches()).begin().start("load").succeed("load").start("left")
    story.tell(cmd.UnitSkipped, step="left", attempt=1, reason="its condition `x` is false (x = 0)")
    assert story.phases() == {
        "load": "succeeded", "left": "skipped", "right": "queued", "end": "skipped",
    }  # fmt: skip
    assert story.state.steps["left"].reason == "its condition `x` is false (x = 0)"
    assert story.state.steps["end"].reason == "step 'left' was skipped"
    story.start("right").succeed("right").tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "succeeded"


def test_a_step_that_skips_itself_while_the_run_is_cancelled_stays_skipped() -> None:
    story = Story({"a": StepRules()}).begin().start("a").tell(cmd.Cancel)
    story.tell(cmd.UnitSkipped, step="a", attempt=1, reason="its condition `x` is false")
    assert story.phases() == {"a": "skipped"}
    story.tell(cmd.Wrapped, executed=None)
    assert story.state.phase == "cancelled"
