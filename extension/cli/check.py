"""`nbprism run --check`: what can be said of a notebook without running it, for CI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import click
from rich.console import Console

from nbprism.cli.findings import print_findings
from nbprism.cli.forecast import print_forecast
from nbprism.runner.preparation import Preparation

HAS_ERRORS: Final = 1


def check_it(ready: Preparation, parameters: Mapping[str, Any], *, as_json: bool) -> int:
    """Print all findings, and what a run would do; return the exit code.

    Raises:
        PlanRejected: a parameter is wrong, or a step fits nowhere.
    """
    forecast = None if ready.pipeline.errors else ready.rehearse(parameters)
    if as_json:
        findings = [finding.to_json() for finding in ready.pipeline.diagnostics]
        told = forecast.to_json() if forecast else None
        form = {"schema": 1, "diagnostics": findings, "forecast": told}
        click.echo(json.dumps(form, indent=2, ensure_ascii=False))
    else:
        print_findings(Console(), ready.pipeline)
        if forecast is not None:
            print_forecast(forecast)
    return HAS_ERRORS if forecast is None else 0
