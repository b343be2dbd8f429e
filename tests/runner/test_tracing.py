"""A run is sent to an OpenTelemetry collector: once it is over, and only where one is named."""

from __future__ import annotations

import os

import pytest
from collector import Collector

from nbprism.runner import events as ev
from nbprism.runner import tracing
from nbprism.runner.errors import TraceUnsent
from nbprism.runner.log import LogWriter
from nbprism.runner.store import RunFolder

SENT_S = 60
FAULT = ev.Failure(code="cell-failed", ename="ValueError", evalue="boom")


@pytest.fixture
def ended(run: RunFolder) -> RunFolder:
    """Give a run whose first step failed."""
    load = {"step": "load", "attempt": 1}
    with LogWriter(run.log_path) as log:
        log.append(
            [
                ev.RunStarted(seq=2, at=2.0, driver_pid=1),
                ev.StepQueued(seq=3, at=3.0, **load),
                ev.StepStarted(seq=4, at=4.0, pid=1, **load),
                ev.StepFailed(seq=5, at=5.5, duration_s=1.5, error=FAULT, **load),
                ev.RunFailed(seq=6, at=6.0, duration_s=4.0, step="load", error=FAULT),
            ]
        )
    return run


def test_the_collector_gets_the_run_and_its_steps(
    ended: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        assert tracing.send(ended) == 2
        assert tracing.send(ended) == 2
    run, step, *again = collector.spans
    assert (run.name, step.name) == ("digits", "load")
    assert step.parent_span_id == run.span_id
    assert step.trace_id == run.trace_id
    assert step.end_time_unix_nano - step.start_time_unix_nano == 1_500_000_000
    assert (step.status.code, step.status.message) == (2, "ValueError: boom")
    assert [span.span_id for span in again] == [run.span_id, step.span_id]
    assert collector.service == "nbprism"


def test_a_driver_leaves_the_sending_to_a_process_of_its_own(ended: RunFolder) -> None:
    with Collector() as collector:
        environ = {
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_SERVICE_NAME": "science",
        }
        tracing.send_apart(ended, environ)
        assert collector.came.wait(SENT_S), ended.driver_log_path.read_text()
    assert collector.service == "science"


@pytest.mark.parametrize(
    ("environ", "on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_opentelemetrys_own_variables_say_whether(environ: dict[str, str], on: bool) -> None:
    assert tracing.is_on(environ) is on


def test_a_collector_that_refuses_is_named(
    ended: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Collector() as collector:
        elsewhere = f"{collector.endpoint}x"  # no port of that name: nobody can be reached there
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", elsewhere)
    with pytest.raises(TraceUnsent, match="nbprism trace"):
        tracing.send(ended)
