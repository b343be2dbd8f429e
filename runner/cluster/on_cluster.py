"""The cluster that this driver is a job of.

Nodes share no disk: what a step publishes on one node goes through Ray's object store to the nodes
that need it, once per node, and to the driver's own, so that a lost node loses no value. Nothing is
copied whole in Python's memory: archives are mapped, and Ray takes them from there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nbprism.compiler.settings import StepSettings
from nbprism.runner import layout
from nbprism.runner.cluster.on_ray import EXECUTE_UNIT, LocalRay, run_unit
from nbprism.runner.cluster.port import Joined, Report
from nbprism.runner.errors import ClusterUnreachable
from nbprism.runner.unit_spec import UnitSpec

