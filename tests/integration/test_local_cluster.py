"""The local cluster's own life: it is shared, stops when idle, and dies with its keeper."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest
from conftest import left_of, until

from nbprism.runner.cluster import local
from nbprism.runner.cluster.home import ClusterHome, ClusterRecord, write_record
from nbprism.runner.errors import ClusterBusy, ClusterUnreachable


def test_a_warm_cluster_is_joined_and_not_started_again(cluster: ClusterRecord) -> None:
    again = local.ensure()
    assert (again.address, again.started) == (cluster.address, False)


def test_the_cluster_listens_on_loopback_only(cluster: ClusterRecord) -> None:
    listening = [
        (process.name(), connection.laddr.ip)
        for mark in cluster.processes
        if (process := mark.find())
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert {ip for _, ip in listening} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_the_clusters_token_is_its_users_only(cluster: ClusterRecord) -> None:
    home = ClusterHome.of_this_environment()
    assert home.ready.stat().st_mode & 0o077 == 0
    assert home.path.stat().st_mode & 0o077 == 0
    assert len(cluster.token) == 64


def test_the_keeper_is_in_a_session_of_its_own(cluster: ClusterRecord) -> None:
    assert os.getsid(cluster.keeper.pid) == cluster.keeper.pid


def test_a_cluster_in_use_is_not_stopped_unless_forced(cluster: ClusterRecord) -> None:
    with local.joined():
        assert (local.status() or {})["in_use"]
        with pytest.raises(ClusterBusy, match="Runs are using"):
            local.down()
    assert local.status() is not None


def test_a_cluster_that_is_stopped_leaves_nothing(cluster: ClusterRecord) -> None:
    assert local.down()
    assert until(lambda: left_of(cluster) == [])
    assert local.status() is None
    assert not local.down()


def test_who_waits_while_it_is_taken_down_by_force_does_not_start_it_again() -> None:
    with local.joined():
        waiting_since = time.time()
        assert local.down(force=True)
    with (
        pytest.raises(ClusterUnreachable, match="Resume the run"),
        local.joined(wanted_at=waiting_since),
    ):
        pass
    assert local.status() is None
    with local.joined(wanted_at=time.time()) as address:
        assert address.started


def test_a_killed_keeper_takes_everything_with_it(
    cluster: ClusterRecord,
) -> None:
    os.kill(cluster.keeper.pid, signal.SIGKILL)
    assert until(lambda: left_of(cluster) == [])
    assert local.status() is None
    assert local.ensure().started


def test_a_cluster_that_runs_older_code_is_replaced_when_nobody_uses_it(
    cluster: ClusterRecord,
) -> None:
    home = ClusterHome.of_this_environment()
    with local.joined():
        write_record(home.ready, replace(cluster, code="older"))
        assert not local.ensure().started
    assert local.ensure().started
    assert until(lambda: left_of(cluster) == [])


def test_two_that_want_a_cluster_at_once_get_the_same_one(cluster: ClusterRecord) -> None:
    local.down()
    code = "from nbprism.runner.cluster import local; print(local.ensure().address)"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    addresses = [process.communicate(timeout=90)[0] for process in both]
    assert addresses[0] == addresses[1] != ""


def test_an_idle_cluster_stops_by_itself(
    cluster: ClusterRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.down()
    monkeypatch.setenv("NBPRISM_IDLE_S", "0.5")
    with local.joined():  # it is not idle while it is looked at
        idle = ClusterHome.of_this_environment().living()
    assert idle is not None
    assert until(lambda: left_of(idle) == [])
    assert local.status() is None
