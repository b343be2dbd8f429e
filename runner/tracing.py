"""Sends a run to an OpenTelemetry collector: `python -m nbprism.runner.tracing RUN_FOLDER`.

Off unless OpenTelemetry's own environment variables name a collector. A run is sent once, when it
is over, by a process of its own: a collector that is slow or gone delays nobody.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nbprism.compiler.errors import PrismError
from nbprism.runner import logs
from nbprism.runner.errors import TraceUnsent
from nbprism.runner.spans import Span, spans_of
from nbprism.runner.store import RunFolder

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""https://opentelemetry.io/docs/specs/otel/protocol/exporter/ ; the exporter reads the others."""
NANO: Final = 1_000_000_000

log = logging.getLogger("nbprism.tracing")


def is_on(environ: Mapping[str, str]) -> bool:
    """Return whether an environment names a collector and does not forbid to use it."""
    is_off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return any(map(environ.get, ENDPOINTS)) and not is_off


def send_apart(run: RunFolder, environ: Mapping[str, str]) -> None:
    """Send the run from a process of its own, if `environ` asks for it; return at once."""
    if is_on(environ):
        with run.driver_log_path.open("ab") as to:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "nbprism.runner.tracing", str(run.path)],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=to,
                stderr=to,
                start_new_session=True,
            )
        # Collected when it ends: a driver that stands by gathers no zombies.
        threading.Thread(target=process.wait, daemon=True, name=f"trace-{run.id}").start()


def send(run: RunFolder) -> int:
    """Send the run to the collector that the environment names; return how many spans it has.

    Raises:
        TraceUnsent: the packages for it are not installed, or the collector did not take it.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ImportError as error:
        raise TraceUnsent(
            f"Run {run.id} was not sent: the OpenTelemetry exporter is not installed. "
            "Install it with `pip install 'nbprism[otel]'`."
        ) from error
    # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say counts more.
    resource = Resource({"service.name": "nbprism"}).merge(OTELResourceDetector().detect())
    spans = [_readable(span, run.id, resource) for span in spans_of(run.events())]
    result = OTLPSpanExporter().export(spans)
    if result is not SpanExportResult.SUCCESS:
        raise TraceUnsent(
            f"Run {run.id} was not sent: the collector that {' or '.join(ENDPOINTS)} names did "
            "not take it. Is it up? Send the run again with `nbprism trace`."
        )
    return len(spans)


def _readable(span: Span, run: str, resource: Resource) -> ReadableSpan:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Status, StatusCode

    error = span.error
    told = "" if error is None else f"{error.ename}: {error.evalue}"
    attributes = dict(span.attributes)
    if error is not None:
        attributes["error.type"] = error.ename or error.code
    return ReadableSpan(
        name=span.name,
        context=_context(run, span.key),
        parent=None if span.parent is None else _context(run, span.parent),
        resource=resource,
        attributes=attributes,
        status=Status(StatusCode.OK) if error is None else Status(StatusCode.ERROR, told),
        start_time=int(span.begin * NANO),
        end_time=int(span.end * NANO),
        instrumentation_scope=InstrumentationScope("nbprism"),
    )


def _context(run: str, key: str) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(
        trace_id=_number(run, 16),
        span_id=_number(f"{run}/{key}", 8),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _number(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size])


def main() -> int:
    """Send the run named on the command line."""
    logs.set_up()
    parser = argparse.ArgumentParser(prog="nbprism.runner.tracing", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of the run")
    run = RunFolder(parser.parse_args().run)
    try:
        log.info("Run %s was sent to the collector: %d spans", run.id, send(run))
    except PrismError as error:
        log.warning("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
