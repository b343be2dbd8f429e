"""Many runs at once: drivers take turns on the local cluster, so that few of them hold Ray."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbprism.runner.cluster import home, local, on_ray
from nbprism.runner.cluster.home import ClusterHome
from nbprism.runner.cluster.local import ClusterAddress, Crowded
from nbprism.runner.cluster.on_ray import LocalRay
from nbprism.runner.locks import held

ADDRESS = ClusterAddress("127.0.0.1:1", "token", cpus=2.0, gpus=0.0, memory=1, started=False)


@pytest.fixture
def leases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterHome:
    """Give a cluster that two drivers may use at once, and that is up as far as anybody can tell."""
    monkeypatch.setattr(home, "FEWEST", 2)
    monkeypatch.setattr(home, "PER_CPU", 0)
    monkeypatch.setenv("NBPRISM_STATE_DIR", str(tmp_path))
    found = ClusterHome.of_this_environment()

    @contextlib.contextmanager
    def ensured(_: float) -> Iterator[tuple[ClusterHome, ClusterAddress]]:
        with held(found.ensure_lock):
            yield found, ADDRESS

    monkeypatch.setattr(local, "_ensured", ensured)
    monkeypatch.setattr(on_ray, "_connect", lambda _: None)
    monkeypatch.setattr(on_ray, "import_module", lambda _: None)
    monkeypatch.setattr(on_ray, "TURN_S", 0.01)
    monkeypatch.setattr(os, "environ", dict(os.environ))  # to join changes it
    found.prepare()
    return found


def test_a_driver_waits_until_it_is_its_turn(leases: ClusterHome) -> None:
    async def story() -> None:
        first, second, third = (LocalRay(users={}) for _ in range(3))
        await first.join()
        await second.join()
        waits = asyncio.create_task(third.join())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waits), 0.2)
        assert leases.crowded()
        second._held.close()
        assert (await asyncio.wait_for(waits, 60)).cpus == 2.0
        assert leases.crowded()
        for driver in (first, third):
            driver._held.close()
        assert not leases.crowded()

    asyncio.run(story())


def test_of_many_that_come_at_the_same_moment_no_more_than_may_get_in(leases: ClusterHome) -> None:
    async def story() -> None:
        drivers = [LocalRay(users={}) for _ in range(10)]
        most = 0

        async def use(driver: LocalRay) -> None:
            nonlocal most
            await driver.join()
            most = max(most, len(list(leases.leases.glob("*.lock"))))
            driver._held.close()

        await asyncio.wait_for(asyncio.gather(*map(use, drivers)), 60)
        assert 1 <= most <= 2

    asyncio.run(story())


def test_a_run_that_a_step_starts_does_not_wait_for_the_step(leases: ClusterHome) -> None:
    async def story() -> None:
        with leases.lease(), leases.lease():
            inside = LocalRay(users={"RAY_ADDRESS": "127.0.0.1:1"})
            await asyncio.wait_for(inside.join(), 60)
            inside._held.close()
            with pytest.raises(Crowded), local.joined(at_once=False):
                pass

    asyncio.run(story())
