"""Documents of an imaginary order service, nested and correlated, with a day's course; and their changes."""

from __future__ import annotations

import copy
import html
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench.contracts_change import Change, Document, each, moved, on, part, renamed, some, swapped

if TYPE_CHECKING:
    from random import Random

_PLACES = (
    ("DE", "de-DE", "EUR", 1.19, ("Köln", "Berlin", "München", "Lübeck", "Hamm")),
    ("FR", "fr-FR", "EUR", 1.20, ("Paris", "Besançon", "Nîmes", "Lyon")),
    ("GB", "en-GB", "GBP", 1.20, ("Leeds", "York", "Bath", "London")),
    ("PL", "pl-PL", "PLN", 1.23, ("Łódź", "Kraków", "Gdańsk")),
    ("US", "en-US", "USD", 1.07, ("Austin", "Boise", "Reno", "Tampa", "Omaha")),
)
_RATES = {"EUR": 1.0, "GBP": 0.86, "PLN": 4.3, "USD": 1.1}
_FIRST = ("Anna", "Bo", "Chloé", "Dirk", "Ewa", "Finn", "Gül", "Hans", "Iris", "José", "Kim", "Lea")
_LAST = ("Adler", "Brown", "Çelik", "Dupont", "Evans", "Fischer", "García", "Hill", "Müller", "O'Neil")
_WARES = (
    ("books", 14, "paperback & sleeve"),
    ("toys", 25, "wooden <train> set"),
    ("garden", 60, "hose 20 m"),
    ("audio", 140, "headphones"),
    ("kitchen", 45, "pan, 28 cm"),
    ("sport", 80, "yoga mat"),
)


def order(rng: Random, at: int, number: int) -> Document:
    """Return one order as of ``at`` (µs, UTC)."""
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    day = math.sin(2 * math.pi * (when.hour + when.minute / 60) / 24)
    weights = (5 + 2 * day, 3, 3 - day, 1.5, 3 - 2 * day)
    country, locale, currency, tax, cities = rng.choices(_PLACES, weights)[0]
    items = [_item(rng, _RATES[currency] * (1 + 0.3 * day)) for _ in range(_how_many(rng, day))]
    items.sort(key=lambda item: -item["price"])
    net = round(sum(item["line_total"] for item in items), 2)
    created = when - timedelta(seconds=rng.expovariate(1 / 900))
    paid = rng.random() < 0.7 + 0.1 * day
    document: Document = {
        "id": f"ord_{rng.getrandbits(48):012x}",
        "number": 700_000 + number,
        "createdAt": created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "updated": int(when.timestamp()) - rng.randrange(30),
        "deliverBy": (created + timedelta(days=rng.randrange(1, 9))).strftime("%Y-%m-%d"),
        "status": rng.choices(("open", "paid", "shipped", "returned"), (2 + day, 5, 3 - day, 0.4))[0],
        "paid": paid,
        "locale": locale,
        "currency": currency,
        "country": country,
        "items": items,
        "net": net,
        "tax": round(net * (tax - 1), 2),
        "gross": round(net + round(net * (tax - 1), 2), 2),
        "discount": 0 if rng.random() < 0.8 else rng.choice((5, 10, 15)),
        "weight": round(sum(item["qty"] * rng.uniform(0.2, 3) for item in items), 3),
        "customer": {
            "ref": f"C-{rng.randrange(10_000, 99_999)}",
            "name": f"{rng.choice(_FIRST)} {rng.choice(_LAST)}",
            "city": rng.choice(cities),
            "birth": _birth(rng),
            "points": None if rng.random() < 0.25 else int(rng.expovariate(1 / 300)),
            "phone": f"+{rng.randrange(30, 50)} {rng.randrange(100, 999)} {rng.randrange(10**6, 10**7)}",
        },
        "ship": {
            "by": rng.choices(("post", "courier", "pickup"), (5, 3 + day, 1))[0],
            "lat": round(rng.uniform(36, 58), 6),
            "lon": round(rng.uniform(-9, 24), 6),
            "days": rng.randrange(1, 6),
            "zip": f"{rng.randrange(1_000, 99_999):05d}",
        },
        "tags": rng.sample(("gift", "new", "repeat", "vip", "web", "app"), rng.randrange(4)),
        "note": None
        if rng.random() < 0.6
        else rng.choice(("please ring", "leave at door", "no call", "call me")),
    }
    if rng.random() < 0.3:
        document["coupon"] = f"SAVE{rng.choice((5, 10, 20))}-{rng.randrange(1_000, 9_999)}"
    return document


def _how_many(rng: Random, day: float) -> int:
    return min(12, 1 + int(rng.expovariate(1 / (2.2 + 0.6 * day))))


def _birth(rng: Random) -> str:
    return f"{rng.randrange(1, 29):02d}.{rng.randrange(1, 13):02d}.{rng.randrange(1950, 2006)}"


def _item(rng: Random, scale: float) -> Document:
    category, middle, title = rng.choice(_WARES)
    price = round(middle * scale * rng.lognormvariate(0, 0.35), 2)
    qty = rng.choices((1, 2, 3, 4), (6, 3, 1, 0.5))[0]
    return {
        "sku": f"{category[:2].upper()}{rng.randrange(100, 999)}-{rng.choice('ABCD')}",
        "title": f"{title} {rng.choice(('blue', 'red', 'green'))}",
        "category": category,
        "qty": qty,
        "price": price,
        "line_total": round(price * qty, 2),
    }


def _rotate_status(value: object) -> object:
    return {"open": "paid", "paid": "open"}.get(str(value), value)


def _stale(documents: list[Document], rng: Random) -> list[Document]:
    """Repeat one document in four."""
    return [documents[rng.randrange(place)] if place and rng.random() < 0.25 else document
            for place, document in enumerate(documents)]  # fmt: skip


def _lag(documents: list[Document], rng: Random) -> list[Document]:  # noqa: ARG001 - of one signature
    """Give every order the amounts of the one five before."""
    nets = [document["net"] for document in documents]
    for place, document in enumerate(documents):
        document["net"] = nets[place - 5]
    return documents


def _late(documents: list[Document], rng: Random) -> list[Document]:  # noqa: ARG001 - of one signature
    """Serve from a cache that is three hours old."""
    for document in documents:
        document["updated"] -= 3 * 3_600
    return documents


def _repeat_items(document: Document, rng: Random) -> None:
    if rng.random() < 0.5:
        document["items"] = [*document["items"], copy.deepcopy(document["items"][0])]


def _to_grams(document: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
    if document["country"] == "US":
        document["weight"] = round(document["weight"] * 2.20462, 3)


def _shuffle(document: Document, rng: Random) -> None:
    rng.shuffle(document["items"])


def _new_field(document: Document, rng: Random) -> None:
    document["channel"] = rng.choice(("web", "app"))


def _island(document: Document, rng: Random) -> None:
    if rng.random() < 0.12:
        document["ship"]["lat"] = document["ship"]["lon"] = 0.0


CHANGES: tuple[Change, ...] = (
    Change(
        "cents instead of euros", ("items[].price",), each("items", on("price", lambda x: round(x * 100)))
    ),
    Change("currency relabelled", ("currency",), on("currency", lambda x: "USD" if x == "EUR" else x)),
    Change("gross where net was", ("net",), lambda d, _: d.update(net=d["gross"])),
    Change("precision loss", ("gross",), on("gross", lambda x: float(round(x)))),
    Change("more nulls", ("note",), on("note", some(0.5, lambda _: None))),
    Change("nulls in a full field", ("customer.city",), on("customer.city", some(0.06, lambda _: None))),
    Change('"" for null', ("note",), on("note", lambda x: "" if x is None else x)),
    Change("0 for null", ("customer.points",), on("customer.points", lambda x: 0 if x is None else x)),
    Change("value added to an enum", ("status",), on("status", some(0.08, lambda _: "on_hold"))),
    Change("locale without region", ("locale",), on("locale", lambda x: x[:2])),
    Change("locale with _", ("locale",), on("locale", lambda x: x.replace("-", "_"))),
    Change("field renamed", ("customer.city", "customer.town"), renamed("customer.city", "customer.town")),
    Change("fields moved one level down", ("net", "amounts"), moved("net", "amounts.net")),
    Change("2 becomes 2.0", ("items[].qty",), each("items", on("qty", float))),
    Change("keys in another order", ("$",), lambda d, _: _reorder(d)),
    Change("date with the day first", ("deliverBy",), on("deliverBy", lambda x: f"{x[8:]}.{x[5:7]}.{x[:4]}")),
    Change("month and day swapped", ("deliverBy",), on("deliverBy", lambda x: f"{x[:4]}-{x[8:]}-{x[5:7]}")),
    Change(
        "month first in birthdays",
        ("customer.birth",),
        on("customer.birth", lambda x: f"{x[3:5]}.{x[:2]}{x[5:]}"),
    ),
    Change("texts cut", ("items[].title",), each("items", on("title", lambda x: x[:12]))),
    Change("a default fills in", ("customer.city",), on("customer.city", some(0.15, lambda _: "Unknown"))),
    Change("ids as numbers", ("id",), on("id", lambda x: int(x[4:], 16))),
    Change("ids padded", ("customer.ref",), on("customer.ref", lambda x: f"C-{x[2:]:0>8}")),
    Change("arrays capped", ("items",), lambda d, _: d.update(items=d["items"][:3])),
    Change("whole documents repeated", ("$",), whole=_stale),
    Change("served from an old cache", ("updated",), whole=_late),
    Change("values of an earlier document", ("net",), whole=_lag),
    Change(
        "misread encoding", ("customer.city",), on("customer.city", lambda x: x.encode().decode("latin-1"))
    ),
    Change(
        "accents lost",
        ("customer.name",),
        on("customer.name", lambda x: x.encode("ascii", "replace").decode()),
    ),
    Change("another unit in a subset", ("weight",), _to_grams),
    Change("capitals", ("ship.by",), on("ship.by", str.upper)),
    Change("title case in one value", ("customer.name",), on("customer.name", str.lower)),
    Change("spaces at the end", ("items[].sku",), each("items", on("sku", lambda x: x + " "))),
    Change("sign flipped", ("ship.lon",), on("ship.lon", lambda x: -x)),
    Change("time zone dropped", ("createdAt",), on("createdAt", lambda x: x[:-1])),
    Change("local times marked as UTC", ("createdAt",), on("createdAt", lambda x: _shift(x, 2))),
    Change("seconds become milliseconds", ("updated",), on("updated", lambda x: x * 1000)),
    Change("truth as text", ("paid",), on("paid", lambda x: "true" if x else "false")),
    Change("number as text", ("gross",), on("gross", str)),
    Change("array of one as a scalar", ("tags",), on("tags", lambda x: x[0] if len(x) == 1 else x)),
    Change("scalar as an array", ("ship.by",), on("ship.by", lambda x: [x])),
    Change("order of items lost", ("items[].price",), _shuffle),
    Change("items twice", ("items",), _repeat_items),
    Change("optional field dropped", ("coupon",), lambda d, _: d.pop("coupon", None)),
    Change("HTML escapes", ("items[].title",), each("items", on("title", html.escape))),
    Change("prices at .99", ("items[].price",), each("items", on("price", lambda x: math.floor(x) + 0.99))),
    Change("thousands separator", ("gross",), on("gross", lambda x: f"{x:,.2f}")),
    Change("meanings of an enum swapped", ("status",), on("status", _rotate_status)),
    Change("clipped at a cap", ("items[].price",), each("items", on("price", lambda x: min(x, 100.0)))),
    Change("one value everywhere", ("ship.days",), on("ship.days", lambda _: 3)),
    Change("two fields swapped", ("ship.lat", "ship.lon"), swapped("ship.lat", "ship.lon")),
    Change("places at 0/0", ("ship.lat", "ship.lon"), _island),
    Change("coordinates of three decimals", ("ship.lat",), on("ship.lat", lambda x: round(x, 3))),
    Change("leading zeros lost", ("ship.zip",), on("ship.zip", lambda x: str(int(x)))),
    Change("an object is null", ("customer",), on("customer", some(0.05, lambda _: None))),
    Change(
        "rounded to tens",
        ("customer.points",),
        on("customer.points", lambda x: x if x is None else x // 10 * 10),
    ),
    Change("discount as a share", ("discount",), on("discount", lambda x: x / 100)),
)

HARMLESS: tuple[Change, ...] = (Change("optional field added", ("channel",), _new_field),)


def _reorder(document: Document) -> None:
    pairs = sorted(document.items())
    document.clear()
    document.update(pairs)


def _shift(text: str, hours: int) -> str:
    when = datetime.fromisoformat(text) + timedelta(hours=hours)
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


__all__ = ["CHANGES", "HARMLESS", "order", "part"]
