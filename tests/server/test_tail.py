from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from nbprism.server_ext.tail import NEAR_BYTES, LineTail


def event(seq: int, kind: str = "step-queued", **fields: object) -> bytes:
    return json.dumps({"seq": seq, "at": 0.0, "kind": kind, **fields}).encode() + b"\n"


def test_a_log_that_is_not_there_yet_has_no_lines(tmp_path: Path) -> None:
    tail = LineTail(tmp_path / "events.jsonl", max_bytes=1000)
    assert not tail.has_changed()
    assert tail.read() == []


def test_each_line_is_given_once(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    tail = LineTail(log, max_bytes=1000)
    log.write_bytes(event(1) + event(2))
    assert [line.seq for line in tail.read()] == [1, 2]
    assert tail.read() == []
    with log.open("ab") as file:
        file.write(event(3))
    assert [line.seq for line in tail.read()] == [3]


def test_a_line_that_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    tail = LineTail(log, max_bytes=1000)
    log.write_bytes(event(1) + event(2)[:-5])
    assert [line.seq for line in tail.read()] == [1]
    assert tail.read() == []
    log.write_bytes(event(1) + event(2))
    assert [line.seq for line in tail.read()] == [2]


def test_a_line_longer_than_a_block_comes_whole(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_bytes(event(1, text="x" * 5000) + event(2))
    tail = LineTail(log, max_bytes=100)
    (line,) = tail.read()
    assert json.loads(line.text)["text"] == "x" * 5000
    assert [line.seq for line in tail.read()] == [2]


def test_line_separators_inside_a_text_do_not_end_a_line(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    form = {"seq": 1, "at": 0, "kind": "cell-output", "text": "a\u2028b\x85c"}
    log.write_text(json.dumps(form, ensure_ascii=False) + "\n", encoding="utf-8")
    (line,) = LineTail(log, max_bytes=1000).read()
    assert json.loads(line.text) == form


def test_only_the_events_that_end_a_run_are_final(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_bytes(event(1, "step-failed") + event(2, "run-failed"))
    assert [line.is_final for line in LineTail(log, max_bytes=1000).read()] == [False, True]


@settings(deadline=None)  # it writes files, which takes as long as the machine likes
@given(st.lists(st.text(max_size=200), max_size=20), st.integers(1, 300))
def test_any_log_comes_whole_and_in_order(texts: list[str], max_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.jsonl"
        log.write_bytes(b"".join(event(seq, text=text) for seq, text in enumerate(texts, 1)))
        tail = LineTail(log, max_bytes=max_bytes)
        found = [line for _ in range(len(texts) + 1) for line in tail.read()]
        assert [json.loads(line.text)["text"] for line in found] == texts


@settings(deadline=None)
@given(st.lists(st.integers(0, 9000), min_size=1, max_size=40), st.data())
def test_who_comes_back_gets_the_last_event_he_has_all_after_it_and_little_before(
    lengths: list[int], data: st.DataObject
) -> None:
    after = data.draw(st.integers(1, len(lengths)))
    lines = [event(seq, text="x" * length) for seq, length in enumerate(lengths, 1)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.jsonl"
        log.write_bytes(b"".join(lines) + b'{"seq": 99')
        tail = LineTail(log, max_bytes=10**6, after=after)
        found = [line.seq for line in tail.read()]
    assert found == list(range(found[0], len(lengths) + 1))
    assert found[0] <= after
    before = sum(len(line) for line in lines[found[0] - 1 : after])
    assert before <= NEAR_BYTES + 2 * max(map(len, lines))
