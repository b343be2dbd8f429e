"""Stands for a value that could not be moved, and says so when it is used.

Most such values are never used again: the step that makes a database connection is often the only
one that needs it. So it is an error to use one, not to have one.
"""

from __future__ import annotations

from typing import Any, NoReturn


class Placeholder:
    """Raises `ArtifactUnsupported`, with the variable and the way out, on any use but `repr`."""

    __slots__ = ("_parts",)
    _parts: tuple[str, str, str, str]

    def __init__(self, name: str, step: str, what: str, why: str) -> None:
        object.__setattr__(self, "_parts", (name, step, what, why))

    @staticmethod
    def parts(placeholder: Placeholder) -> tuple[str, str, str, str]:
        """Return variable, producing step, type path and advice."""
        parts: tuple[str, str, str, str] = object.__getattribute__(placeholder, "_parts")
        return parts

    def __repr__(self) -> str:
        name, step, what, _ = Placeholder.parts(self)
        return f"<{name}: stayed in step '{step}', {what} cannot be moved>"

    def __getattribute__(self, name: str) -> Any:
        if name in {"__class__", "__repr__", "__reduce_ex__", "__dict__", "__module__", "__doc__"}:
            return object.__getattribute__(self, name)
        return _refuse(self)


def _refuse(self: Placeholder, *_args: Any, **_kwargs: Any) -> NoReturn:
    from nbprism.runner.errors import ArtifactUnsupported

    name, step, what, why = Placeholder.parts(self)
    raise ArtifactUnsupported(
        f"'{name}' was made in step '{step}' and could not be brought here: {what} cannot be moved "
        f"to another process. To fix it: {why}."
    )


_USES = (
    "abs add aenter aexit aiter and anext array await bool bytes call complex contains delattr "
    "delitem delete dir divmod enter eq exit float floordiv format ge getitem gt hash iadd iand "
    "ifloordiv ilshift imatmul imod imul index int invert ior ipow irshift isub iter itruediv ixor "
    "le len lshift lt matmul mod mul ne neg next or pos pow radd rand rdivmod reversed rfloordiv "
    "rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub rtruediv rxor setattr setitem "
    "str sub truediv trunc xor"
)
for _use in _USES.split():
    setattr(Placeholder, f"__{_use}__", _refuse)
