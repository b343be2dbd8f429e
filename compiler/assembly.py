"""Puts the linked steps into the frozen `Flow`: inputs, outputs, fragments, edges and reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from nbprism.compiler.flow import Fragment, StepFlow
from nbprism.compiler.linker import Link, Linker, Need
from nbprism.compiler.pipeline import Edge, Input
from nbprism.compiler.records import Statement
from nbprism.compiler.replay import fragment


def step_flows(linker: Linker, order: Sequence[str]) -> tuple[StepFlow, ...]:
    """Return what every step takes, gives and replays, in notebook order."""
    return tuple(_step_flow(linker.links[name]) for name in order)


def _step_flow(link: Link) -> StepFlow:
    return StepFlow(
        link.activity.step,
        tuple(Input(name, need.source) for name, need in sorted(link.needs.items()) if need.read),
        tuple(sorted(link.given)),
        tuple(sorted(link.parameters)),
        _fragments(link),
        tuple(link.activity.metrics),
        tuple(
            Input(name, need.source) for name, need in sorted(link.needs.items()) if not need.read
        ),
    )


def _fragments(link: Link) -> tuple[Fragment, ...]:
    late: set[Statement] = set()
    found = []
    for statement in sorted(link.replays, key=lambda item: item.order):
        if _waits(link, statement, late):
            late.add(statement)
        found.append(fragment(statement, after_load=statement in late))
    return tuple(found)


def _waits(link: Link, statement: Statement, late: Iterable[Statement]) -> bool:
    for need in statement.needs.values():
        loaded = link.needs.get(need.name)
        if need.statement in late or (loaded is not None and loaded.version is need):
            return True
    return False


def edges_of(linker: Linker, order: Sequence[str]) -> tuple[Edge, ...]:
    """Return the edges with their reasons, by consumer and then by producer in notebook order."""
    position = {name: index for index, name in enumerate(order)}
    edges = []
    for target in order:
        by_source: dict[str, dict[str, Need]] = defaultdict(dict)
        for name, need in sorted(linker.links[target].needs.items()):
            by_source[need.source][name] = need
        files = _files(linker, target, position)
        for source in sorted({*by_source, *files}, key=position.__getitem__):
            edges.append(_edge(source, target, by_source.get(source, {}), files.get(source, ())))
    return tuple(edges)


def _edge(
    source: str, target: str, needs: dict[str, Need], files: Sequence[tuple[str, int]]
) -> Edge:
    names = tuple(name for name, need in needs.items() if need.read)
    reasons = []
    if needs:
        named = names or tuple(needs)
        line = min(needs[name].line for name in named)
        verb = "needs" if names else "keeps up with"
        reasons.append(f"`{target}` {verb} {_quoted(named)} from `{source}`, line {line}")
    for path, line in files:
        reasons.append(f"`{target}` reads the file '{path}' that `{source}` writes, line {line}")
    return Edge(source, target, names, "; ".join(reasons))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _files(
    linker: Linker, target: str, position: dict[str, int]
) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for path, line in linker.links[target].activity.opened.items():
        writers = [
            name
            for name, link in linker.links.items()
            if path in link.activity.written and position[name] < position[target]
        ]
        if writers:
            found[max(writers, key=position.__getitem__)].append((path, line))
    return found
