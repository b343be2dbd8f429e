"""Rules about steps, one small function each.

A rule takes the draft of a pipeline and yields a diagnostic for every violation. Rules about names
and values live with the data flow that sees them.
"""

from __future__ import annotations

import graphlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbprism.compiler.code.outside import Act, acts_of
from nbprism.compiler.code.recent import kept_while_recent
from nbprism.compiler.code.side_effects import lines_that_ask, only_computes
from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.fixes import Fix, RemoveSettings, SetAfter, SplitStep, skip_cell
from nbprism.compiler.flow import Edge, FileUsage
from nbprism.compiler.settings.step import StepSettings
from nbprism.compiler.spelling import did_you_mean, listed, nearest
from nbprism.compiler.tagging.cell_kinds import kind_of
from nbprism.compiler.tagging.step_names import case_twins


@dataclass(frozen=True, slots=True)
class Draft:
    """A pipeline before it is checked."""

    steps: Mapping[str, tuple[str, ...]]
    """Step -> ids of its cells, in notebook order."""
    positions: Mapping[str, int]
    """Cell id -> position in the notebook."""
    settings: Mapping[str, StepSettings]
    """Also of names that no cell is tagged with."""
    edges: Sequence[Edge]
    sources: Mapping[str, str]
    """Cell id -> its source."""
    reporting: Collection[str]
    """Steps that report metrics."""
    files: Mapping[str, Mapping[str, FileUsage]]
    """Step -> the files whose paths it spells out."""
    setup: Collection[str] = ()
    """Implicit steps of setup cells that compute something."""
    understood: bool = True
    """False where data flow found errors, so that what it says of uses is not the whole story."""


_MOST_CYCLES = 10
"""A tangle of steps has very many cycles; the first few say enough."""

Rule = Callable[[Draft], Iterator[Diagnostic]]


def check_draft(draft: Draft) -> list[Diagnostic]:
    """Return every violation of every rule."""
    return [finding for rule in RULES for finding in rule(draft)]


def after_edges(draft: Draft) -> Iterator[Edge]:
    """Yield the ordering edges that `after` asks for between steps that exist."""
    for step, settings in draft.settings.items():
        for source in settings.after:
            if step in draft.steps and source in draft.steps and source != step:
                yield Edge(source, step, (), f"`{step}` is set to run after `{source}`")


def setup_edges(draft: Draft) -> Iterator[Edge]:
    """Yield an edge to every step below setup that works outside the notebook.

    What it leaves there, such as a downloaded file, is meant for all of them.
    """
    joined = {(edge.source, edge.target) for edge in draft.edges}
    for setup in draft.setup:
        acts = [act for _, act in _acts(draft, setup) if act.changes]
        last = draft.positions[draft.steps[setup][-1]]
        for step, cells in draft.steps.items() if acts else ():
            if draft.positions[cells[0]] > last and (setup, step) not in joined:
                reason = f"`{setup}` works outside the notebook first (`{acts[0].text}`)"
                yield Edge(setup, step, (), reason)


def order_steps(steps: Sequence[str], edges: Sequence[Edge]) -> tuple[str, ...]:
    """Return the steps so that each comes after those it waits for, else in notebook order.

    Raises:
        ValueError: steps wait for each other; `check_draft` reports that.
    """
    position = {step: index for index, step in enumerate(steps)}
    sorter = _sorter(steps, edges)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise ValueError("These steps wait for each other.") from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        order.extend(ready)
        sorter.done(*ready)
    return tuple(order)


def nothing_to_run(draft: Draft) -> Iterator[Diagnostic]:
    """A notebook without a single code cell to run has no pipeline."""
    if not draft.steps:
        yield Diagnostic(
            "nothing-to-run",
            "error",
            "This notebook has no code cell that a step could run.",
            "Add a code cell, or take the tag `skip` off one.",
        )


def steps_that_differ_in_case(draft: Draft) -> Iterator[Diagnostic]:
    """Unit files of such steps would be one file on some disks."""
    yield from case_twins(draft.steps)


def unknown_steps(draft: Draft) -> Iterator[Diagnostic]:
    """`after` names a step that no cell is tagged with."""
    for step, settings in draft.settings.items():
        for name in settings.after if step in draft.steps else ():
            if name not in draft.steps:
                yield Diagnostic(
                    "unknown-step",
                    "error",
                    f"Step `{step}` runs after `{name}`, but no cell is tagged `step:{name}`.",
                    did_you_mean(name, draft.steps) or f"The steps are {listed(draft.steps)}.",
                    step=step,
                    cell=draft.steps[step][0],
                    setting="after",
                    fix=_other_after(step, settings, name, nearest(name, draft.steps)),
                )


def settings_without_step(draft: Draft) -> Iterator[Diagnostic]:
    """Settings are kept for a name that no cell is tagged with."""
    for name in draft.settings:
        if name not in draft.steps:
            yield Diagnostic(
                "settings-without-step",
                "warning",
                f"There are settings for a step `{name}`, but no cell is tagged `step:{name}`.",
                did_you_mean(name, draft.steps) or "Tag a cell, or remove the settings.",
                step=name,
                fix=Fix("Remove the settings", RemoveSettings(name)),
            )


def step_after_itself(draft: Draft) -> Iterator[Diagnostic]:
    """A step that waits for itself never starts."""
    for step, settings in draft.settings.items():
        if step in settings.after and step in draft.steps:
            yield Diagnostic(
                "step-cycle",
                "error",
                f"Step `{step}` is set to run after itself.",
                f"Remove `{step}` from its `after`.",
                step=step,
                cell=draft.steps[step][0],
                setting="after",
                fix=_other_after(step, settings, step, None),
            )


def step_cycles(draft: Draft) -> Iterator[Diagnostic]:
    """Steps that wait for each other: none of them can start."""
    position = {step: index for index, step in enumerate(draft.steps)}
    edges = list(draft.edges)
    if all(position[edge.source] < position[edge.target] for edge in edges):
        return  # nothing waits for what is below it, as nearly always
    for _ in range(_MOST_CYCLES):
        cycle = _cycle(tuple(draft.steps), edges)
        if not cycle:
            return
        yield _cycle_finding(draft, cycle)
        # Each further cycle is reported once: leave out one edge of this one and look again.
        closing = cycle[-1]
        edges = [e for e in edges if (e.source, e.target) != (closing.source, closing.target)]


def unused_steps(draft: Draft) -> Iterator[Diagnostic]:
    """A step whose work nobody uses, sees or measures may have been left behind."""
    used = {edge.source for edge in draft.edges} | set(draft.reporting)
    for step, cells in draft.steps.items() if draft.understood and len(draft.steps) > 1 else ():
        sources = [draft.sources[cell] for cell in cells]
        if step not in used and all(map(_leaves_no_trace, sources)):
            yield Diagnostic(
                "unused-step",
                "info",
                f"Step `{step}` shows nothing, and no other step uses what it computes.",
                "Use or show its result, or tag its cells `skip`.",
                step=step,
                cell=cells[0],
                fix=skip_cell(cells[0]) if len(cells) == 1 else None,
            )


def only_side_effects(draft: Draft) -> Iterator[Diagnostic]:
    """A step joined to no other works outside the notebook, as others do above or below it."""
    joined = {end for edge in draft.edges for end in (edge.source, edge.target)}
    alone = [step for step in draft.steps if step not in joined and _acts(draft, step)]
    if not alone:
        return
    place = {step: index for index, step in enumerate(draft.steps)}
    users = [step for step in place if _acts(draft, step) or _reads(draft, step)]
    makers = [step for step in place if _leaves(draft, step)]
    asked: tuple[str, str] | None = None
    for step in alone:
        below = users[bisect_right(users, place[step], key=place.__getitem__) :]
        above = makers[: bisect_left(makers, place[step], key=place.__getitem__)]
        if below and _leaves(draft, step):
            yield _order_not_said(draft, step, waiting=below[0], needed=step)
            asked = below[0], step
        elif above and asked != (step, above[-1]):
            yield _order_not_said(draft, step, waiting=step, needed=above[-1])


def _order_not_said(draft: Draft, step: str, *, waiting: str, needed: str) -> Diagnostic:
    cell, act = _acts(draft, step)[0]
    after = (*draft.settings.get(waiting, StepSettings()).after, needed)
    return Diagnostic(
        "only-side-effects",
        "warning",
        f"Step `{step}` works outside the notebook (`{act.text}`), and no value or file joins it to"
        f" another step: it runs side by side with `{needed if step == waiting else waiting}`.",
        f"If `{waiting}` needs what `{needed}` leaves there, set its `after` to `{needed}`.",
        step=step,
        cell=cell,
        line=act.line,
        fix=Fix(f"Run `{waiting}` after `{needed}`", SetAfter(waiting, after)),
    )


def _acts(draft: Draft, step: str) -> list[tuple[str, Act]]:
    return [(cell, act) for cell in draft.steps[step] for act in acts_of(draft.sources[cell])]


def _reads(draft: Draft, step: str) -> bool:
    loads = any(kind_of(draft.sources[cell]) == "load" for cell in draft.steps[step])
    return loads or any(usage != "writes" for usage in draft.files.get(step, {}).values())


def _leaves(draft: Draft, step: str) -> bool:
    writes = any(usage != "reads" for usage in draft.files.get(step, {}).values())
    return writes or any(act.changes for _, act in _acts(draft, step))


def questions(draft: Draft) -> Iterator[Diagnostic]:
    """A step runs without anybody there to answer."""
    for step, cells in draft.steps.items():
        for cell in cells:
            for line in lines_that_ask(draft.sources[cell]):
                yield Diagnostic(
                    "needs-input",
                    "warning",
                    f"Step `{step}` asks for input, but nobody can answer during a run.",
                    "Make it a parameter, or tag the cell `skip`.",
                    step=step,
                    cell=cell,
                    line=line,
                    fix=skip_cell(cell),
                )


RULES: tuple[Rule, ...] = (
    nothing_to_run,
    steps_that_differ_in_case,
    unknown_steps,
    settings_without_step,
    step_after_itself,
    step_cycles,
    unused_steps,
    only_side_effects,
    questions,
)


@kept_while_recent
def _leaves_no_trace(source: str) -> bool:
    return only_computes(source) and kind_of(source) != "plot"


def _sorter(steps: Sequence[str], edges: Sequence[Edge]) -> graphlib.TopologicalSorter[str]:
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for step in steps:
        sorter.add(step)
    for edge in edges:
        sorter.add(edge.target, edge.source)
    return sorter


def _cycle(steps: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges of one cycle, from its first step on, or nothing."""
    try:
        _sorter(steps, edges).prepare()
    except graphlib.CycleError as error:
        names: list[str] = error.args[1][:-1]
        start = names.index(min(names, key=steps.index))
        names = [*names[start:], *names[:start]]
        by_ends = {(edge.source, edge.target): edge for edge in reversed(edges)}
        return [by_ends[pair] for pair in zip(names, [*names[1:], names[0]], strict=True)]
    return []


def _cycle_finding(draft: Draft, cycle: Sequence[Edge]) -> Diagnostic:
    steps = [edge.source for edge in cycle]
    hint, fix = _way_out(draft, cycle)
    return Diagnostic(
        "step-cycle",
        "error",
        f"These steps wait for each other: {' -> '.join([*steps, steps[0]])}. "
        + " ".join(f"{_waits(edge)}." for edge in cycle),
        hint,
        step=steps[0],
        cell=draft.steps[steps[0]][0],
        fix=fix,
    )


def _waits(edge: Edge) -> str:
    names = listed(edge.names)
    return (
        f"`{edge.target}` needs {names} from `{edge.source}`"
        if names
        else f"`{edge.target}` runs after `{edge.source}`"
    )


def _way_out(draft: Draft, cycle: Sequence[Edge]) -> tuple[str, Fix | None]:
    ordering = [edge for edge in cycle if edge.source in _after(draft, edge.target)]
    if ordering:
        edge = ordering[0]
        fix = _other_after(edge.target, draft.settings[edge.target], edge.source, None)
        return f"Remove `{edge.source}` from the `after` of `{edge.target}`.", fix
    for edge in cycle:
        if parts := _parts(draft, edge.target):
            first, second = (draft.positions[cell] + 1 for cell in parts)
            name = f"{edge.target}_2"
            hint = (
                f"The cells of `{edge.target}` are not adjacent (cells {first} and {second}). "
                f"Split it: give cell {second} and what follows a step of its own, "
                f"such as `step:{name}`."
            )
            split = Fix(f"Split at cell {second}", SplitStep(edge.target, parts[1], name))
            return hint, split if name not in draft.steps else None
    return "Give the cells between them a step of their own.", None


def _other_after(step: str, settings: StepSettings, name: str, meant: str | None) -> Fix:
    """Return the fix that takes a name out of `after`, or puts the one that was meant there."""
    others = tuple(other for other in settings.after if other != name)
    if meant is None or meant == step:
        return Fix(f"Remove `{name}` from `after`", SetAfter(step, others))
    after = tuple(dict.fromkeys(meant if other == name else other for other in settings.after))
    return Fix(f"Change to `{meant}`", SetAfter(step, after))


def _after(draft: Draft, step: str) -> tuple[str, ...]:
    return draft.settings.get(step, StepSettings()).after


def _parts(draft: Draft, step: str) -> tuple[str, str] | None:
    """Return two cells of a step between which other steps have cells."""
    at = draft.positions
    others = {at[cell] for name, cells in draft.steps.items() if name != step for cell in cells}
    for here, following in pairwise(draft.steps[step]):
        if any(at[here] < other < at[following] for other in others):
            return here, following
    return None
