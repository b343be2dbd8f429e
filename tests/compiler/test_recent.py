"""What is remembered of sources, and that it does not grow without end."""

from __future__ import annotations

from nbprism.compiler.code.recent import ROOM, kept_while_recent


def test_a_recent_source_is_not_looked_at_again() -> None:
    asked: list[str] = []
    remembered = kept_while_recent(lambda source: asked.append(source) or len(source))
    assert [remembered("a"), remembered("bb"), remembered("a")] == [1, 2, 1]
    assert asked == ["a", "bb"]


def test_what_was_not_asked_for_lately_makes_room() -> None:
    asked: list[str] = []
    remembered = kept_while_recent(lambda source: asked.append(source) or len(source))
    half = ROOM // 2
    for source in ("a" * half, "b" * half, "a" * half, "c" * half, "a" * half, "b" * half):
        remembered(source)
    assert [source[0] for source in asked] == ["a", "b", "c", "b"]


def test_a_source_longer_than_all_room_is_kept_until_the_next() -> None:
    asked: list[str] = []
    remembered = kept_while_recent(lambda source: asked.append(source) or len(source))
    for source in ("a" * ROOM * 2, "a" * ROOM * 2, "b", "b", "a" * ROOM * 2):
        remembered(source)
    assert [source[0] for source in asked] == ["a", "b", "a"]
