"""The kernel side of a unit: loads what a step needs and saves what it gives.

A unit notebook imports this module; it runs in the user's kernel, under nbprism or under plain
papermill. It imports next to nothing, and the rest only when there is something to load or save.

    NBPRISM_STORE    the store's folder (default `.nbprism`)
    NBPRISM_RUN      the run (default `manual`)
    NBPRISM_ATTEMPT  the attempt; unset, what a step saves is published at once
    NBPRISM_TAKES    inputs that another step changed in place, unforeseen: JSON, name -> that step
    NBPRISM_ITEM     which item of its list the unit computes (default 0)
    NBPRISM_FAILURE  a file to note the place of an error in; unset outside nbprism
    NBPRISM_KEEP_MB  how much is kept of what no later step needs (`artifacts/keeping.py`)
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbprism.runner import own_json

if TYPE_CHECKING:
    from nbprism.runner.observed.watch import Watch

_step = ""
_root: Path | None = None
_run = "manual"
_attempt: str | None = None
_watch: Watch | None = None
_began = 0.0
_loaded: dict[str, Any] = {}
"""The manifest entries of what was loaded, by name."""
_makers: dict[str, str] = {}
"""The step that each of them was loaded from."""
_items_loaded: dict[str, Any] = {}
"""The same of the unit's own item, by its variable."""
_itemised: dict[str, Any] = {}
_saved: dict[str, Any] = {}
"""What the manifest says, once it is written."""


def begin(step: str, files: Mapping[str, str] | None = None) -> None:
    """Start the unit of a step, and with it the observation of files.

    Args:
        step: Its name.
        files: Paths that its code spells out -> `reads`, `writes` or `changes`: compiled code may
            open them where no hook is called.
    """
    global _step, _root, _run, _attempt, _watch, _began  # noqa: PLW0603 - a kernel runs one unit
    item_of_run = os.environ.get("NBPRISM_ITEM")
    _step = step if item_of_run is None else f"{step}[{item_of_run}]"
    _began = time.monotonic()
    # Now, before a cell of the user's goes to another folder.
    _root = Path(os.environ.get("NBPRISM_STORE", ".nbprism")).absolute()
    # ... or empties the environment.
    _run, _attempt = os.environ.get("NBPRISM_RUN", "manual"), os.environ.get("NBPRISM_ATTEMPT")
    if path := os.environ.get("NBPRISM_FAILURE"):
        from nbprism.runner.kernels import failure

        failure.note_to(Path(path))
    from nbprism.runner.observed.watch import Watch

    _watch = Watch(_root, _run, Path(path).parent if path else None, files or {})
    if _attempt:
        # Before any of the user's, and so called after them. Without an attempt the manifest is
        # published as soon as it is there, and the kernel is somebody's who may go on with it.
        atexit.register(_note_exit)


def load(namespace: dict[str, Any], inputs: Mapping[str, str]) -> None:
    """Put values into the notebook's namespace: name -> the step that made it.

    Raises:
        ArtifactMissing: a step has not published its outputs in this run.
        ArtifactCorrupt: an archive was damaged.
    """
    with _unobserved():
        _load(namespace, inputs)


def _load(namespace: dict[str, Any], inputs: Mapping[str, str]) -> None:
    from nbprism.runner.artifacts import parcel
    from nbprism.runner.unit import random_state

    entries: dict[str, Any] = {}
    takes = _takes()
    makers = {name: takes.get(name, step) for name, step in inputs.items()}
    manifests = {step: _manifest(step) for step in set(makers.values())}
    for name, step in makers.items():
        if (entry := manifests[step]["changed" if name in takes else "outputs"].get(name)) is None:
            _raise_missing(f"Step '{step}' did not publish '{name}', which step '{_step}' needs.")
        entries[name] = entry
    _loaded.update(entries)
    _makers.update(makers)
    values = parcel.unpack(_store(), entries, namespace)
    namespace.update(random_state.put_back(values))


def item(
    namespace: dict[str, Any],
    variable: str,
    of: tuple[str, str] | None = None,
    values: Sequence[Any] = (),
) -> None:
    """Set the variable to this unit's item: of what a step gave under a name, or of the values.

    Raises:
        ItemsInvalid: there is no such item.
        ArtifactMissing: the step has not published its outputs in this run.
    """
    index = int(os.environ.get("NBPRISM_ITEM", "0"))
    if of is None:
        namespace[variable] = values[index]
        return
    source, name = of
    with _unobserved():
        source = _takes().get(name, source)
        from nbprism.runner.artifacts import itemised
        from nbprism.runner.unit import items

        made = _manifest(source)
        namespace[variable] = itemised.item(_store(), made, name, index, namespace)
        _items_loaded[variable] = items.entry_of(made, name, index)


def itemise(namespace: dict[str, Any], limits: Mapping[str, int]) -> None:
    """Save the items of lists one by one, for steps that run once for each of them."""
    with _unobserved():
        from nbprism.runner.artifacts import itemised

        for name, limit in limits.items():
            if name in namespace:
                value = namespace[name]
                made = itemised.itemise(_store(), _step, name, value, limit, namespace)
                _itemised[name] = {**made, "limit": limit}


def when(namespace: dict[str, Any], condition: str) -> None:
    """Go on if the condition is true.

    Raises:
        ConditionFalse: it is not; the rest of the unit is not run.
        ConditionFailed: it could not be evaluated.
    """
    with _unobserved():
        from nbprism.runner.unit import condition as conditions
    conditions.require(_step, condition, namespace)


def save(
    namespace: dict[str, Any],
    outputs: Sequence[str],
    metrics: Sequence[str] = (),
    left: Sequence[str] = (),
    cells: int | None = None,
) -> None:
    """Write the named values to the store and their manifest, which makes them visible at once.

    Args:
        namespace: The notebook's globals.
        outputs: Names that later steps need.
        metrics: Names whose scalars are metrics of the run.
        left: Names that the step binds or changes and no later step needs.
        cells: How many of the cells before this one are the step's own; None for all of them.

    Raises:
        StoreFull: there is no space left where the store is.
    """
    with _unobserved():
        observed = _watch.report(cells) if _watch is not None else {}
        changed = _changed(namespace, {*outputs, *left})
        itemise(namespace, dict(_gone_over(changed)))
        entries = _packed(namespace, outputs, changed)
        values = {
            "outputs": {name: entries[name] for name in outputs},
            "changed": {name: entries[name] for name in changed},
            "kept": _kept(namespace, left),
        }
        _saved.update(values, took=_took(), metrics=_metrics(namespace, metrics), **observed)
        _write(_saved)


def _note_exit() -> None:
    """Add to the manifest what exit handlers of the step's have written."""
    if not _saved or _watch is None:
        return
    with _unobserved():
        if observed := _watch.reported_at_exit():
            _write({**_saved, **observed})


def _gone_over(changed: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield those of the changed inputs whose items were saved, too, with how many are too many."""
    for name in changed:
        told = _manifest(_makers[name]).get("items", {}).get(name, {})
        if "limit" in told:
            yield name, told["limit"]


def _takes() -> dict[str, str]:
    found: dict[str, str] = own_json.loads(os.environ.get("NBPRISM_TAKES", "{}"))
    return found


def _took() -> dict[str, str]:
    """Return what stands for the content of each input, as it was loaded."""
    loaded = {**_loaded, **_items_loaded}
    if not loaded:
        return {}
    from nbprism.runner.manifests import content_of

    return {name: content_of(entry) for name, entry in loaded.items()}


def _changed(namespace: dict[str, Any], foreseen: Set[str]) -> list[str]:
    """Return the inputs that were changed in place though the compiler did not foresee it."""
    inputs = {name: entry for name, entry in _loaded.items() if name not in foreseen}
    if not inputs:
        return []
    from nbprism.runner.artifacts import changes

    return changes.changed(_store(), inputs, namespace)


def _packed(
    namespace: dict[str, Any], outputs: Sequence[str], changed: Sequence[str]
) -> dict[str, Any]:
    from nbprism.runner.unit import random_state

    # Together: a changed input may share an object with an output.
    names = [*outputs, *changed]
    present = {name: namespace[name] for name in names if name in namespace}
    present |= random_state.taken(outputs)
    entries: dict[str, Any] = dict.fromkeys(outputs, _absent())
    if present:
        from nbprism.runner.artifacts import parcel

        entries.update(parcel.pack(_store(), _step, present, namespace))
    return entries


def _kept(namespace: dict[str, Any], left: Sequence[str]) -> dict[str, Any]:
    values = {name: namespace[name] for name in left if name in namespace}
    if not values:
        return {}
    from nbprism.runner.artifacts import keeping

    within = keeping.time_for(time.monotonic() - _began)
    return keeping.keep(_store(), _step, values, namespace, within)


def _unobserved() -> AbstractContextManager[None]:
    return nullcontext() if _watch is None else _watch.paused()


def _absent() -> dict[str, Any]:
    return {"absent": True, "unsupported": "the step did not assign it", "type": "absent"}


def _metrics(namespace: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the scalars among the named values, NumPy's as plain Python ones."""
    found: dict[str, Any] = {}
    for name in names:
        value = namespace.get(name)
        if not isinstance(value, (bool, int, float, str)) and getattr(value, "shape", None) == ():
            value = value.item()  # type: ignore[union-attr]
        if isinstance(value, (bool, int, float, str)):
            # A NumPy float is a float too; JSON must get the plain one.
            found[name] = value.item() if hasattr(value, "item") else value
    return found


def _write(content: Mapping[str, Any]) -> None:
    from nbprism.runner import layout

    form = {
        "schema": 1,
        "step": _step,
        "attempt": int(_attempt) if _attempt else None,
        "usage": _usage(),
        **({"items": _itemised} if _itemised else {}),
        **content,
    }
    place = layout.manifest(_folder(), _step, form["attempt"])
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        own_json.dump(form, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)


def _usage() -> dict[str, Any]:
    """Return what the step took so far: CPU seconds and peak memory in bytes."""
    try:
        import resource
    except ImportError:  # Windows
        return {}
    used = resource.getrusage(resource.RUSAGE_SELF)
    scale = 1 if os.uname().sysname == "Darwin" else 1024
    return {"cpu_s": round(used.ru_utime + used.ru_stime, 3), "peak_rss": used.ru_maxrss * scale}


def _manifest(step: str) -> dict[str, Any]:
    from nbprism.runner import layout

    place = layout.manifest(_folder(), step)
    try:
        found: dict[str, Any] = own_json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        _raise_missing(
            f"Step '{step}' has published nothing in {_folder()}. Run its unit first, with the "
            "same NBPRISM_STORE and NBPRISM_RUN."
        )
    return found


def _raise_missing(message: str) -> None:
    from nbprism.runner.errors import ArtifactMissing

    raise ArtifactMissing(message)


def _store() -> Path:
    if _root is None:
        raise RuntimeError("The unit's header cell was not run: it says which step this is.")
    return _root


def _folder() -> Path:
    from nbprism.runner import layout

    return layout.run_folder(_store(), _run)
