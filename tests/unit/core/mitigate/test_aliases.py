from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from aright.core.mitigate.aliases import MOST_MOVES, held_by, lease, seen, wanting
from aright.core.model.alias import AliasKept

KEPT = AliasKept(key="s/champion", service="s", alias="champion", version="8", problem="gone")


def test_what_is_as_it_was_is_calm():
    after, made = seen(KEPT, "8", at=5)
    assert made is None
    assert (after.read_at, after.problem) == (5, "")


def test_a_move_that_was_under_way_is_ours_once_the_registry_says_so():
    under_way = wanting(KEPT, "9", by="ada", why="REL-1")
    after, made = seen(under_way, "9", at=5)
    assert made is not None
    assert (made.by, made.why, after.version, after.wanted) == ("ada", "REL-1", "9", "")


def test_a_move_that_was_not_made_is_given_up_and_another_one_is_foreign():
    under_way = wanting(KEPT, "9", by="ada", why="REL-1")
    given_up, made = seen(under_way, "8", at=5)
    assert (given_up.wanted, made) == ("", None)
    after, made = seen(under_way, "7", at=5)
    assert made is not None
    assert (made.by, made.before, made.after, after.version) == ("elsewhere", "8", "7", "7")


def test_moves_are_bounded():
    kept = KEPT
    for at in range(2 * MOST_MOVES):
        kept, _ = seen(kept, str(at), at=at)
    assert len(kept.moves) == MOST_MOVES
    assert msgspec.json.decode(msgspec.json.encode(kept), type=AliasKept) == kept


@given(st.text(max_size=60), st.integers(0, 10**16))
def test_whatever_a_tag_says_nobody_holds_it_for_ever(tag, now):
    assert held_by(tag, now=10**18 + now) == ""
    assert held_by(lease("a1", now + 1), now=now) == "a1"
