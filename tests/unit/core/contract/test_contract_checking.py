import random
import re

import pytest

from aright.core.contract import Sample, TooLittleHistoryError, check, learn
from aright.core.contract.breaks import Break
from aright.core.contract.contract import Contract, decode, encode
from aright.core.model.times import DAY, HOUR

DAY_0 = 20_500 * DAY


def document(rng, at):
    day = (at % DAY) / DAY
    price = round(rng.lognormvariate(3 + 0.3 * (day > 0.5), 0.4), 2)
    qty = rng.randrange(1, 5)
    return {
        "id": f"{rng.getrandbits(60):015x}",
        "seq": (at - DAY_0) // 1_000_000 + rng.randrange(5),
        "at": at // 1_000_000 - rng.randrange(30),
        "on": "2026-05-17",
        "kind": rng.choices(["new", "old", "gone"], [5 + 3 * day, 4, 1])[0],
        "lang": rng.choice(["en", "de", "fr"]),
        "price": price,
        "qty": qty,
        "total": round(price * qty, 2),
        "ok": rng.random() < 0.8,
        "note": None if rng.random() < 0.2 else rng.choice(["fine", "call back"]),
        "list": sorted(rng.sample(range(100), 4)),
        "place": {"lat": round(rng.uniform(40, 50), 5), "zip": f"{rng.randrange(100_000):05d}"},
    }


def window(start, seed, edit=None, size=80):
    rng = random.Random(f"{seed} {start}")
    sample = Sample(start=start)
    for place in range(size):
        at = start + place * HOUR // size
        made = document(rng, at)
        if edit:
            edit(made, rng)
        sample.add(made, at)
    return sample.summary()


@pytest.fixture(scope="module")
def contract():
    return learn([window(DAY_0 + hour * HOUR, 1) for hour in range(48)])


def alarms(contract, edit=None, seed=5, hour=60):
    breaks = check(contract, window(DAY_0 + hour * HOUR, seed, edit))
    return [found for found in breaks if found.grade != "harmless"]


def put(key, value):
    def edit(made, rng):
        made[key] = value(made[key])

    return edit


EDITS = {
    "missing": ("kind", lambda d, _: d.pop("kind")),
    "type": ("qty", put("qty", str)),
    "null": ("ok", lambda d, rng: d.update(ok=None if rng.random() < 0.2 else d["ok"])),
    "decimals": ("price", put("price", lambda x: float(round(x)))),
    "unit": ("price", put("price", lambda x: round(x * 100))),
    "new values": ("kind", lambda d, rng: d.update(kind="lost" if rng.random() < 0.15 else d["kind"])),
    "shares": ("kind", put("kind", lambda x: {"new": "gone", "gone": "new"}.get(x, x))),
    "format": ("lang", put("lang", str.upper)),
    "length": ("id", put("id", lambda x: x[:8])),
    "array": ("list", put("list", lambda x: x[:2])),
    "tens": ("list[]", put("list", lambda x: [each // 10 * 10 for each in x])),
    "order": ("list[]", put("list", lambda x: x[::-1])),
    "relation": ("total", put("total", lambda x: round(x * 1.19, 2))),
    "epoch": ("at", put("at", lambda x: x * 1000)),
    "age": ("at", put("at", lambda x: x - 7200)),
    "date": ("on", put("on", lambda _: "2026-17-05")),
    "same": ("id", put("id", lambda _: "0" * 15)),
    "negative": ("total", put("total", lambda x: -x)),
    "zeros lost": ("place.zip", lambda d, _: d["place"].update(zip=str(int(d["place"]["zip"])))),
    "object gone": ("place", put("place", lambda _: None)),
    "keys": ("$", lambda d, _: [d.update({k: d.pop(k)}) for k in sorted(d)]),
}


@pytest.mark.parametrize("name", EDITS)
def test_each_kind_of_change_is_told_at_its_place(contract, name):
    path, edit = EDITS[name]

    breaks = alarms(contract, edit)

    named = {path for found in breaks for path in (found.path, *found.others)}
    assert path in named
    assert all(found.sentence and len(found.sentence) <= 300 for found in breaks)
    assert all(0 <= found.p_value <= 0.001 for found in breaks)


def test_clean_windows_over_two_days_are_seldom_flagged(contract):
    flagged = sum(bool(alarms(contract, seed=100 + hour, hour=48 + hour % 48)) for hour in range(144))

    assert flagged <= 5  # at a true rate of 1 %, six or more of 144 come with a probability below 0.4 %


def test_windows_of_any_size_are_judged_by_what_they_show(contract):
    for size in (1, 5, 30, 400):
        breaks = check(contract, window(DAY_0 + 60 * HOUR, 7, size=size))
        assert [found.sentence for found in breaks] == []


def test_a_rename_is_told_as_one(contract):
    (found,) = alarms(contract, lambda d, _: d.update(tongue=d.pop("lang")) or d.pop("x", None))[:1]

    assert found.path == "lang"
    assert found.others == ("tongue",)
    assert found.grade == "breaking"
    assert "`tongue` is new" in found.sentence


def test_a_new_field_is_harmless_and_told_once(contract):
    breaks = check(contract, window(DAY_0 + 60 * HOUR, 5, lambda d, _: d.update(extra={"a": 1, "b": [2]})))

    assert [(found.path, found.grade, found.kind) for found in breaks] == [("extra", "harmless", "new field")]


def test_times_of_day_that_history_does_not_know_are_judged_with_care():
    morning = learn([window(DAY_0 + hour * HOUR // 4, 1) for hour in range(24)])

    assert morning.covered != tuple(range(24))
    assert not alarms(morning, hour=20)
    assert alarms(morning, EDITS["unit"][1], hour=20)


def test_counters_may_go_on(contract):
    assert any(name.startswith("seq\x1f") for name in contract.lens.drifting)
    assert not alarms(contract, hour=70)
    assert any(found.path == "seq" for found in alarms(contract, put("seq", lambda x: x * 50), hour=70))


def test_a_contract_reads_back_and_judges_alike(contract):
    again = decode(encode(contract))
    changed = window(DAY_0 + 60 * HOUR, 5, EDITS["unit"][1])

    assert again == contract
    assert check(again, changed) == check(contract, changed)


def test_what_is_no_contract_says_so():
    with pytest.raises(ValueError, match="learn it anew"):
        decode(b'{"windows": "x"}')
    with pytest.raises(ValueError, match="version 99"):
        decode(b'{"version": 99}')


def test_too_little_history_says_what_to_do():
    with pytest.raises(TooLittleHistoryError, match="import a schema"):
        learn([window(DAY_0, 1)])


def test_an_empty_window_breaks_nothing(contract):
    assert check(contract, Sample(start=DAY_0).summary()) == ()
    assert check(Contract(), window(DAY_0, 1)) == ()


def test_hostile_values_are_escaped_where_they_are_told(contract):
    evil = "`</script>\n\x1b[31m\u202e" + "x" * 5_000

    for found in alarms(contract, put("kind", lambda _: evil)):
        assert "\n" not in found.sentence
        assert "\x1b" not in found.sentence
        assert "\u202e" not in found.sentence
        assert len(found.sentence) <= 300


def test_since_is_told_by_the_clock():
    found = Break(
        path="a", kind="null", grade="breaking", before=0, now=1, effect=1, p_value=0, sentence="`a` is gone"
    )

    assert found.told() == "`a` is gone"


def test_a_value_that_never_came_is_told_as_coming_from_nothing(contract):
    [found] = alarms(contract, lambda made, rng: made.update(lang=rng.choice(["en-GB", "de-AT", "fr-CH"])))
    assert "never seen before" in found.sentence
    for share in re.findall(r"share of `(?:en-GB|de-AT|fr-CH)` went from (\S+) % to", found.sentence):
        assert share == "0"
    assert "went from 0" in found.sentence
