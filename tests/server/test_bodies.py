from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprism.server_ext.bodies import (
    CancelRequest,
    CompileRequest,
    SubmitRequest,
    sequence_number,
)
from nbprism.server_ext.errors import BodyUnreadable, FieldInvalid

NOTEBOOK: dict[str, Any] = {"cells": []}

UNREADABLE = [
    pytest.param(b"", "not JSON", id="empty"),
    pytest.param(b"{", "not JSON", id="cut off"),
    pytest.param(b'{"path": "caf\xe9"}', "not UTF-8 (byte 0xE9 at 13)", id="latin-1"),
    pytest.param(json.dumps({"path": "a"}).encode("utf-16"), "not UTF-8", id="utf-16"),
    pytest.param(b'{"path": NaN}', "NaN is not a JSON number", id="NaN"),
    pytest.param(b'{"path": -Infinity}', "not a JSON number", id="infinity"),
    pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
    pytest.param(b"1" * 10_000, "not JSON", id="a number of 10,000 digits"),
    pytest.param(rb'{"path": "\ud800"}', "lone surrogate", id="lone surrogate"),
]

INVALID = [
    pytest.param([], "body", "must be an object, not a list", id="a list"),
    pytest.param(None, "body", "must be an object, not null", id="null"),
    pytest.param({"notebook": NOTEBOOK}, "path", "is missing", id="no path"),
    pytest.param({"path": 3, "notebook": NOTEBOOK}, "path", "not a number", id="number as path"),
    pytest.param({"path": "", "notebook": NOTEBOOK}, "path", "not empty", id="empty path"),
    pytest.param({"path": "a.ipynb"}, "notebook", "is missing", id="no notebook"),
    pytest.param({"path": "a.ipynb", "notebook": "x"}, "notebook", "not a text", id="text"),
    pytest.param(
        {"path": "a.ipynb", "notebook": NOTEBOOK, "headers": {"Cookie": "x"}},
        "headers",
        "is not known here",
        id="headers that are not the browser's to choose",
    ),
    pytest.param(
        {"path": "a.ipynb", "notebook": NOTEBOOK, "parameters": [1]},
        "parameters",
        "must be an object, not a list",
        id="parameters as a list",
    ),
    pytest.param(
        {"path": "a.ipynb", "notebook": NOTEBOOK, "submit_key": "k" * 201},
        "submit_key",
        "at most 200",
        id="long key",
    ),
    pytest.param(
        {"path": "a.ipynb", "notebook": NOTEBOOK, "submit_key": "a\nb"},
        "submit_key",
        "printable",
        id="key with a line break",
    ),
    pytest.param(
        {"path": "a.ipynb", "notebook": NOTEBOOK, "sweep": {"lr": 0.1}},
        "sweep",
        "list of values for 'lr'",
        id="sweep over a number",
    ),
    pytest.param(
        {"path": "a.ipynb", "notebook": NOTEBOOK, "sweep": {"lr": []}},
        "sweep",
        "list of values for 'lr'",
        id="sweep over nothing",
    ),
]


@pytest.mark.parametrize(("body", "message"), UNREADABLE)
def test_a_body_that_is_not_json_is_refused_with_the_reason(body: bytes, message: str) -> None:
    with pytest.raises(BodyUnreadable) as caught:
        SubmitRequest.parse(body)
    assert message in str(caught.value)


@pytest.mark.parametrize(("form", "field", "problem"), INVALID)
def test_a_wrong_field_is_named(form: Any, field: str, problem: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        SubmitRequest.parse(json.dumps(form).encode())
    assert caught.value.field == field
    assert problem in str(caught.value)


def test_what_is_optional_may_be_absent_or_null() -> None:
    absent = SubmitRequest.parse(json.dumps({"path": "a", "notebook": NOTEBOOK}).encode())
    nulls = {"path": "a", "notebook": NOTEBOOK, "parameters": None, "submit_key": None}
    assert absent == SubmitRequest.parse(json.dumps(nulls).encode())
    assert absent.parameters == {}
    assert absent.submit_key is None


def test_characters_beyond_the_basic_plane_are_fine_as_escapes() -> None:
    assert CancelRequest.parse(rb'{"path": "\ud83d\ude00.ipynb"}').path == "\U0001f600.ipynb"


@given(st.binary())
def test_no_body_causes_anything_but_a_request_error(body: bytes) -> None:
    with contextlib.suppress(BodyUnreadable, FieldInvalid):
        CompileRequest.parse(body)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("17", 17), ("9007199254740992", 2**53)])
def test_after_is_a_whole_number(text: str, number: int) -> None:
    assert sequence_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1e9", "abc", "1.5", "٣", " 1", "9" * 17])
def test_after_is_nothing_else(text: str) -> None:
    with pytest.raises(FieldInvalid):
        sequence_number(text)
