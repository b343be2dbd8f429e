"""The diagnostics that only the linked notebook shows: what is shipped, split, shadowed or lost."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nbprism.compiler.diagnostics import Diagnostic, Severity
from nbprism.compiler.flow import Parameter
from nbprism.compiler.incremental.reach import Notable
from nbprism.compiler.linking.linker import Conflict, Linker
from nbprism.compiler.tagging.setup import imported_names, is_quick
from nbprism.compiler.walk.heap import EMPTY, WINDOW, Obj, State, union
from nbprism.compiler.walk.library.random_state import described, is_hidden
from nbprism.compiler.walk.records import Statement, Version

_FREE = frozenset({"import", "definition", "configuration"})
"""Kinds of statements that are meant to be in each step."""

Classes = dict[str, list[tuple[str, Statement]]]
"""By step: names of classes, and the statements that make them."""


def report(
    top: Sequence[Statement],
    linker: Linker,
    parameters: Sequence[Parameter],
    walked: Iterable[Diagnostic],
) -> tuple[Diagnostic, ...]:
    """Return every finding, those of the walk too, by cell and line."""
    notable = linker.notable()
    classes = _classes(linker)
    found = [
        *walked,
        *_unpicklable(notable),
        *_remembered(linker, notable),
        *_conflicts(linker.conflicts),
        *_configured_between(linker),
        *(_split_windows(linker, notable) if notable else ()),
        *_redefined(linker, classes),
        *_made_too_late(linker, classes),
        *_conditional(linker),
        *_shadowed(top, parameters),
        *_random(linker),
        *_restarted(linker),
        *_repeated(top, linker),
    ]
    unique = dict.fromkeys(found)
    position = {s.cell.id: s.cell.index for s in top} if unique else {}
    return tuple(
        sorted(
            unique, key=lambda d: (position.get(d.cell or "", 0), d.line or 0, d.code, d.message)
        )
    )


def _at(version: Version, code: str, severity: Severity, message: str, hint: str) -> Diagnostic:
    cell = version.statement.cell
    return Diagnostic(code, severity, message, hint, cell.step, cell.id, version.line)


def _unpicklable(notable: Mapping[Version, Notable]) -> Iterator[Diagnostic]:
    for version, reached in notable.items():
        for obj in sorted(reached.stuck, key=lambda obj: repr(obj.key))[:1]:
            made = "is" if obj in version.value else "holds"
            yield _at(
                version, "unpicklable", "error",
                f"Step `{version.step}` gives `{version.name}` to a later step, but it {made}"
                f" {obj.state.path}, which cannot leave its process.",
                "Use `list(...)` to keep what it yields." if obj.state.kind == "generator"
                else "Make it in the step that uses it; pass the path or address instead.",
            )  # fmt: skip


def _remembered(linker: Linker, notable: Mapping[Version, Notable]) -> Iterator[Diagnostic]:
    """What a memoised function remembers stays in its process, so it does its work again."""
    hint = "Call it in one step and use the result in the others, or take the decorator off."
    callers: dict[str, str] = {}
    memoised = {version: found.memoised for version, found in notable.items() if found.memoised}
    for name, link in linker.links.items():
        for need in link.needs.values() if memoised else ():
            for function in _altered(need.version, memoised.get(need.version, ())):
                yield Diagnostic(
                    "memoised-function", "error",
                    f"Step `{name}` needs what `{function}` remembers since step `{need.source}`:"
                    " it changes more than its result, or its result was changed. Every step"
                    " starts with an empty memory.",
                    hint, name, need.cell, need.line,
                )  # fmt: skip
        for function, (cell, line) in link.activity.remembered.items():
            if (earlier := callers.setdefault(function, name)) != name:
                yield Diagnostic(
                    "memoised-function", "warning",
                    f"Step `{name}` calls `{function}`, which step `{earlier}` called before. Every"
                    " step starts with an empty memory, so what it prints may be printed again.",
                    hint, name, cell, line,
                )  # fmt: skip


def _altered(version: Version, memoised: Iterable[Obj]) -> Iterator[str]:
    """Yield the memoised functions that were changed by then; a method, where its class."""
    order = version.statement.order
    for obj in memoised:
        parents = (up.state for up in obj.held_by if not isinstance(up, str))
        changed = [state.altered for state in (obj.state, *parents) if state is not None]
        if any(place is not None and place.statement.order <= order for place in changed):
            yield str(getattr(obj.state.node, "name", ""))


def _split_windows(linker: Linker, notable: Mapping[Version, Notable]) -> Iterator[Diagnostic]:
    """Two names look into the same memory, and a step that made neither writes into it."""
    for name, link in linker.links.items():
        looking = {
            n
            for n, need in link.needs.items()
            if (found := notable.get(need.version)) is not None and found.windows
        }
        for mutation in link.activity.mutations if looking else ():
            if looking.isdisjoint(mutation.before):
                continue
            loaded = {n: v.value for n, v in mutation.before.items() if n in link.needs}
            windows = list(filter(_is_window, union(loaded.values())))
            onto = union(window.state.fields.get("onto", EMPTY) for window in windows)
            owning = onto | mutation.objects.difference(windows)
            views = [n for n, value in loaded.items() if not value.isdisjoint(windows)]
            owners = [n for n, value in loaded.items() if not value.isdisjoint(owning)]
            if views and owners:
                statement = mutation.place.statement
                yield Diagnostic(
                    "view-split", "error",
                    f"Step `{name}` changes what `{owners[0]}` and `{views[0]}` share: one looks"
                    " into the memory of the other. In a step that made neither, each is a copy of"
                    " its own, so the change would show in one only.",
                    f"Copy `{views[0]}` where it is made, or make it in this step.",
                    name, statement.cell.id, statement.node.lineno,
                )  # fmt: skip


def _is_window(obj: Obj) -> bool:
    return obj.state is not None and obj.state.path == WINDOW


def _classes(linker: Linker) -> Classes:
    """Return the classes that each step replays; only of steps that do."""
    found: Classes = {}
    for name, link in linker.links.items():
        for statement in link.replays:
            if isinstance(statement.node, ast.ClassDef):
                found.setdefault(name, []).append((statement.node.name, statement))
    return found


def _redefined(linker: Linker, classes: Classes) -> Iterator[Diagnostic]:
    """A step needs an instance of a class, and the class that has taken over its name since."""
    for name, replayed in classes.items():
        link, made = linker.links[name], dict[str, list[Statement]]()
        for cls, statement in replayed:
            made.setdefault(cls, []).append(statement)
        for cls, statements in made.items():
            *older, newest = sorted(statements, key=lambda statement: statement.order)
            for need in link.needs.values() if older else ():
                if any(_stands_in(state, older) for state in linker.made_of(need.version)):
                    yield Diagnostic(
                        "class-redefined", "error",
                        f"Step `{name}` needs `{need.version.name}`, made of the first of two"
                        f" classes `{cls}`, and the second one: in the step's process only one of"
                        " them can have the name.",
                        f"Give the class in line {newest.node.lineno} of the later cell another"
                        " name, or make the value again below it.",
                        name, need.cell, need.line,
                    )  # fmt: skip


def _made_too_late(linker: Linker, classes: Classes) -> Iterator[Diagnostic]:
    """A class of setup that is made of loaded values is made after all values are loaded."""
    for name, replayed in classes.items():
        link = linker.links[name]
        for cls, statement in replayed:
            waits = [n for n in statement.needs.values() if n.name in link.needs]
            for need in link.needs.values() if waits else ():
                if any(_stands_in(state, [statement]) for state in linker.made_of(need.version)):
                    yield Diagnostic(
                        "class-needs-value", "error",
                        f"Class `{cls}` stands in setup and needs"
                        f" `{waits[0].name}`, which step `{waits[0].step}` computes, so step"
                        f" `{name}` cannot have the class before it loads `{need.version.name}`,"
                        " which is made of it.",
                        "Tag the cell of the class `step:NAME`: it is then handed on with the"
                        " values made of it.",
                        name, statement.cell.id, statement.node.lineno,
                    )  # fmt: skip


def _stands_in(state: State, statements: Sequence[Statement]) -> bool:
    return state.place is not None and state.place.statement in statements


def _conflicts(conflicts: Iterable[Conflict]) -> Iterator[Diagnostic]:
    for conflict in conflicts:
        version, cell = conflict.read.version, conflict.read.cell
        name = described(version.name)
        if version.step is None:
            yield _between(conflict)
            continue
        yield Diagnostic(
            "step-interleaved", "error",
            f"Step `{conflict.reader}` needs {name} as `{version.step}` left it in line"
            f" {version.line} of an earlier cell, but the cells of one of the two steps lie on both"
            f" sides and change {name} again.",
            "Split the step: give the cells after this one a step name of their own"
            + (", or seed in each step." if is_hidden(version.name) else f", or rename {name}."),
            conflict.reader, cell.id, conflict.read.line,
        )  # fmt: skip


def _configured_between(linker: Linker) -> Iterator[Diagnostic]:
    for activity, statement in linker.between:
        what = ", ".join(f"`{module}`" for module in statement.modules if module) or "the session"
        yield Diagnostic(
            "step-interleaved", "error",
            f"Step `{statement.cell.step}` configures {what} between cells of step"
            f" `{activity.step}`, which uses it before and after.",
            "Split the step: give its cells after this one a step name of their own, or move the"
            " line into a cell tagged `imports`.",
            activity.step, statement.cell.id, statement.node.lineno,
        )  # fmt: skip


def _between(conflict: Conflict) -> Diagnostic:
    version, cell = conflict.read.version, conflict.read.cell
    return Diagnostic(
        "step-interleaved", "error",
        f"Step `{conflict.reader}` needs `{version.name}` as setup left it in line {version.line}"
        " of a cell between cells of the step, but setup runs before all of them.",
        f"Move the line that sets `{version.name}` into a step: tag its cell `step:NAME`, or put it"
        f" into a cell of `{conflict.reader}`.",
        conflict.reader, cell.id, conflict.read.line,
    )  # fmt: skip


def _conditional(linker: Linker) -> Iterator[Diagnostic]:
    for name, link in linker.links.items():
        for need in link.needs.values():
            version = need.version
            if version.missing and need.read:
                yield _at(
                    version, "conditional-definition", "warning",
                    f"Step `{name}` reads `{version.name}`, which step `{version.step}` binds only"
                    " on some paths.",
                    f"Give `{version.name}` a value on every path.",
                )  # fmt: skip


def _shadowed(top: Iterable[Statement], parameters: Sequence[Parameter]) -> Iterator[Diagnostic]:
    names = {parameter.name for parameter in parameters}
    binding = [s for s in top if not names.isdisjoint(s.binds)] if names else []
    for statement in binding:
        if statement.cell.role == "parameters":
            continue
        for name in statement.binds:
            read = statement.needs.get(name)
            if name in names and (read is None or read.statement is statement):
                yield Diagnostic(
                    "parameter-shadowed", "warning",
                    f"`{name}` is a parameter, but this line gives it a value of its own.",
                    "Use another name, or the value given for the run is lost from here on.",
                    statement.cell.step, statement.cell.id, statement.node.lineno,
                )  # fmt: skip


def _random(linker: Linker) -> Iterator[Diagnostic]:
    """A seeded generator goes on where the step before stopped, so the steps form a chain."""
    for link in linker.links.values():
        activity = link.activity
        for module, read in activity.draws.items():
            if _waits_anyway(linker, activity.step, str(read.version.step)):
                continue
            yield Diagnostic(
                "random-state", "info",
                f"Step `{activity.step}` goes on with the random numbers of `{module}` where step"
                f" `{read.version.step}` stopped, so it waits for it.",
                f"To let them run side by side, seed `{module}` in the step itself, or use a"
                " generator of your own, such as `numpy.random.default_rng(7)`.",
                activity.step, read.cell.id, read.line,
            )  # fmt: skip


def _restarted(linker: Linker) -> Iterator[Diagnostic]:
    """A generator's state cannot be handed on, so the step draws what another one drew."""
    for name, link in linker.links.items():
        for module, read in link.activity.restarts.items():
            yield Diagnostic(
                "random-restarts", "warning",
                f"Step `{name}` draws random numbers of `{module}` after step"
                f" `{read.version.step}` did. Their state cannot leave a process, so it begins at"
                " the seed again and does not go on where the other one stopped.",
                f"Seed `{module}` in the step itself, or draw in one step: then a run of the"
                " notebook gives the same numbers.",
                name, read.cell.id, read.line,
            )  # fmt: skip


def _waits_anyway(linker: Linker, step: str, source: str) -> bool:
    """Return whether the step needs values of the other one, or of one that does."""
    pending, seen = [step], {step}
    while pending:
        needs = linker.links[pending.pop()].needs.values()
        above = {need.source for need in needs if need.read} - seen
        seen |= above
        pending.extend(above)
    return source in seen


def _repeated(top: Iterable[Statement], linker: Linker) -> Iterator[Diagnostic]:
    """Setup that costs something, or may differ each time, is better computed once."""
    steps: dict[Statement, list[str]] = {}
    for name, link in linker.links.items():
        for statement in link.replays:
            if statement.kind not in _FREE and statement.cell.step is None:
                steps.setdefault(statement, []).append(name)
    made = [s.node for s in top if s.kind in ("import", "definition")] if steps else []
    names_of = imported_names(made)
    for statement, names in steps.items():
        if len(names) > 1 and not is_quick(statement.node, names_of):
            yield Diagnostic(
                "setup-repeated", "warning",
                f"This line runs again in each of the steps"
                f" {', '.join(f'`{n}`' for n in names)},"
                " because its cell counts as setup.",
                _hint_to_run_once(statement),
                None, statement.cell.id, statement.node.lineno,
            )  # fmt: skip


def _hint_to_run_once(statement: Statement) -> str:
    role = statement.cell.role
    what = "tag its cell `step:NAME`" + (f" instead of `{role}`" if role != "setup" else "")
    if role == "parameters":
        what = "move it into a cell of its own, tagged `step:NAME`"
    return (
        f"If it takes long, reads data or differs each time, {what}: it then runs once, and the"
        " other steps get its result."
    )
