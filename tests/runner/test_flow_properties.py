"""Whatever happens in whatever graph, with loops, gates, retries and failures that are allowed."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from test_state import BOOM, CLUSTER, FOUND, Story

from nbprism.runner import events as ev
from nbprism.runner.flow import commands as cmd
from nbprism.runner.flow.children import parent_of
from nbprism.runner.flow.rules import Rules, StepRules
from nbprism.runner.flow.state import RunState, fold

Pick = Callable[[int], int]


class Anything(Story):
    """A run in which, at every turn, one of the things that could happen happens."""

    def __init__(self, rules: dict[str, StepRules], pick: Pick) -> None:
        super().__init__(rules)
        self.pick = pick
        self.due: list[cmd.Effect] = []

    def play(self, turns: int = 400) -> Anything:
        self.tell(cmd.Begin, driver_pid=7)
        self.due += self.effects
        for _ in range(turns):
            if self.state.ended:
                break
            self.happen()
            self.due += self.effects
        return self

    def happen(self) -> None:
        if self.state.phase == "running" and self.pick(40) == 39:
            self.tell(cmd.Cancel)
        elif self.state.phase == "running" and self.pick(30) == 29:
            steps = [name for name in self.state.steps if parent_of(name) is None]
            self.tell(cmd.CancelStep, step=steps[self.pick(len(steps))])
        elif self.due:
            self.answer(self.due.pop(self.pick(len(self.due))))
        else:
            raise AssertionError(f"nothing can happen any more: {self.phases()}")

    def answer(self, effect: cmd.Effect) -> None:
        self.effects = ()
        match effect:
            case cmd.CountItems(step=step):
                count = self.pick(6)
                failure = BOOM if count == 5 else None
                labels = () if failure else tuple("abcd"[:count])
                self.tell(cmd.ItemsCounted, step=step, labels=labels, failure=failure)
            case cmd.Collect(step):
                self.tell(cmd.Collected, step=step)
            case cmd.StartUnit(step, attempt):
                self.start(step, attempt)
                self.due += self.effects
                self.end(step, attempt)
            case cmd.StopUnit(step, attempt):
                self.fail(step, attempt, crashed=True)
            case cmd.WaitToRetry(step, attempt):
                self.tell(cmd.RetryDue, step=step, attempt=attempt)
            case cmd.JoinCluster():
                self.tell(cmd.ClusterReady, **CLUSTER)
            case cmd.WrapUp():
                self.tell(cmd.Wrapped, executed=None)

    def end(self, step: str, attempt: int) -> None:
        match self.pick(5):
            case 0:
                self.fail(step, attempt)
            case 1:
                self.fail(step, attempt, crashed=True)
            case 2 if parent_of(step) is None:
                self.tell(cmd.UnitSkipped, step=step, attempt=attempt, reason="its condition")
            case _:
                self.succeed(step, attempt)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, StepRules]:
    names = "abcdef"[: draw(st.integers(1, 6))]
    rules = {}
    for index, name in enumerate(names):
        needs = draw(st.sets(st.sampled_from(names[:index]))) if index else set()
        values = draw(st.sets(st.sampled_from(sorted(needs)))) if needs else set()
        expands = draw(st.booleans())
        rules[name] = StepRules(
            needs=tuple(sorted(needs)),
            values_from=frozenset(values),
            retries=draw(st.integers(0, 2)),
            allow_failure=draw(st.booleans()),
            expands=expands,
            max_parallel=draw(st.sampled_from([None, 1, 2])) if expands else None,
            cell="c1" if expands else None,
        )
    return rules


@settings(max_examples=300, deadline=None)
@given(rules=graphs(), data=st.data(), known=st.sets(st.sampled_from(["a", "b", "a[0]", "c[1]"])))
def test_every_run_comes_to_a_true_end(
    rules: dict[str, StepRules], data: st.DataObject, known: set[str]
) -> None:
    story = Anything(rules, lambda below: data.draw(st.integers(0, below - 1)))
    story.known = known
    story.play()
    state = story.state
    assert state.ended, story.phases()
    assert state.steps_ended
    kinds = story.kinds()
    if "run-cancelling" in kinds:
        assert kinds[-1] == "run-cancelled"
    for event in story.events:
        if isinstance(event, ev.StepCancelling):
            # Stopped, or done before it could be; never a failure, and never tried again.
            assert state.steps[event.step].phase in {"cancelled", "succeeded", "skipped"}
    started = [(e.step, e.attempt) for e in story.events if isinstance(e, ev.StepStarted)]
    ends = (ev.StepSucceeded, ev.StepFailed, ev.StepCrashed, ev.StepCancelled, ev.StepSkipped)
    ended = [e.step for e in story.events if isinstance(e, ends)]
    assert all(ended.count(step) >= 1 for step, _ in started)
    assert len(set(started)) == len(started)
    for name, step in state.steps.items():
        if step.items is not None:
            assert step.items_ended == step.items
            assert all(state.steps[f"{name}[{i}]"].ended for i in range(step.items))
    # A reader of the log, who knows no rules, sees the same; and of every beginning of it.
    seen = RunState()
    for event in story.events:
        seen = fold(seen, event)
        assert fold(seen, event) is seen
    assert dict(seen.steps) == dict(state.steps)
    assert (seen.phase, seen.metrics) == (state.phase, state.metrics)
    assert FOUND.metrics.keys() >= {name.partition("[")[0] for name in seen.metrics}
    assert Rules(rules).keys() == rules.keys()
