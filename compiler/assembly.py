"""Puts the linked steps into the frozen `Flow`: inputs, outputs, fragments, edges and reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nbprism.compiler.flow import FileUsage, Fragment, StepFlow
from nbprism.compiler.linker import Link, Linker, Need
from nbprism.compiler.pipeline import Edge, Input
from nbprism.compiler.random_state import described
from nbprism.compiler.records import FileUse, Statement
from nbprism.compiler.replay import fragment
from nbprism.compiler.setting_cells import purpose


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
        tuple(_left(link)),
        _files(link),
    )


def _files(link: Link) -> Mapping[str, FileUsage]:
    """Return what the step does first to each file that it spells out."""
    first: dict[str, FileUsage] = {}
    for use in sorted(link.activity.files, key=lambda use: use.order):
        did = first.get(use.path)
        if did is None:
            first[use.path] = "writes" if use.writes else "reads"
        elif did == "reads" and use.writes:
            first[use.path] = "changes"
    return dict(sorted(first.items()))


def _left(link: Link) -> Iterator[str]:
    """Yield the values a step leaves behind that nobody after it needs."""
    for name, version in sorted(link.activity.latest.items()):
        public = name.isidentifier() and not name.startswith("_")
        if public and version.kind == "value" and name not in link.given:
            yield name


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
    by_files = _file_reasons(_file_uses(linker, order))
    for target in order:
        by_source: dict[str, dict[str, Need]] = defaultdict(dict)
        for name, need in sorted(linker.links[target].needs.items()):
            by_source[need.source][name] = need
        files = by_files.get(target, {})
        for source in sorted({*by_source, *files}, key=position.__getitem__):
            edges.append(_edge(source, target, by_source.get(source, {}), files.get(source, {})))
    return tuple(edges)


def _edge(source: str, target: str, needs: dict[str, Need], files: Mapping[str, str]) -> Edge:
    names = tuple(name for name, need in needs.items() if need.read)
    reasons = []
    if needs:
        named = names or tuple(needs)
        where = _where([needs[name] for name in named])
        verb = "needs" if names else "keeps up with"
        reasons.append(f"`{target}` {verb} {_quoted(named)} from `{source}`{where}")
    return Edge(source, target, names, "; ".join([*reasons, *files.values()]))


def _where(needs: Sequence[Need]) -> str:
    lines = [need.line for need in needs if not purpose(need.cell)]
    return f", line {min(lines)}" if lines else f" {purpose(needs[0].cell)}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(described, names))


def _file_uses(linker: Linker, order: Sequence[str]) -> dict[str, list[FileUse]]:
    """Return by path which steps use the file, in notebook order."""
    found: dict[str, list[FileUse]] = defaultdict(list)
    uses = [use for name in order for use in linker.links[name].activity.files]
    for use in sorted(uses, key=lambda use: use.order):
        found[use.path].append(use)
    return found


def _file_reasons(uses: dict[str, list[FileUse]]) -> dict[str, dict[str, dict[str, str]]]:
    """Return by consumer, producer and path why a file joins them.

    Every use waits for the last write before it, and a write also for the reads since then.
    """
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for path, users in sorted(uses.items()):
        before: list[FileUse] = []
        for use in users:
            for earlier in before if use.writes else before[:1]:
                if earlier.step != use.step and (earlier.writes or use.writes):
                    found[use.step][earlier.step].setdefault(path, _reason(path, earlier, use))
            before = [use] if use.writes else [*before, use]
    return found


def _reason(path: str, earlier: FileUse, use: FileUse) -> str:
    verbs = {True: "writes", False: "reads"}
    return (
        f"`{use.step}` {verbs[use.writes]} the file '{path}' that `{earlier.step}`"
        f" {verbs[earlier.writes]}, line {use.line}"
    )
