"""Changes that a drill's teams tell of, and that they have nothing to do with what goes wrong."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from aright.drill.babel.plan import Fault as BabelFault
from aright.drill.babel.plan import make_plan as babel_plan
from aright.drill.babel.scenario import _news_of
from aright.drill.failure import AnswerError
from aright.drill.news import News, Newsroom
from aright.drill.scenario import Aright
from aright.drill.shop.plan import Fault as ShopFault
from aright.drill.shop.plan import make_plan as shop_plan
from aright.drill.shop.scenario import _harmless
from aright.drill.times import MINUTE
from aright.drill.wire.server import Response, listen


def told(at: int, what: str) -> News:
    return News(at=at, service="s", kind="deploy", what=what, before="1", after="2", title=f"Release {what}")


async def play(answer: Response, *moments: int) -> list[list[str]]:
    heard: list[str] = []

    def handle(request):
        assert (request.method, request.path) == ("POST", "/v1/changes")
        assert request.headers["authorization"] == "Bearer t"
        heard.append(msgspec.json.decode(request.body)["data"]["what"])
        return answer

    listener = await listen(handle)
    aright = Aright(url=f"http://127.0.0.1:{listener.port}", token="t", secret="s")
    room = Newsroom(aright, [told(20, "b"), told(10, "a")])
    try:
        so_far = []
        for now in moments:
            await room.tell(now)
            so_far.append(list(heard))
        return so_far
    finally:
        room.close()
        await listener.close()


def test_each_change_is_told_once_when_its_time_has_come():
    assert asyncio.run(play(Response(), 10, 11, 11, 30)) == [[], ["a"], ["a"], ["a", "b"]]


def test_a_change_that_is_refused_ends_the_drill():
    with pytest.raises(AnswerError, match="/v1/changes was answered 422"):
        asyncio.run(play(Response(b"{}", 422), 11))


@pytest.mark.parametrize("seed", range(4))
def test_every_drill_has_a_harmless_release_some_minutes_before(seed):
    shop = shop_plan(seed, ShopFault.EMPTY)
    babel = babel_plan(seed, BabelFault.LANGUAGE)
    assert 3 * MINUTE <= shop.onset - _harmless(shop).at <= 6 * MINUTE
    assert [babel.onset - each.at >= MINUTE for each in _news_of(babel)] == [True] * (1 + babel.deploys)
    assert all(first < last for first, last in (shop.spike, babel.spike))
