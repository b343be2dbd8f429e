from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from tornado.web import HTTPError

from nbprism.compiler.diagnostics import Diagnostic
from nbprism.compiler.errors import PrismError
from nbprism.runner import errors as runner
from nbprism.server_ext import errors
from nbprism.server_ext.replies import STATUSES, reply_to, status_of

FINDING = Diagnostic("two-steps", "error", "Cell 1 has two steps.", cell="a")
SAMPLES: list[errors.RequestError] = [
    errors.BodyUnreadable("no"),
    errors.BodyTooLarge(1000),
    errors.FieldInvalid("path", "is missing"),
    errors.PathOutsideRoot("../a"),
    errors.FolderMissing("no"),
    errors.ExecutedMissing("no"),
    errors.ExampleMissing("no"),
    errors.FilesElsewhere("no"),
    errors.PipelineHasErrors([FINDING]),
    errors.TooManyStreams("no"),
]


def kinds(root: type[Any]) -> Iterator[type[Any]]:
    for kind in root.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_there_is_a_sample_of_each_request_error() -> None:
    assert {type(sample) for sample in SAMPLES} == set(kinds(errors.RequestError))


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: error.code)
def test_a_request_error_has_its_own_status_and_survives_a_pickle(
    error: errors.RequestError,
) -> None:
    assert type(error) in STATUSES
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made on this very line
    assert (type(copy), str(copy), copy.details()) == (type(error), str(error), error.details())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (runner.RunNotFound("x"), 404),
        (runner.RunConflict("x"), 409),
        (runner.StoreFull("x"), 500),
        (runner.ClusterUnreachable("x"), 503),
        (HTTPError(403), 403),
        (ValueError("a secret"), 500),
        (PrismError("of no known kind"), 500),
    ],
)
def test_an_error_has_the_status_of_its_nearest_kind(error: Exception, status: int) -> None:
    assert status_of(error) == status


def test_an_error_on_purpose_keeps_its_code_and_sentence() -> None:
    reply = reply_to(runner.RunNotFound("There is no run 'x'."), error_id="1")
    assert reply == {"error": {"code": "run-not-found", "message": "There is no run 'x'."}}


def test_findings_stand_beside_the_error() -> None:
    reply = reply_to(errors.PipelineHasErrors([FINDING]), error_id="1")
    assert reply["diagnostics"] == [FINDING.to_json()]
    assert "Cell 1 has two steps." in reply["error"]["message"]


def test_of_a_bug_only_its_id_is_shown() -> None:
    reply = reply_to(ValueError("a secret"), error_id="1234abcd")
    assert reply["error"]["error_id"] == "1234abcd"
    assert "secret" not in json.dumps(reply)
