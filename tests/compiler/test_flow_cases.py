"""Hard cases with the answers that running them gives: the edges must be exactly those."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flows import codes, flow_of_sources, inputs

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "flow_cases.json").read_text(encoding="utf-8")
)["cases"]


def _named(edges: list[Any]) -> set[tuple[str, str, str]]:
    return {(f"s{source}", f"s{target}", name) for source, target, names in edges for name in names}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_edges_are_those_of_a_run(case: dict[str, Any]) -> None:
    flow = flow_of_sources(case["cells"])
    replayed = {(s.name, name) for s in flow.steps for part in s.replay for name in part.names}
    expected, found = _named(case["edges"]), inputs(flow)
    missing = {edge for edge in expected - found if edge[1:] not in replayed}
    assert not missing
    assert not found - expected - _named(case.get("may_also", []))
    if case.get("unpicklable"):
        assert "unpicklable" in codes(flow, "error")
