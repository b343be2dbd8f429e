"""Request bodies: bytes in, checked values out.

Own parsing, because Jupyter's `get_json_body` answers 500 to a body that is not UTF-8, and because
a client should be told which field is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from nbprism.runner.options import RunOptions
from nbprism.server_ext.errors import BodyUnreadable, FieldInvalid

LONGEST_KEY = 200
OPTIONS = ("cache", "from_step", "only_step")
"""What a client may say about what was computed before."""
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class CompileRequest:
    """A notebook as the browser holds it, and where it lives."""

    path: str
    notebook: Mapping[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> CompileRequest:
        """Return the request in `body`."""
        form = Form(body, {"path", "notebook"})
        return cls(path=form.text("path"), notebook=form.mapping("notebook"))


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """A notebook that may be run, with the parameter values and options it would have."""

    path: str
    notebook: Mapping[str, Any]
    parameters: Mapping[str, Any]
    options: RunOptions
    cluster: str | None = None
    """The name of a cluster, out of those that the server offers."""

    @classmethod
    def parse(cls, body: bytes) -> ForecastRequest:
        """Return the request in `body`."""
        form = Form(body, {"path", "notebook", "parameters", "cluster", *OPTIONS})
        return cls(
            path=form.text("path"),
            notebook=form.mapping("notebook"),
            parameters=form.mapping("parameters", default={}),
            options=_options(form),
            cluster=form.key("cluster"),
        )


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """A notebook to run, with this run's parameter values and options."""

    path: str
    notebook: Mapping[str, Any]
    parameters: Mapping[str, Any]
    options: RunOptions
    submit_key: str | None
    """Chosen by the client; sending the same key again starts nothing new."""
    sweep: Mapping[str, Sequence[Any]]
    """The values that parameters go through, a run for each combination; empty for one run."""
    cluster: str | None = None
    """The name of a cluster, out of those that the server offers."""

    @classmethod
    def parse(cls, body: bytes) -> SubmitRequest:
        """Return the request in `body`."""
        known = {"path", "notebook", "parameters", "submit_key", "cluster", "sweep", *OPTIONS}
        form = Form(body, known)
        return cls(
            path=form.text("path"),
            notebook=form.mapping("notebook"),
            parameters=form.mapping("parameters", default={}),
            options=_options(form),
            submit_key=form.key("submit_key"),
            cluster=form.key("cluster"),
            sweep=form.lists("sweep"),
        )


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """The notebook whose run, or one step of it, is to be cancelled."""

    path: str
    step: str | None
    """The one step to stop; None stops the run."""

    @classmethod
    def parse(cls, body: bytes) -> CancelRequest:
        """Return the request in `body`."""
        form = Form(body, {"path", "step"})
        return cls(path=form.text("path"), step=form.optional_text("step") or None)


@dataclass(frozen=True, slots=True)
class AgainRequest:
    """The notebook whose run is to be repeated, and how much of it."""

    path: str
    resume: bool
    """Whether what succeeded is taken over, and only the rest runs."""
    submit_key: str | None

    @classmethod
    def parse(cls, body: bytes) -> AgainRequest:
        """Return the request in `body`."""
        form = Form(body, {"path", "resume", "submit_key"})
        return cls(
            path=form.text("path"),
            resume=form.flag("resume", default=False),
            submit_key=form.key("submit_key"),
        )


@dataclass(frozen=True, slots=True)
class PinRequest:
    """The notebook whose run is to be kept, or no longer."""

    path: str
    pinned: bool

    @classmethod
    def parse(cls, body: bytes) -> PinRequest:
        """Return the request in `body`."""
        form = Form(body, {"path", "pinned"})
        return cls(path=form.text("path"), pinned=form.flag("pinned"))


@dataclass(frozen=True, slots=True)
class ClusterRequest:
    """A cluster to add to the user's list."""

    name: str
    url: str

    @classmethod
    def parse(cls, body: bytes) -> ClusterRequest:
        """Return the request in `body`."""
        form = Form(body, {"name", "url"})
        return cls(name=form.text("name"), url=form.text("url"))


@dataclass(frozen=True, slots=True)
class OutputsRequest:
    """The notebook that is open in a room, into which a run of it is to be written."""

    path: str

    @classmethod
    def parse(cls, body: bytes) -> OutputsRequest:
        """Return the request in `body`."""
        return cls(path=Form(body, {"path"}).text("path"))


@dataclass(frozen=True, slots=True)
class ExampleRequest:
    """An example to copy, and the folder to copy it into."""

    name: str
    folder: str
    """Contents path; empty is the root."""

    @classmethod
    def parse(cls, body: bytes) -> ExampleRequest:
        """Return the request in `body`."""
        form = Form(body, {"name", "folder"})
        return cls(name=form.text("name"), folder=form.optional_text("folder"))


class Form:
    """A JSON object whose fields are read once, by type.

    Raises:
        BodyUnreadable: `body` is not JSON in UTF-8.
        FieldInvalid: it is not an object, or has a field that is not in `known`.
    """

    def __init__(self, body: bytes, known: set[str]) -> None:
        value = _json(body)
        if not isinstance(value, dict):
            raise FieldInvalid("body", f"must be an object, not {_type(value)}")
        for name in value.keys() - known:
            raise FieldInvalid(name, f"is not known here; known are {', '.join(sorted(known))}")
        self._fields: dict[str, Any] = value

    def text(self, name: str) -> str:
        """Return a required string that is not empty."""
        value = self._required(name)
        if not isinstance(value, str) or not value:
            raise FieldInvalid(name, f"must be a text that is not empty, not {_type(value)}")
        return value

    def mapping(self, name: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return an object, or `default` where one is given and the field is absent."""
        if default is not None and self._fields.get(name) is None:
            return default
        value = self._required(name)
        if not isinstance(value, dict):
            raise FieldInvalid(name, f"must be an object, not {_type(value)}")
        return value

    def lists(self, name: str) -> Mapping[str, Sequence[Any]]:
        """Return an object of lists that are not empty; an empty one where the field is absent."""
        found = self.mapping(name, default={})
        for key, value in found.items():
            if not isinstance(value, list) or not value:
                raise FieldInvalid(name, f"must have a list of values for {key!r}")
        return found

    def optional_text(self, name: str) -> str:
        """Return a string, empty where the field is absent."""
        value = self._fields.get(name)
        return self.text(name) if value else ""

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Return a truth value, or `default` where one is given and the field is absent."""
        if default is not None and self._fields.get(name) is None:
            return default
        value = self._required(name)
        if not isinstance(value, bool):
            raise FieldInvalid(name, f"must be true or false, not {_type(value)}")
        return value

    def key(self, name: str) -> str | None:
        """Return an optional short printable string."""
        if self._fields.get(name) is None:
            return None
        value = self.text(name)
        if len(value) > LONGEST_KEY or not value.isprintable():
            raise FieldInvalid(name, f"must be at most {LONGEST_KEY} printable characters")
        return value

    def _required(self, name: str) -> Any:
        if name not in self._fields:
            raise FieldInvalid(name, "is missing")
        return self._fields[name]


def _options(form: Form) -> RunOptions:
    return RunOptions(
        cache=form.flag("cache", default=True),
        from_step=form.optional_text("from_step") or None,
        only_step=form.optional_text("only_step") or None,
    )


def sequence_number(text: str) -> int:
    """Return the `after` of a query: a whole number from 0.

    Raises:
        FieldInvalid: it is anything else.
    """
    return whole_number("after", text)


def whole_number(name: str, text: str, *, largest: int = 2**53) -> int:
    """Return a number of a query: whole, from 0 to `largest`.

    Raises:
        FieldInvalid: it is anything else.
    """
    # `isdecimal` alone also accepts digits of other scripts, and `int` any number of them.
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(2**53))
    if not is_number or (largest != 2**53 and int(text) > largest):
        to = "" if largest == 2**53 else f" to {largest}"
        raise FieldInvalid(name, f"must be a whole number from 0{to}")
    return int(text)


def _json(body: bytes) -> Any:
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        if SURROGATE.search(body):
            # A lone one passes as an escape, but can be written to no file.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        at = f"byte 0x{body[error.start]:02X} at {error.start}"
        raise BodyUnreadable(f"The body is not UTF-8 ({at}).") from error
    except UnicodeEncodeError as error:
        raise BodyUnreadable("The body has a lone surrogate, which is no character.") from error
    except RecursionError as error:
        raise BodyUnreadable("The body is nested too deeply.") from error
    except ValueError as error:
        raise BodyUnreadable(f"The body is not JSON: {error}.") from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _type(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
    if isinstance(value, str) and not value:
        return "an empty one"
    return "null" if value is None else names.get(type(value), "a number")
