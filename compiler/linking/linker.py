"""Turns what every step did into what moves between steps.

A demand starts at every read and runs backwards: the producer must give the version out, so it must
have it, so it may need it from somewhere else. Names that share an object which somebody changes
are demanded together, from one step that had them all, so that they still share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from nbprism.compiler.incremental.past import Past
from nbprism.compiler.incremental.reach import Notable, Reach
from nbprism.compiler.walk.heap import Obj, State
from nbprism.compiler.walk.library.random_state import is_hidden
from nbprism.compiler.walk.library.tables import GLOBAL_PACKAGES
from nbprism.compiler.walk.namespace import incoming_versions
from nbprism.compiler.walk.records import Activity, Mutation, Read, Statement, Version


@dataclass(eq=False, slots=True)
class Need:
    """A version that a step loads, and the step it loads it from."""

    version: Version
    source: str
    line: int
    read: bool
    """False if only carried, for the sake of a name that shares an object with it."""
    cell: str = ""


@dataclass(eq=False, slots=True)
class Link:
    """What one step loads, gives out and replays."""

    activity: Activity
    needs: dict[str, Need] = field(default_factory=dict)
    given: dict[str, None] = field(default_factory=dict)
    replays: dict[Statement, None] = field(default_factory=dict)
    parameters: dict[str, None] = field(default_factory=dict)
    first: int = 0
    """Order of its first statement."""
    together: list[Mutation] = field(default_factory=list)
    """Changed classes, and the names that must come with them."""


Sources = list[tuple[str, Version, Set[Obj]]]
"""What a step reads first of each name, and all objects that it reaches so."""
Groups = list[tuple[dict[str, Version], Set[Obj]]]
"""Names that a step gets together, and the objects that they share."""
Names = tuple[tuple[str, ...], tuple[Version, ...]]
"""What a step gives out, and the versions it loads."""
Quiet = dict[str, tuple[Activity, Names]]
"""Steps whose changes nothing shows that they load or hand on, when they do that and load these."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A version that one step needs and its producer no longer has when it ends, or the like."""

    reader: str
    read: Read


class Linker:
    """Follows demands until nothing new is asked for."""

    def __init__(
        self,
        activities: Mapping[str, Activity],
        configuration: Iterable[Statement],
        altered: frozenset[Obj],
        past: Past,
        reach: Reach,
        quiet: Quiet,
    ) -> None:
        self.links = {
            name: Link(activity, first=activity.first) for name, activity in activities.items()
        }
        self.conflicts: list[Conflict] = []
        self.between: list[tuple[Activity, Statement]] = []
        """Steps, and what another one configures between cells of theirs."""
        self.shipped: dict[Version, None] = {}
        self.configuration = list(configuration)
        self._altered = altered
        self._past, self._reach, self._quiet = past, reach, quiet
        self._pending: list[tuple[Link, Version, Read, bool]] = []
        self._replayable: dict[Statement, bool] = {}
        self._groups: dict[str, Groups] = {name: [] for name in activities}
        self._sources: dict[str, Sources] = {}

    def run(self) -> None:
        """Follow every read of every step."""
        for link in self.links.values():
            self._interleaved(link)
            for reads in link.activity.reads.values():
                self._pending += [(link, read.version, read, True) for read in reads]
            self._configure(link)
        self._settle()
        self._share_definitions()
        self._share()

    def _interleaved(self, link: Link) -> None:
        """A step loads before it starts, so it can only ever see one version of others' names."""
        step, activity = link.activity.step, link.activity
        for read in (*activity.overtaken, *activity.again):
            self.conflicts.append(Conflict(step, read))

    def _settle(self) -> None:
        while self._pending:
            self._follow(*self._pending.pop())

    def _ask(self, link: Link, version: Version, read: Read, *, own: bool = True) -> None:
        self._pending.append((link, version, read, own))

    def _follow(self, link: Link, version: Version, read: Read, own: bool) -> None:
        if version.kind == "deleted" or version.step == link.activity.step:
            return
        if version.step is None or self._is_replayed(version):
            self._replay(link, version, read)
            return
        self._load(link, version, read, version.step, own=own)

    # Replay ---------------------------------------------------------------------------------

    def is_replayable(self, statement: Statement) -> bool:
        """Return whether running the statement again elsewhere makes the same definition."""
        known = self._replayable
        stack = [] if statement in known else [statement]
        while stack:
            current = stack[-1]
            needs = [n for n in current.needs.values() if n.statement is not current and n.step]
            made = [need.statement for need in needs if need.kind == "definition"]
            # What a statement needed when it ran lies above it, so this ends.
            if unknown := [above for above in made if above not in known]:
                stack.extend(unknown)
                continue
            known[current] = len(made) == len(needs) and all(known[above] for above in made)
            stack.pop()
        return known[statement]

    def _is_replayed(self, version: Version) -> bool:
        return version.kind == "definition" and self.is_replayable(version.statement)

    def _replay(self, link: Link, version: Version, read: Read) -> None:
        current: Version | None = version
        while current is not None:
            if current.kind == "parameter":
                link.parameters[current.name] = None
            else:
                self._repeat(link, current.statement, read)
            current = current.prior
        self._definitions_in(link, version, read)

    def _repeat(self, link: Link, statement: Statement, read: Read) -> None:
        if statement in link.replays or statement.cell.step == link.activity.step:
            return
        link.replays[statement] = None
        for need in statement.needs.values():
            if need.statement is not statement:
                self._ask(link, need, read)

    def _definitions_in(self, link: Link, version: Version, read: Read) -> None:
        """Classes and functions that a loaded value is made of are looked up by name there."""
        for state in self.made_of(version):
            altered = state.altered
            if altered is not None and altered.statement.order <= version.statement.order:
                continue
            if state.place is None or (made := state.place.statement) in link.replays:
                continue
            # A class under `%%time` or `if` comes with the value: the rest must not run again.
            alone = made.cell.step is None or made.kind in ("import", "definition")
            if made.cell.step != link.activity.step and alone and self.is_replayable(made):
                self._repeat(link, made, read)

    def _configure(self, link: Link) -> None:
        first, last = link.activity.cells[0].index, link.activity.cells[-1].index
        for statement in self.configuration:
            place = statement.cell.index
            if place >= last or not self._concerns(link, statement):
                continue
            if first < place and statement.cell.step is not None and any(statement.modules):
                self.between.append((link.activity, statement))
                continue
            read = Read(Version("", None, statement.place), link.activity.cells[0], 1)
            self._repeat(link, statement, read)

    def _concerns(self, link: Link, statement: Statement) -> bool:
        if statement.cell.step is None:
            return True
        if statement.cell.step == link.activity.step or not self.is_replayable(statement):
            return False
        if statement.node.lineno in statement.cell.repeatable:
            return True
        return any(
            not m or m in link.activity.modules or m in GLOBAL_PACKAGES for m in statement.modules
        )

    # Load -----------------------------------------------------------------------------------

    def _load(self, link: Link, version: Version, read: Read, source: str, *, own: bool) -> None:
        known = link.needs.get(version.name)
        own = own and not is_hidden(version.name)
        if known is not None:
            if known.version is not version:
                self.conflicts.append(Conflict(link.activity.step, read))
            known.read |= own
            return
        link.needs[version.name] = Need(version, source, read.line, own, read.cell.id)
        self.shipped[version] = None
        self._definitions_in(link, version, read)
        self._give(self.links[source], version, link, read)

    def _give(self, link: Link, version: Version, reader: Link, read: Read) -> None:
        """The step must have that version when it ends."""
        latest = link.activity.latest.get(version.name)
        newer = latest is not None and latest.statement.order > version.statement.order
        both_sides = link.activity.last > reader.first
        if newer or (both_sides and self._changes_later(link, version)):
            self.conflicts.append(Conflict(reader.activity.step, read))
        link.given[version.name] = None
        if version.prior is None and version.step == link.activity.step:
            return  # made by the step alone, as nearly always
        for incoming in incoming_versions(version, link.activity.step):
            if incoming is not version:
                # Changed through another name only: carried along, not needed by the code.
                place = Read(incoming, version.statement.cell, version.line)
                self._ask(link, incoming, place, own=not version.changed)

    def _changes_later(self, link: Link, version: Version) -> bool:
        """Tell whether the step changes what it calls so after another step took the name over."""
        return any(
            mutation.order > version.statement.order
            and not mutation.objects.isdisjoint(self.reached(version))
            for mutation in link.activity.mutations
            if link.activity.latest.get(version.name) is version
        )

    # Sharing --------------------------------------------------------------------------------

    def _share_definitions(self) -> None:
        """A class that was changed is shipped, and its instances must come with it."""
        for obj in self._altered:
            altered = obj.state.altered.statement.order
            for link in self.links.values():
                seen = {
                    name: reads[0].version
                    for name, reads in link.activity.reads.items()
                    if reads[0].version.statement.order >= altered
                    and obj in self.reached(reads[0].version)
                }
                if len(seen) > 1:
                    link.together.append(Mutation(seen, frozenset((obj,)), obj.state.altered))

    def _share(self) -> None:
        """Names that share a changed object leave and enter together."""
        seen: dict[str, tuple[int, int, Groups]] = {}
        asked = True
        while asked:
            asked = False
            for step, link in self.links.items():
                # All three only grow, and a group that grows is another list.
                now = len(link.given), len(link.needs), self._groups[step]
                known = seen.get(step)
                if known is not None and known[:2] == now[:2] and known[2] is now[2]:
                    continue
                seen[step] = now
                if not self._is_quiet(link):
                    asked |= self._share_entries(link)
            self._settle()

    def _is_quiet(self, link: Link) -> bool:
        """Return whether it is known that nothing the step changes is seen through its names."""
        known = self._quiet.get(link.activity.step)
        return known is not None and known[0] is link.activity and known[1] == _names(link)

    def _share_entries(self, link: Link) -> bool:
        """Share all that the step changes, and return whether that made a new group."""
        quiet, asked = not link.together, False
        for mutation in (*link.activity.mutations, *link.together):
            # Most of what a step changes it made itself, and nobody else sees it.
            if live := self._live(link, mutation):
                quiet = False
                asked |= self._together(link, live, mutation.objects)
        if quiet:
            self._quiet[link.activity.step] = link.activity, _names(link)
        return asked

    def _live(self, link: Link, mutation: Mutation) -> dict[str, Version]:
        """Return the versions that showed the changed objects when the step began."""
        step, before = link.activity.step, mutation.before
        live = {
            name: incoming
            for name, version in before.items()
            if name in link.given or name in link.needs or name in link.activity.reads
            for incoming in incoming_versions(version, step)[:1]
            if self._shows(link, incoming, mutation.objects)
        }
        self._add_sources(link, live, mutation.objects)
        return live

    def _add_sources(self, link: Link, versions: dict[str, Version], objects: Set[Obj]) -> None:
        """Add what the step reads and makes those objects visible through."""
        for name, version, reached in self._sources_of(link):
            if name in versions or objects.isdisjoint(reached):
                continue
            if self._shows(link, version, objects):
                versions[name] = version

    def _shows(self, link: Link, version: Version, objects: Set[Obj]) -> bool:
        """Return whether the version showed any of the objects when the step began."""
        return not objects.isdisjoint(version.value) or bool(
            self._seen_before(link, version, objects)
        )

    def _seen_before(self, link: Link, version: Version, objects: Set[Obj]) -> Set[Obj]:
        """Return which of the objects the version showed when the step began."""
        seen = self.reached(version) & objects
        if not seen or version.statement.order >= link.first:
            return seen
        return self._past.reached(version.value, link.first) & objects

    def _sources_of(self, link: Link) -> Sources:
        step = link.activity.step
        if step not in self._sources:
            first = [(name, reads[0].version) for name, reads in link.activity.reads.items()]
            self._sources[step] = [(name, v, self.reached(v)) for name, v in first]
        return self._sources[step]

    def reached(self, version: Version) -> Set[Obj]:
        """Return the objects that the version stands for, and all that they may hold."""
        return self._reach.of(version.value)

    def made_of(self, version: Version) -> Sequence[State]:
        """Return the classes and functions that the version reaches, as they are at the end."""
        return self._reach.made_of(version.value)

    def notable(self) -> dict[Version, Notable]:
        """Return the objects of note that come with versions which are handed on."""
        notable = self._reach.notable
        return {version: found for version in self.shipped if (found := notable(version.value))}

    def _together(self, link: Link, versions: dict[str, Version], objects: Set[Obj]) -> bool:
        """The step must get these versions from one step that has them all, sharing `objects`."""
        versions = {name: v for name, v in versions.items() if not self._is_replayed(v)}
        known = self._groups[link.activity.step]
        touching = [group for group in known if group[0].keys() & versions.keys()]
        if any(versions.keys() <= names.keys() and objects <= held for names, held in touching):
            return False
        for names, held in touching:
            versions, objects = {**names, **versions}, objects | held
        outside = [v for v in versions.values() if v.step is not None and v.kind != "deleted"]
        if not outside:
            return False
        rest = [group for group in known if group not in touching]
        self._groups[link.activity.step] = [*rest, (versions, objects)]
        self._gather(link, versions, max(outside, key=_order), objects)
        return True

    def _gather(
        self, link: Link, versions: dict[str, Version], last: Version, objects: Set[Obj]
    ) -> None:
        source = self.links[str(last.step)]
        if len(versions) > 1 and last.statement.order > link.first:
            # The step would have to start before the one it loads from has ended.
            read = Read(last, link.activity.cells[-1], 1)
            self.conflicts.append(Conflict(link.activity.step, read))
            return
        for name, version in versions.items() if len(versions) > 1 else ():
            self._redirect(link, name, version, source)
        # What the step made the names from must have shared what they share.
        inside = {
            name: incoming
            for name, version in versions.items()
            for incoming in self._entry(source, version)
        }
        self._add_sources(source, inside, objects)
        for group in self._sharing(source, inside, objects):
            self._together(source, group, objects)

    def _entry(self, link: Link, version: Version) -> list[Version]:
        if version.step != link.activity.step:
            return [version]
        return incoming_versions(version, link.activity.step)[:1]

    def _redirect(self, link: Link, name: str, version: Version, source: Link) -> None:
        step = source.activity.step
        read = Read(version, link.activity.cells[0], 1)
        need = link.needs.get(name)
        latest = source.activity.latest.get(name)
        if (latest not in (None, version)) or (need is not None and need.version is not version):
            self.conflicts.append(Conflict(link.activity.step, read))
            return
        if need is None:
            link.needs[name] = Need(version, step, 1, read=False)
            self._definitions_in(link, version, read)
        else:
            need.source = step
        self.shipped[version] = None
        source.given[name] = None
        if version.step != step:
            known = source.needs.get(name)
            if known is None and not _is_own(source, name):
                self._ask(source, version, read, own=False)
        elif need is None:
            self._give(source, version, link, read)

    def _sharing(
        self, link: Link, versions: dict[str, Version], objects: Set[Obj]
    ) -> list[dict[str, Version]]:
        """Return the versions in groups that saw some of the same objects when the step began."""
        if len(versions) == 1:
            (only,) = versions.values()
            return [versions] if self._shows(link, only, objects) else []
        groups: list[tuple[Set[Obj], dict[str, Version]]] = []
        for name, version in versions.items():
            seen = self._seen_before(link, version, objects)
            members = {name: version}
            apart = []
            for other, names in groups:
                if other.isdisjoint(seen):
                    apart.append((other, names))
                else:
                    seen = seen | other
                    members = {**names, **members}
            groups = [*apart, (seen, members)]
        return [members for seen, members in groups if seen]


def _names(link: Link) -> Names:
    return tuple(link.given), tuple([need.version for need in link.needs.values()])


def _order(version: Version) -> int:
    return version.statement.order


def _is_own(link: Link, name: str) -> bool:
    return name in link.activity.latest
