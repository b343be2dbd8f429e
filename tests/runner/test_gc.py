"""What is removed and, above all, what is not."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from computing import Made, StepOf, Workshop, with_step

from nbprism.runner import gc as collecting
from nbprism.runner import layout
from nbprism.runner.gc import Garbage, collect
from nbprism.runner.locks import held
from nbprism.runner.options import RunOptions
from nbprism.runner.store import RunFolder

CHAIN: Made = {
    "load": StepOf(compute=lambda *_: list(range(3000))),
    "train": StepOf(needs="load", compute=lambda *_: "a model"),
}
OTHER = with_step(CHAIN, "train", code="x = 2", compute=lambda *_: "another model")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(collecting, "MARGIN_S", 0.0)
    return Workshop(tmp_path)


def everything(shop: Workshop, **options: object) -> Garbage:
    return collect(shop.store, older_than_s=0.0, max_bytes=None, **options)  # type: ignore[arg-type]


def archives(shop: Workshop) -> set[str]:
    return {path.name for path in (shop.store.root / "artifacts").glob("[0-9a-f][0-9a-f]/*")}


def ids(shop: Workshop) -> list[str]:
    return [run.id for run in shop.store.runs()]


def test_old_runs_go_with_all_that_only_they_needed(shop: Workshop) -> None:
    shop.run(CHAIN)
    shop.run(OTHER)
    removed = everything(shop)
    assert (len(removed.runs), removed.records, removed.artifacts) == (2, 3, 3)
    assert removed.size > 0
    assert (ids(shop), archives(shop)) == ([], set())
    assert list((shop.store.root / "reuse").glob("[0-9a-f][0-9a-f]/*/*")) == []
    assert list((shop.store.root / "reuse" / "latest").iterdir()) == []
    shop.run(CHAIN)
    assert shop.computed == ["load", "train"]


def test_young_runs_stay_and_so_does_all_they_refer_to(shop: Workshop) -> None:
    shop.run(CHAIN)
    before = archives(shop)
    assert collect(shop.store, older_than_s=3600.0, max_bytes=None) == Garbage()
    assert archives(shop) == before
    shop.run(CHAIN)
    assert shop.computed == []


def test_a_result_stays_as_long_as_any_run_has_it(shop: Workshop) -> None:
    """The run that computed it goes; one that took it over keeps it, for others to take."""
    first, second = shop.run(CHAIN), shop.run(CHAIN)
    second.pin(pinned=True)
    assert everything(shop).runs == (first.id,)
    assert shop.value(second, "train") == "a model"
    shop.run(CHAIN)
    assert shop.computed == []


def test_a_pinned_run_stays_whole(shop: Workshop) -> None:
    run = shop.run(CHAIN)
    run.pin(pinned=True)
    assert everything(shop) == Garbage()
    assert shop.value(run, "train") == "a model"


def test_values_that_two_runs_share_stay_for_the_one_that_stays(shop: Workshop) -> None:
    first, second = shop.run(CHAIN), shop.run(OTHER)
    second.pin(pinned=True)
    removed = everything(shop)
    assert (removed.runs, removed.records, removed.artifacts) == ((first.id,), 1, 1)
    assert shop.value(second, "load") == list(range(3000))


def test_the_oldest_go_until_the_rest_is_small_enough(shop: Workshop) -> None:
    runs = [
        shop.run(
            with_step(CHAIN, "load", code=f"x = {n}", compute=lambda *_, n=n: os.urandom(200_000))
        )
        for n in range(4)
    ]
    removed = collect(shop.store, older_than_s=None, max_bytes=500_000)
    assert list(removed.runs) == [run.id for run in runs[:2]]
    assert collect(shop.store, older_than_s=None, max_bytes=500_000) == Garbage()


def test_a_dry_run_says_the_same_and_removes_nothing(shop: Workshop) -> None:
    shop.run(CHAIN)
    before = sorted(shop.folder.rglob("*"))
    said = everything(shop, dry_run=True)
    assert (
        sorted(shop.folder.rglob("*")) == [*before, shop.store.root / "gc.lock"]
        or sorted(shop.folder.rglob("*")) == before
    )
    done = everything(shop)
    assert (said.runs, said.records, said.artifacts) == (done.runs, done.records, done.artifacts)


def test_a_run_that_is_going_on_and_the_one_it_resumes_stay(shop: Workshop) -> None:
    old = shop.run(CHAIN)
    going_on = shop.submit(CHAIN, RunOptions(resumes=old.id))
    with held(going_on.lock_path):
        assert everything(shop) == Garbage()
    assert set(ids(shop)) == {old.id, going_on.id}


def test_what_a_running_step_has_written_already_is_not_left_over(shop: Workshop) -> None:
    old = shop.run(CHAIN)
    seen: list[set[str]] = []

    def collect_meanwhile(step: str) -> None:
        if step == "train":
            seen.append(archives(shop))
            everything(shop)

    shop.before_unit = collect_meanwhile
    fresh = {
        name: StepOf(s.needs, "y = 9", compute=lambda *_: os.urandom(50))
        for name, s in CHAIN.items()
    }
    run = shop.run(fresh)
    assert run.summary()["state"] == "succeeded"
    assert old.id not in ids(shop)
    assert isinstance(shop.value(run, "load"), bytes)


def test_collecting_while_runs_are_submitted_breaks_none_of_them(shop: Workshop) -> None:
    """Again and again at the same time: every run succeeds and has all its values."""
    shop.run(CHAIN)
    stop, faults = threading.Event(), []

    def collect_all_the_time() -> None:
        while not stop.is_set():
            try:
                everything(shop)
            except Exception as error:
                faults.append(error)
                return

    collector = threading.Thread(target=collect_all_the_time)
    collector.start()
    try:
        for number in range(12):
            run = shop.submit(CHAIN if number % 2 else OTHER)
            run.pin(pinned=True)
            shop.lead(run, CHAIN if number % 2 else OTHER)
            assert run.summary()["state"] == "succeeded"
            assert "model" in shop.value(run, "train")
            assert shop.value(run, "load") == list(range(3000))
            run.pin(pinned=False)
    finally:
        stop.set()
        collector.join()
    assert faults == []


def test_a_note_that_a_run_is_about_to_put_in_place_stays(shop: Workshop) -> None:
    shop.run(CHAIN)
    draft = shop.store.root / "reuse" / "latest" / ".0123.abc.tmp"
    draft.write_text("")
    everything(shop)
    assert draft.exists()
    os.utime(draft, (0, 0))
    everything(shop)
    assert not draft.exists()


def test_left_over_drafts_and_locks_go_after_a_day(shop: Workshop) -> None:
    run: RunFolder = shop.run(CHAIN)
    run.pin(pinned=True)
    drafts = layout.drafts(shop.store.root)
    for name in ("old", "young"):
        (drafts / name).write_bytes(b"")
    yesterday = time.time() - 90_000
    os.utime(drafts / "old", (yesterday, yesterday))
    everything(shop)
    assert [path.name for path in drafts.iterdir()] == ["young"]


def test_a_store_that_is_not_there_has_nothing_to_remove(tmp_path: Path) -> None:
    assert everything(Workshop(tmp_path / "empty")) == Garbage()
