"""A forecast says what a run then does, and names the exact cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from computing import Made, StepOf, Workshop, plan_of, with_step
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from nbprism.compiler.errors import PlanRejected
from nbprism.compiler.settings.step import StepSettings
from nbprism.runner import launch
from nbprism.runner.errors import RunConflict, RunNotFound
from nbprism.runner.locks import held
from nbprism.runner.options import USUAL, RunOptions
from nbprism.runner.reuse.causes import in_words
from nbprism.runner.reuse.forecast import Forecast, forecast

CHAIN: Made = {"load": StepOf(), "train": StepOf(needs="load"), "report": StepOf(needs="train")}


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def look(shop: Workshop, steps: Made, options: RunOptions = USUAL) -> Forecast:
    return forecast(plan_of(steps), shop.store.root, shop.notebook, options)


def actions(found: Forecast) -> dict[str, str]:
    return {s.step: s.action if s.certain else f"may {s.action}" for s in found.steps}


def why(found: Forecast, step: str) -> str:
    return in_words(found.step(step).causes)


def test_a_notebook_that_never_ran_runs(shop: Workshop) -> None:
    found = look(shop, CHAIN)
    assert actions(found) == {"load": "run", "train": "run", "report": "run"}
    assert why(found, "train") == "never ran"
    assert found.expected_s is None


def test_an_unchanged_notebook_is_reused_and_takes_no_time(shop: Workshop) -> None:
    run = shop.run(CHAIN)
    found = look(shop, CHAIN)
    assert actions(found) == {"load": "reuse", "train": "reuse", "report": "reuse"}
    assert found.expected_s == 0.0
    form = found.to_json()["steps"][1]
    assert (form["from_run"], form["saved_s"], form["causes"]) == (run.id, 2.0, [])


def test_a_forecast_changes_nothing(shop: Workshop) -> None:
    writer = {
        "a": StepOf(writes=("out.txt",), compute=lambda _, f: (f / "out.txt").write_text("1"))
    }
    shop.run(writer)
    (shop.folder / "out.txt").unlink()
    before = sorted(shop.folder.rglob("*"))
    look(shop, with_step(writer, "a", code="x = 2"))
    assert actions(look(shop, writer)) == {"a": "reuse"}
    assert sorted(shop.folder.rglob("*")) == before


def test_what_depends_on_a_change_may_run(shop: Workshop) -> None:
    shop.run(CHAIN)
    found = look(shop, with_step(CHAIN, "load", code="x = 2"))
    assert actions(found) == {"load": "run", "train": "may run", "report": "may run"}
    assert why(found, "load") == "changed: cell 2"
    assert str(found).splitlines()[:2] == [
        "load: run, changed: cell 2",
        "train: may run, input `load_value` from `load` may change",
    ]
    (cause,) = found.step("load").causes
    assert (cause.code, cause.cell) == ("cell-changed", "load-cell")
    assert why(found, "train") == "input `load_value` from `load` may change"
    assert found.expected_s == 6.0


def test_a_change_of_its_own_makes_a_step_certain_to_run(shop: Workshop) -> None:
    shop.run(CHAIN)
    both = with_step(with_step(CHAIN, "load", code="x = 2"), "train", code="x = 3")
    found = look(shop, both)
    assert actions(found)["train"] == "run"
    assert why(found, "train") == "changed: cell 3; input `load_value` from `load` may change"


def test_a_file_that_a_reused_step_will_write_again_is_as_the_next_one_saw_it(
    shop: Workshop,
) -> None:
    steps = {
        "write": StepOf(writes=("out.txt",), compute=lambda _, f: (f / "out.txt").write_text("1")),
        "read": StepOf(needs="write", reads=("out.txt",)),
    }
    shop.run(steps)
    (shop.folder / "out.txt").unlink()
    assert actions(look(shop, steps)) == {"write": "reuse", "read": "reuse"}


def test_branches_take_as_long_as_the_longest_of_them(shop: Workshop) -> None:
    steps = {"a": StepOf(), "b": StepOf(needs="a"), "c": StepOf(needs="a")}
    shop.run(steps)
    assert look(shop, steps, RunOptions(cache=False)).expected_s == 4.0


def test_options_are_causes(shop: Workshop) -> None:
    shop.run(CHAIN)
    assert why(look(shop, CHAIN, RunOptions(cache=False)), "load") == "cache is off for this run"
    off = with_step(CHAIN, "load", settings=StepSettings(cache=False))
    assert why(look(shop, off), "load") == "cache is off for this step"
    found = look(shop, CHAIN, RunOptions(from_step="train"))
    assert actions(found) == {"load": "reuse", "train": "run", "report": "run"}
    assert why(found, "report") == "asked for by --from"
    found = look(shop, CHAIN, RunOptions(only_step="train"))
    assert actions(found) == {"load": "reuse", "train": "reuse", "report": "skip"}


EDITS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "code": {"code": "x = 2"},
    "code with another result": {"code": "x = 3", "compute": lambda inputs, _: 99},
    "setup": {"setup": "import os"},
    "a parameter": {"parameters": {"lr": 0.3}},
    "cache off": {"settings": StepSettings(cache=False)},
}


@given(
    edits=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(sorted(EDITS))), min_size=1, max_size=4
    ),
    needs=st.tuples(*(st.sets(st.sampled_from("abc"), max_size=n) for n in range(4))),
)
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_run_does_what_the_forecast_said(
    edits: list[tuple[str, str]],
    needs: tuple[set[str], ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    shop = Workshop(tmp_path_factory.mktemp("shop"))
    steps: Made = {
        name: StepOf(needs=" ".join(sorted(n for n in before if n < name)))
        for name, before in zip("abcd", needs, strict=True)
    }
    shop.run(steps)
    for name, edit in edits:
        steps = with_step(steps, name, **EDITS[edit])
        said = actions(look(shop, steps))
        done = shop.states(shop.run(steps))
        for step, action in said.items():
            allowed = {"reuse": {"reused"}, "run": {"succeeded"}}.get(
                action, {"reused", "succeeded"}
            )
            assert done[step] in allowed, (said, done)
        assert set(actions(look(shop, steps)).values()) <= {"reuse", "run", "may run"}


def test_an_only_step_is_refused_where_what_it_needs_is_not_there(shop: Workshop) -> None:
    shop.run({"load": CHAIN["load"]})
    only = RunOptions(only_step="report")
    with pytest.raises(PlanRejected, match=r"Step 'train' would have to run: never ran\."):
        launch.check_options(plan_of(CHAIN), shop.store, shop.notebook, only)
    launch.check_options(plan_of(CHAIN), shop.store, shop.notebook, RunOptions(only_step="train"))


@pytest.mark.parametrize("options", [RunOptions(from_step="trian"), RunOptions(only_step="trian")])
def test_a_step_that_is_not_there_is_refused_with_what_is_meant(
    shop: Workshop, options: RunOptions
) -> None:
    with pytest.raises(PlanRejected, match=r"no step 'trian' in made\. Did you mean `train`\?"):
        launch.check_options(plan_of(CHAIN), shop.store, shop.notebook, options)


def test_a_run_that_is_going_on_or_gone_is_not_resumed(shop: Workshop) -> None:
    run = shop.submit(CHAIN)
    going_on = RunOptions(resumes=run.id)
    with held(run.lock_path), pytest.raises(RunConflict, match="still going on"):
        launch.check_options(plan_of(CHAIN), shop.store, shop.notebook, going_on)
    gone = RunOptions(resumes="20260101-000000-made-0000")
    with pytest.raises(RunNotFound):
        launch.check_options(plan_of(CHAIN), shop.store, shop.notebook, gone)
