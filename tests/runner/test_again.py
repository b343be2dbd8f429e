"""Steps that run again because another one changed their input in place, unforeseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_state import BOOM, FOUND, Story

from nbprism.runner import events as ev
from nbprism.runner.flow import again
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow.children import child_name
from nbprism.runner.flow.decide import decide
from nbprism.runner.flow.rules import Rules, StepRules
from nbprism.runner.flow.state import RunState, fold

OF_LOAD: Mapping[str, Any] = {"needs": ("load",), "inputs": {"df": "load"}}
NOTEBOOK = {
    "load": StepRules(),
    "clean": StepRules(**OF_LOAD, place=1),
    "plot": StepRules(**OF_LOAD, place=2),
    "report": StepRules(needs=("plot",), inputs={"page": "plot"}, place=3),
    "other": StepRules(needs=("load",), inputs={"xs": "load"}, place=4),
}


def change(story: Story, step: str, *names: str, attempt: int = 1) -> Story:
    return story.tell(cmd.UnitSucceeded, step=step, attempt=attempt, duration_s=1.0, changed=names)


def loaded(**changes: Any) -> Story:
    rules = {name: changes.get(name, rule) for name, rule in NOTEBOOK.items()}
    return Story(rules).begin().start("load").succeed("load").start("clean")


def test_a_step_that_runs_with_the_old_value_is_stopped_and_runs_with_the_changed_one() -> None:
    story = change(loaded().start("plot"), "clean", "df")
    (told,) = [event for event in story.events if isinstance(event, ev.InputChanged)]
    assert (told.step, told.name, told.takers) == ("clean", "df", ("plot",))
    assert "'plot' had to wait for that, or to run again" in story.state.steps["clean"].warnings[0]
    assert cmd.StopUnit("plot", 1) in story.effects
    assert story.state.steps["plot"].outdated
    story.fail("plot", crashed=True)
    assert cmd.StartUnit("plot", 2) in story.effects
    assert story.state.steps["plot"].takes == {"df": "clean"}
    assert story.state.steps["other"].takes == {}


def test_the_outdated_attempt_does_not_count_even_if_it_succeeds() -> None:
    story = change(loaded().start("plot"), "clean", "df").succeed("plot")
    assert story.kinds()[-2:] == ["step-withdrawn", "step-queued"]
    assert cmd.Withdraw("plot") in story.effects
    assert story.state.steps["plot"].phase == "queued"
    assert "report" not in [e.step for e in story.events if isinstance(e, ev.StepQueued)]


def test_a_step_that_has_ended_runs_again_with_all_that_needs_it() -> None:
    story = loaded().start("plot").succeed("plot").start("report").succeed("report")
    change(story, "clean", "df")
    assert {cmd.Withdraw("plot"), cmd.Withdraw("report")} <= set(story.effects)
    assert story.state.steps["report"].phase == "waiting"
    story.start("plot", 2).succeed("plot", 2)
    assert cmd.StartUnit("report", 2) in story.effects


def test_a_step_that_was_reused_is_looked_up_again() -> None:
    story = Story(NOTEBOOK, known={"plot", "report"}).begin().start("load").succeed("load")
    assert story.state.steps["report"].phase == "reused"
    change(story.start("clean"), "clean", "df")
    assert story.state.steps["plot"].takes == {"df": "clean"}
    assert story.state.steps["report"].phase == "reused"
    assert story.kinds().count("step-withdrawn") == 2


def test_a_step_that_has_not_begun_only_takes_the_changed_value() -> None:
    story = loaded(plot=StepRules(needs=("load", "other"), inputs={"df": "load"}, place=2))
    change(story, "clean", "df").start("other").succeed("other")
    assert "step-withdrawn" not in story.kinds()
    assert story.state.steps["plot"].takes == {"df": "clean"}


def test_a_step_waits_for_what_is_known_to_change_its_input() -> None:
    story = loaded(plot=StepRules(**OF_LOAD, place=2, awaits=("clean",)))
    assert story.state.steps["plot"].phase == "waiting"
    change(story, "clean", "df")
    assert "step-withdrawn" not in story.kinds()
    assert story.state.steps["plot"].takes == {"df": "clean"}


def test_a_step_that_was_waited_for_and_fails_does_not_stop_the_others() -> None:
    story = loaded(plot=StepRules(**OF_LOAD, place=2, awaits=("clean",))).fail("clean")
    assert story.state.steps["plot"].phase == "queued"


def test_of_two_changes_the_last_one_in_the_notebook_counts() -> None:
    rules = {**NOTEBOOK, "tidy": StepRules(**OF_LOAD, place=1.5)}  # type: ignore[arg-type]
    story = Story(rules).begin().start("load").succeed("load").start("clean").start("tidy")
    change(story, "tidy", "df").fail("plot", crashed=True)
    assert story.state.steps["plot"].takes == {"df": "tidy"}
    # The first one is done later: `tidy` has to make its change to what that left.
    change(story, "clean", "df").fail("plot", 2, crashed=True)
    assert story.state.steps["tidy"].takes == {"df": "clean"}
    assert story.state.steps["plot"].phase == "waiting"
    change(story.start("tidy", 2), "tidy", "df", attempt=2)
    assert story.state.steps["plot"].takes == {"df": "tidy"}


def test_running_again_uses_up_no_retry() -> None:
    story = loaded(plot=StepRules(**OF_LOAD, place=2, retries=1)).start("plot")
    change(story, "clean", "df").fail("plot", crashed=True)
    story.start("plot", 2).fail("plot", 2)
    assert cmd.WaitToRetry("plot", 3, 0.0) in story.effects
    story.tell(cmd.RetryDue, step="plot", attempt=3).start("plot", 3).fail("plot", 3)
    assert story.state.steps["plot"].phase == "failed"


def test_a_pause_before_a_retry_is_over_when_the_input_changes() -> None:
    story = loaded(plot=StepRules(**OF_LOAD, place=2, retries=1)).start("plot").fail("plot")
    change(story, "clean", "df")
    assert story.state.steps["plot"].phase == "queued"
    before = story.state
    story.tell(cmd.RetryDue, step="plot", attempt=2)
    assert story.state is before


def test_what_somebody_cancelled_stays_cancelled() -> None:
    story = loaded().start("plot")
    story.tell(cmd.CancelStep, step="plot").fail("plot")
    change(story, "clean", "df")
    assert story.state.steps["plot"].phase == "cancelled"


def test_an_outdated_step_that_is_cancelled_does_not_run_again() -> None:
    story = change(loaded().start("plot"), "clean", "df")
    story.tell(cmd.CancelStep, step="plot").fail("plot")
    assert story.state.steps["plot"].phase == "cancelled"


def a_loop(*labels: str) -> Story:
    story = loaded(plot=StepRules(**OF_LOAD, place=2, expands=True, max_parallel=2, cell="c"))
    return story.tell(cmd.ItemsCounted, step="plot", labels=labels)


def test_a_loop_that_has_begun_counts_its_items_again_when_its_last_unit_has_stopped() -> None:
    story = a_loop("a", "b", "c").start("plot[0]").start("plot[1]").succeed("plot[1]")
    change(story, "clean", "df")
    assert {cmd.StopUnit("plot[0]", 1), cmd.Withdraw("plot[1]")} <= set(story.effects)
    story.tell(cmd.LookedUp, step="plot[1]", found=None, because="asked for before")
    assert story.phases()["plot[1]"] == "waiting"
    assert story.phases()["plot[2]"] == "queued"
    story.fail("plot[0]", crashed=True)
    assert story.phases()["plot"] == "running"
    story.fail("plot[2]", crashed=True)
    assert cmd.Withdraw("plot") in story.effects
    assert cmd.CountItems("plot", {"df": "clean"}, 1) in story.effects
    assert "plot[0]" not in story.state.steps
    story.tell(cmd.ItemsCounted, step="plot", labels=("z",))  # counted before
    assert story.state.steps["plot"].phase == "waiting"
    story.tell(cmd.ItemsCounted, step="plot", labels=("a",), withdrawals=1)
    assert story.state.steps["plot[0]"].takes == {"df": "clean"}
    assert cmd.StartUnit("plot[0]", 2) in story.effects
    story.start("plot[0]", 2).succeed("plot[0]", 2)
    story.tell(cmd.Collected, step="plot", withdrawals=1)
    assert (story.state.steps["plot"].phase, story.state.steps["plot"].attempt) == ("succeeded", 2)


def test_a_loop_whose_units_have_all_ended_is_not_collected_as_it_was() -> None:
    story = a_loop("a").start("plot[0]").succeed("plot[0]")
    assert cmd.Collect("plot", ("plot[0]",)) in story.effects
    change(story, "clean", "df").tell(cmd.Collected, step="plot")
    assert story.state.steps["plot"].phase == "waiting"


def test_a_loop_that_is_cancelled_while_it_is_taken_back_is_cancelled() -> None:
    story = a_loop("a", "b").start("plot[0]").start("plot[1]").succeed("plot[1]")
    change(story, "clean", "df").tell(cmd.CancelStep, step="plot")
    story.fail("plot[0]", crashed=True)
    assert story.phases()["plot"] == "cancelled"


def test_a_unit_that_finds_its_value_damaged_has_its_loop_go_over_it_again() -> None:
    story = a_loop("a", "b").start("plot[0]").start("plot[1]")
    damaged(story, "plot[0]", "load")
    assert {cmd.Withdraw("load"), cmd.Withdraw("plot[0]")} <= set(story.effects)
    story.fail("plot[1]", crashed=True)
    assert {cmd.Withdraw("plot[1]"), cmd.Withdraw("plot")} <= set(story.effects)
    story.fail("clean", crashed=True).fail("other", crashed=True)
    story.start("load", 2).succeed("load", 2)
    assert cmd.CountItems("plot", {}, 1) in story.effects


def test_a_loop_that_is_taken_back_and_skipped_leaves_no_unit_waiting() -> None:
    story = a_loop("a").start("plot[0]").succeed("plot[0]")
    damaged(story, "clean", "load").fail("other", crashed=True)
    story.start("load", 2).fail("load", 2)
    assert story.phases()["plot"] == "skipped"
    assert story.state.steps_ended


def test_units_of_a_loop_take_the_changed_value() -> None:
    awaits = StepRules(**OF_LOAD, place=2, expands=True, cell="c", awaits=("clean",))
    story = change(loaded(plot=awaits), "clean", "df")
    story.tell(cmd.ItemsCounted, step="plot", labels=("a", "b"))
    assert story.state.steps["plot[1]"].takes == {"df": "clean"}


Pick = Callable[[int], int]


class Notebook(Story):
    """A run whose steps compute terms: what they give says exactly what it was made from."""

    def __init__(self, rules: Rules, changes: Mapping[str, tuple[str, ...]], pick: Pick) -> None:
        super().__init__(rules)
        self.rules, self.changes, self.pick = rules, changes, pick
        self.due: list[cmd.Effect] = []
        self.running: dict[tuple[str, int], str] = {}
        self.given: dict[str, str] = {}
        self.recorded: set[str] = set()

    def play(self) -> None:
        self.tell(cmd.Begin, driver_pid=7)
        for _ in range(2000):
            self.due += self.effects
            if self.state.ended:
                return
            choices = len(self.due) + len(self.running)
            assert choices, self.phases()
            number = self.pick(choices)
            if number < len(self.due):
                self.answer(self.due.pop(number))
            else:
                self.end(*list(self.running)[number - len(self.due)])
        raise AssertionError("it never ends")

    def _told(self, command: cmd.Command) -> Any:
        effects = decide_and_take(self, command)
        for effect in effects:
            if isinstance(effect, cmd.Withdraw):
                self.given.pop(effect.step, None)
        return effects

    def answer(self, effect: cmd.Effect) -> None:  # noqa: C901 - one for each effect
        self.effects = ()
        match effect:
            case cmd.LookUp(step, takes, withdrawals):
                found = None
                now = self.state.steps.get(step)
                is_wanted = now is not None and withdrawals == now.withdrawals
                if is_wanted and (term := self.term(step, takes)) in self.recorded:
                    self.given[step] = term
                    found = cmd.Found("r", 1.0, changed=self.changes.get(step, ()))
                self.tell(cmd.LookedUp, step=step, found=found, because="", withdrawals=withdrawals)
            case cmd.CountItems() | cmd.Collect():
                self.go_over(effect)
            case cmd.StartUnit(step, attempt):
                own = self.state.steps.get(step)
                if own is None or (own.phase, own.attempt) != ("queued", attempt):
                    pass
                elif own.outdated is not None:  # what it loads may be withdrawn
                    self.fail(step, attempt, crashed=True)
                else:
                    self.running[step, attempt] = self.term(step, own.takes)
                    self.start(step, attempt)
            case cmd.StopUnit(step, attempt):
                if self.running.pop((step, attempt), None) is not None:
                    self.fail(step, attempt, crashed=True)
            case cmd.JoinCluster():
                self.tell(cmd.ClusterReady, cpus=2.0, gpus=0.0, memory=1, started=True)
            case cmd.WrapUp():
                self.tell(cmd.Wrapped, executed=None)

    def go_over(self, effect: cmd.CountItems | cmd.Collect) -> None:
        step, withdrawals = effect.step, effect.withdrawals
        is_wanted = withdrawals == self.state.steps[step].withdrawals
        if isinstance(effect, cmd.Collect):
            if is_wanted:
                self.given[step] = collected(
                    step, [self.given[unit] for unit in effect.units if unit]
                )
            self.tell(cmd.Collected, step=step, withdrawals=withdrawals)
        else:
            takes = again.taken(self.state, step)
            labels = items_of(self.term(step, takes)) if is_wanted else ()
            self.tell(cmd.ItemsCounted, step=step, labels=labels, withdrawals=withdrawals)

    def end(self, step: str, attempt: int) -> None:
        term = self.running.pop((step, attempt))
        now = self.state.steps.get(step)
        if now is None or now.outdated:
            self.succeed(step, attempt)
            return
        fresh = [
            maker
            for maker in self.rules[step].inputs.values()
            if not self.state.steps[maker].withdrawals
        ]
        if fresh and self.pick(6) == 5:
            self.recorded.discard(self.given[fresh[0]])
            damaged(self, step, fresh[0], attempt=attempt)
            return
        self.given[step] = term
        self.recorded.add(term)
        change(self, step, *self.changes.get(step, ()), attempt=attempt)

    def term(self, step: str, takes: Mapping[str, str]) -> str:
        """Return what the step computes from what is there now."""
        inputs = self.rules[step].inputs
        made = [
            f"{name}={self.given[takes[name]]}~{name}" if name in takes else self.given[source]
            for name, source in inputs.items()
        ]
        return f"{step}({','.join(made)})"


def items_of(term: str) -> tuple[str, ...]:
    """Return what a loop goes over: how much that is hangs on what it takes."""
    return ("item",) * (len(term) % 3)


def collected(step: str, units: Sequence[str]) -> str:
    return f"{step}:{'+'.join(units)}"


def decide_and_take(story: Story, command: cmd.Command) -> Any:
    events, effects = decide(story.state, command)
    story._take(events)
    return effects


def in_one_kernel(rules: Rules, changes: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return what each step gives if the notebook runs from top to bottom."""
    given: dict[str, str] = {}
    for step, own in rules.items():  # they are in notebook order
        made = []
        for name, source in own.inputs.items():
            above = [
                other
                for other in given
                if name in changes[other] and rules[other].inputs.get(name) == source
            ]
            made.append(f"{name}={given[above[-1]]}~{name}" if above else given[source])
        given[step] = f"{step}({','.join(made)})"
        if own.expands:
            units = [
                given[step].replace(step, child_name(step, n), 1)
                for n in range(len(items_of(given[step])))
            ]
            given[step] = collected(step, units)
    return given


@st.composite
def notebooks(draw: st.DrawFn) -> tuple[dict[str, StepRules], dict[str, tuple[str, ...]]]:
    names = "abcdefg"[: draw(st.integers(2, 7))]
    rules, changes = {}, {}
    for index, name in enumerate(names):
        sources = draw(st.sets(st.sampled_from(names[:index]))) if index else set()
        # What a step gives is called as the step itself.
        inputs = {source: source for source in sorted(sources)}
        lessons = draw(st.sets(st.sampled_from(names[:index]))) if index else set()
        rules[name] = StepRules(
            needs=tuple(inputs),
            values_from=frozenset(inputs),
            inputs=inputs,
            place=index,
            awaits=tuple(sorted(lessons)),
            expands=draw(st.integers(0, 3)) == 0,
            max_parallel=draw(st.sampled_from([None, 1])),
        )
        changed = () if rules[name].expands else inputs
        changes[name] = tuple(source for source in changed if draw(st.booleans()))
    return rules, changes


@settings(max_examples=400, deadline=None)
@given(made=notebooks(), data=st.data())
def test_every_step_ends_with_what_one_kernel_would_give_it(
    made: tuple[dict[str, StepRules], dict[str, tuple[str, ...]]], data: st.DataObject
) -> None:
    rules, changes = Rules(made[0]), made[1]
    story = Notebook(rules, changes, lambda below: data.draw(st.integers(0, below - 1)))
    story.play()
    assert story.state.phase == "succeeded"
    given = {step: story.given[step] for step in rules}
    assert given == in_one_kernel(rules, changes)
    started = [e for e in story.events if isinstance(e, ev.StepStarted)]
    ends = (ev.StepSucceeded, ev.StepWithdrawn)
    ended = {(e.step, e.attempt) for e in story.events if isinstance(e, ends)}
    assert {(e.step, e.attempt) for e in started} <= ended
    seen = RunState()
    for event in story.events:
        seen = fold(seen, event)
    assert dict(seen.steps) == dict(story.state.steps)


def test_a_run_in_which_nothing_is_changed_knows_of_nothing_of_this() -> None:
    story = Story(NOTEBOOK, known=NOTEBOOK).begin()
    assert FOUND.changed == ()
    assert story.state.changers == ()
    assert cmd.WrapUp() in story.effects


def damaged(story: Story, step: str, *makers: str, attempt: int = 1) -> Story:
    return story.tell(
        cmd.UnitFailed, step=step, attempt=attempt, failure=BOOM, crashed=False, damaged=makers
    )


def test_a_step_whose_value_was_damaged_runs_again_and_so_does_who_wanted_it() -> None:
    story = damaged(loaded().succeed("clean").start("plot"), "plot", "load")
    assert {cmd.Withdraw(name) for name in ("load", "clean", "plot")} <= set(story.effects)
    assert cmd.StartUnit("load", 2) in story.effects
    story.start("load", 2).succeed("load", 2)
    assert cmd.StartUnit("plot", 2) in story.effects
    assert story.state.steps["plot"].error is None


def test_a_value_that_is_damaged_again_fails_the_step() -> None:
    story = damaged(loaded().start("plot"), "plot", "load").fail("clean", crashed=True)
    story.fail("other", crashed=True).start("load", 2).succeed("load", 2).start("plot", 2)
    damaged(story, "plot", "load", attempt=2)
    assert story.state.steps["plot"].phase == "failed"
    assert story.state.steps["plot"].error == BOOM
