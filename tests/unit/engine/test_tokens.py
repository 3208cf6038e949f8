"""Tokens: shown once, known by their hash alone, gone when they are revoked."""

from __future__ import annotations

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_state.state import MemoryState
from aright.core.model.bookkeeping import Token
from aright.engine.tokens import Tokens, digest


def make() -> tuple[MemoryState, Tokens]:
    state = MemoryState()
    return state, Tokens(state, DrivenClock(7))


def test_a_token_lets_in_from_when_it_is_made_until_it_is_revoked() -> None:
    _, tokens = make()
    token = tokens.make("the shop")
    assert tokens.authorised(token)
    assert not tokens.authorised(token + "x")
    assert not tokens.authorised("")
    assert tokens.knows(digest(token))
    assert tokens.revoke(digest(token)[:8])
    assert not tokens.authorised(token)
    assert not tokens.knows(digest(token))


def test_only_its_hash_is_kept() -> None:
    state, tokens = make()
    token = tokens.make("the shop")
    with state.transaction() as tx:
        (kept,) = tx.list(Token)
    assert kept == Token(key=digest(token), name="the shop", created_at=7)
    assert token not in repr(kept)


def test_what_is_revoked_must_be_named_well_enough() -> None:
    _, tokens = make()
    token = tokens.make("one")
    assert not tokens.revoke(digest(token)[:5]), "too short"
    assert not tokens.revoke("0000000"), "nobody's"
    assert tokens.authorised(token)


def test_another_processs_tokens_count_once_they_are_read() -> None:
    state, tokens = make()
    token = Tokens(state, DrivenClock(8)).make("made elsewhere")
    assert not tokens.authorised(token)
    tokens.refresh()
    assert tokens.authorised(token)
    assert [known.name for known in tokens.all()] == ["made elsewhere"]
