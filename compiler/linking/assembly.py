"""Puts the linked steps into the frozen `Flow`: inputs, outputs, fragments, edges and reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from nbprism.compiler.flow import Edge, FileUsage, Fragment, Input, StepFlow
from nbprism.compiler.linking import file_patterns
from nbprism.compiler.linking.linker import Link, Linker
from nbprism.compiler.settings.cells import purpose
from nbprism.compiler.walk.library.random_state import described
from nbprism.compiler.walk.records import Activity, FileUse, Statement, Version
from nbprism.compiler.walk.replay import fragment


class Loaded(NamedTuple):
    """A `Need` as a value."""

    name: str
    source: str
    read: bool
    line: int
    cell: str
    version: Version


Rows = tuple[Loaded, ...]
"""What a step loads, by name."""
FlowKey = tuple[Activity, Rows, tuple[Statement, ...], tuple[str, ...], tuple[str, ...]]
"""All that a step's flow is made of. Activities, statements and versions equal only themselves."""
EdgesKey = tuple[Rows, dict[str, dict[str, str]]]


class Assembly:
    """Flows and edges of one notebook's steps; what is made of the same again is known."""

    def __init__(self) -> None:
        self._flows: dict[str, tuple[FlowKey, StepFlow]] = {}
        self._edges: dict[str, tuple[EdgesKey, dict[str, Edge]]] = {}

    def of(
        self, linker: Linker, order: Sequence[str]
    ) -> tuple[tuple[StepFlow, ...], tuple[Edge, ...]]:
        """Return what every step takes, gives and replays, and the edges with their reasons.

        Steps are in notebook order; edges too, by consumer and then by producer.
        """
        links = [linker.links[name] for name in order]
        rows = {link.activity.step: _rows(link) for link in links}
        files = _file_reasons(_file_uses(links))
        position = {name: index for index, name in enumerate(order)}
        self._flows = {name: self._flow(linker.links[name], rows[name]) for name in order}
        self._edges = {name: self._edges_to(name, (rows[name], files[name])) for name in order}
        edges = [
            edges[source]
            for _, edges in self._edges.values()
            for source in sorted(edges, key=position.__getitem__)
        ]
        return tuple(flow for _, flow in self._flows.values()), tuple(edges)

    def _flow(self, link: Link, rows: Rows) -> tuple[FlowKey, StepFlow]:
        replays = tuple(sorted(link.replays, key=_order)) if link.replays else ()
        given, parameters = tuple(sorted(link.given)), tuple(sorted(link.parameters))
        key = (link.activity, rows, replays, given, parameters)
        known = self._flows.get(link.activity.step)
        return known if known is not None and known[0] == key else (key, _step_flow(link, key))

    def _edges_to(self, target: str, key: EdgesKey) -> tuple[EdgesKey, dict[str, Edge]]:
        known = self._edges.get(target)
        return known if known is not None and known[0] == key else (key, _edges_to(target, *key))


def _rows(link: Link) -> Rows:
    needs = sorted(link.needs.items())
    return tuple([Loaded(name, n.source, n.read, n.line, n.cell, n.version) for name, n in needs])


def _order(statement: Statement) -> int:
    return statement.order


def _step_flow(link: Link, key: FlowKey) -> StepFlow:
    activity, rows, replays, given, parameters = key
    return StepFlow(
        activity.step,
        tuple(Input(row.name, row.source) for row in rows if row.read),
        given,
        parameters,
        _fragments(link, replays),
        tuple(activity.metrics),
        tuple(Input(row.name, row.source) for row in rows if not row.read),
        tuple(_left(link)),
        _files(link),
    )


def _files(link: Link) -> Mapping[str, FileUsage]:
    """Return what the step does first to each file that it spells out."""
    first: dict[str, FileUsage] = {}
    spelt_out = (use for use in link.activity.files if not file_patterns.is_pattern(use.path))
    for use in sorted(spelt_out, key=lambda use: use.order):
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


def _fragments(link: Link, replays: Iterable[Statement]) -> tuple[Fragment, ...]:
    late: set[Statement] = set()
    found = []
    for statement in replays:
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


def _edges_to(target: str, rows: Rows, files: Mapping[str, Mapping[str, str]]) -> dict[str, Edge]:
    by_source: dict[str, list[Loaded]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row)
    return {
        source: _edge(source, target, by_source.get(source, []), files.get(source, {}))
        for source in {**by_source, **files}
    }


def _edge(source: str, target: str, rows: Sequence[Loaded], files: Mapping[str, str]) -> Edge:
    reading = [row for row in rows if row.read]
    names = tuple(row.name for row in reading)
    reasons = []
    if rows:
        named = reading or rows
        verb = "needs" if names else "keeps up with"
        quoted = _quoted(row.name for row in named)
        reasons.append(f"`{target}` {verb} {quoted} from `{source}`{_where(named)}")
    return Edge(source, target, names, "; ".join([*reasons, *files.values()]))


def _where(rows: Sequence[Loaded]) -> str:
    lines = [row.line for row in rows if not purpose(row.cell)]
    return f", line {min(lines)}" if lines else f" {purpose(rows[0].cell)}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(described, names))


def _file_uses(links: Iterable[Link]) -> dict[str, list[FileUse]]:
    """Return by path which steps use the file, in notebook order."""
    found: dict[str, list[FileUse]] = defaultdict(list)
    uses = [use for link in links for use in link.activity.files]
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
    for earlier, use in file_patterns.meetings(uses):
        found[use.step][earlier.step].setdefault(earlier.path, _reason(earlier.path, earlier, use))
    return found


def _reason(path: str, earlier: FileUse, use: FileUse) -> str:
    verbs = {True: "writes", False: "reads"}
    return (
        f"`{use.step}` {verbs[use.writes]} the file '{file_patterns.shown(path)}' that"
        f" `{earlier.step}`"
        f" {verbs[earlier.writes]}, line {use.line}"
    )
