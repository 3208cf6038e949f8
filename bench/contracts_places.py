"""Documents of an imaginary geocoder, arrays within arrays; nothing of contracts was designed with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bench.contracts_change import Change, Document, each, moved, on, renamed, some, swapped

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_TOWNS = (
    ("Graz", "AT", "Steiermark", 47.07, 15.44, "de"),
    ("Lyon", "FR", "Auvergne-Rhône-Alpes", 45.76, 4.84, "fr"),
    ("Porto", "PT", "Norte", 41.15, -8.61, "pt"),
    ("Malmö", "SE", "Skåne", 55.60, 13.00, "sv"),
    ("Bath", "GB", "Somerset", 51.38, -2.36, "en"),
    ("Gdańsk", "PL", "Pomorskie", 54.35, 18.65, "pl"),
)
_STREETS = ("Hauptstraße", "Rue Verte", "Rua Nova", "Storgatan", "High Street", "Długa", "Ringweg")
_PRECISION = ("rooftop", "interpolated", "centroid", "approximate")
_SOURCES = ("cadastre", "osm", "post")


def answer(rng: Random, at: int, number: int) -> Document:
    """Return one answer as of ``at`` (µs, UTC)."""
    day = math.sin(2 * math.pi * (at / 3_600_000_000 % 24 - 8) / 24)
    town = rng.choices(_TOWNS, (5 + 3 * day, 4, 2 - day, 2, 3 + day, 2 - day))[0]
    exact = rng.random() < 0.62 + 0.15 * day
    found = [_result(rng, town, exact and not place) for place in range(_how_many(rng, day))]
    found.sort(key=lambda result: -result["score"])
    took = rng.lognormvariate(3.1 + 0.3 * day, 0.5)
    return {
        "request": {
            "id": f"{rng.getrandbits(32):08x}-{number % 65_536:04x}",
            "lang": town[5],
            "kind": rng.choices(("forward", "reverse", "suggest"), (5, 3 + 2 * day, 2))[0],
            "limit": rng.choice((5, 10)),
        },
        "status": "OK" if found else "ZERO_RESULTS",
        "took_ms": round(took, 1),
        "served": round(at / 1_000_000, 3),
        "results": found,
        "quota": {"used": 1_000 + number, "left": 5_000_000 - number, "reset": "2026-01-01T00:00:00+01:00"},
        "attribution": [{"name": name, "url": f"https://{name}.example/terms"} for name in _SOURCES],
        "next": None if len(found) < 5 else f"tok_{rng.getrandbits(60):015x}",
    }


def _how_many(rng: Random, day: float) -> int:
    return 0 if rng.random() < 0.04 else min(8, 1 + int(rng.expovariate(1 / (1.8 + 0.4 * day))))


def _result(rng: Random, town: tuple[Any, ...], exact: bool) -> Document:  # noqa: FBT001 - by position
    name, country, region, lat, lon, _ = town
    here, there = lat + rng.gauss(0, 0.03), lon + rng.gauss(0, 0.04)
    reach = 0.0004 if exact else abs(rng.gauss(0.02, 0.004)) + 0.002
    street, house = rng.choice(_STREETS), f"{rng.randrange(1, 180)}{rng.choice(('', '', '', 'a', 'b'))}"
    post = f"{rng.randrange(1_000, 9_990):04d}"
    score = min(1.0, rng.betavariate(14, 2) if exact else rng.betavariate(6, 5))
    away = rng.lognormvariate(6.2, 0.9)
    parts: list[Document] = [
        {"long": street, "short": street[:4], "types": ["street", "line"]},
        {"long": name, "short": name, "types": ["town", "political"]},
        {"long": region, "short": region[:2].upper(), "types": ["region", "political"]},
        {"long": country, "short": country, "types": ["country", "political"]},
        {"long": post, "short": post, "types": ["postcode"]},
    ]
    if exact:
        parts.insert(0, {"long": house, "short": house, "types": ["house"]})
    return {
        "place": f"P{rng.getrandbits(40):010X}",
        "label": f"{street} {house}, {post} {name}" if exact else f"{street}, {name}",
        "parts": parts,
        "at": {"lat": round(here, 6), "lng": round(there, 6)},
        "view": {
            "sw": [round(here - reach, 6), round(there - reach, 6)],
            "ne": [round(here + reach, 6), round(there + reach, 6)],
        },
        "precision": "rooftop" if exact else rng.choices(_PRECISION[1:], (4, 3, 1))[0],
        "score": round(score, 3),
        "match": {"text": round(score * rng.uniform(0.9, 1), 3), "partial": not exact},
        "meters": round(away, 1),
        "minutes": round(away / 75 + rng.expovariate(0.7), 1),
        "ring": [[round(here + dx, 5), round(there + dy, 5)] for dx, dy in _square(reach)],
        "source": rng.choices(_SOURCES, (5, 3, 1))[0],
        "seen": f"{rng.randrange(2012, 2025)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
        "people": None if rng.random() < 0.5 else int(rng.lognormvariate(8, 1.1)),
    }


def _square(reach: float) -> list[tuple[float, float]]:
    corners = [(-reach, -reach), (-reach, reach), (reach, reach), (reach, -reach)]
    return [*corners, corners[0]]


def _of_results(edit: Callable[[Document, Random], object]) -> Callable[[Document, Random], object]:
    return each("results", edit)


def _of_parts(edit: Callable[[Document, Random], object]) -> Callable[[Document, Random], object]:
    return each("results", each("parts", edit))


def _feet(result: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
    if result["parts"][-2]["long"] == "GB":
        result["meters"] = round(result["meters"] * 3.28084, 1)


def _gone_for(country: str) -> Callable[[Document, Random], object]:
    def edit(result: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
        if result["parts"][-2]["long"] == country:
            result["parts"] = [part for part in result["parts"] if "postcode" not in part["types"]]

    return edit


def _unsorted(document: Document, rng: Random) -> None:
    rng.shuffle(document["results"])


def _open_rings(result: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
    result["ring"] = result["ring"][:-1]


def _pairs(result: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
    result["ring"] = [{"lat": one, "lng": two} for one, two in result["ring"]]


def _town_for_spot(result: Document, rng: Random) -> None:
    """Place one result in three at the middle of its town."""
    if rng.random() < 0.33:
        result["at"] = {"lat": round(result["at"]["lat"], 1), "lng": round(result["at"]["lng"], 1)}


def _cached(documents: list[Document], rng: Random) -> list[Document]:
    return [
        documents[rng.randrange(place)] if place and rng.random() < 0.2 else document
        for place, document in enumerate(documents)
    ]


def _others(documents: list[Document], rng: Random) -> list[Document]:  # noqa: ARG001 - of one signature
    """Answer each request with the results of the one before."""
    found = [document["results"] for document in documents]
    for place, document in enumerate(documents):
        document["results"] = found[place - 1]
    return documents


def _again(document: Document, rng: Random) -> None:
    if document["results"] and rng.random() < 0.4:
        document["results"] = [*document["results"], document["results"][0]]


CHANGES: tuple[Change, ...] = (
    Change("latitude and longitude swapped", ("results[].at",), _of_results(swapped("at.lat", "at.lng"))),
    Change("ring as lng, lat", ("results[].ring",), _of_results(on("ring", lambda x: [p[::-1] for p in x]))),
    Change("corners swapped", ("results[].view",), _of_results(swapped("view.sw", "view.ne"))),
    Change("places of three decimals", ("results[].at",), _of_results(on("at.lat", lambda x: round(x, 3)))),
    Change("microdegrees", ("results[].at",), _of_results(on("at.lng", lambda x: round(x * 1e6)))),
    Change("middle of town for a third", ("results[].at",), _of_results(_town_for_spot)),
    Change("kilometres", ("results[].meters",), _of_results(on("meters", lambda x: round(x / 1000, 4)))),
    Change("feet in one country", ("results[].meters",), _of_results(_feet)),
    Change("seconds for minutes", ("results[].minutes",), _of_results(on("minutes", lambda x: x * 60))),
    Change("score in per cent", ("results[].score",), _of_results(on("score", lambda x: round(x * 100, 1)))),
    Change("score of one decimal", ("results[].score",), _of_results(on("score", lambda x: round(x, 1)))),
    Change("score capped at .9", ("results[].score",), _of_results(on("score", lambda x: min(x, 0.9)))),
    Change("score as text", ("results[].score",), _of_results(on("score", lambda x: f"{x:.3f}"))),
    Change("scores upside down", ("results[].score",), _of_results(on("score", lambda x: round(1 - x, 3)))),
    Change("score renamed", ("results[].score",), _of_results(renamed("score", "relevance"))),
    Change("results in another order", ("results[].score",), _unsorted),
    Change("one result only", ("results",), on("results", lambda x: x[:1])),
    Change("results twice", ("results", "results[]"), _again),
    Change("results of the request before", ("results", "request.lang", "status", "next"), whole=_others),
    Change("null for no results", ("results",), on("results", lambda x: x or None)),
    Change("object for one result", ("results",), on("results", lambda x: x[0] if len(x) == 1 else x)),
    Change(
        "new precision",
        ("results[].precision",),
        _of_results(on("precision", some(0.05, lambda _: "parcel"))),
    ),
    Change("precision in capitals", ("results[].precision",), _of_results(on("precision", str.upper))),
    Change("precision by number", ("results[].precision",), _of_results(on("precision", _PRECISION.index))),
    Change(
        "two precisions swapped",
        ("results[].precision", "results[].match"),
        _of_results(on("precision", lambda x: {"rooftop": "centroid", "centroid": "rooftop"}.get(x, x))),
    ),
    Change("postcodes gone for one country", ("results[].parts",), _of_results(_gone_for("AT"))),
    Change("types as text", ("results[].parts[].types",), _of_parts(on("types", ",".join))),
    Change("types capped at one", ("results[].parts[].types",), _of_parts(on("types", lambda x: x[:1]))),
    Change(
        "a type renamed",
        ("results[].parts[].types",),
        _of_parts(on("types", lambda x: ["locality" if t == "town" else t for t in x])),
    ),
    Change(
        "long names only", ("results[].parts[].short",), _of_parts(lambda p, _: p.update(short=p["long"]))
    ),
    Change(
        "short names empty", ("results[].parts[].short",), _of_parts(on("short", some(0.1, lambda _: "")))
    ),
    Change("parts turned round", ("results[].parts",), _of_results(on("parts", lambda x: x[::-1]))),
    Change(
        "accents lost",
        ("results[].parts[].long",),
        _of_parts(on("long", lambda x: x.encode("ascii", "ignore").decode())),
    ),
    Change(
        "misread encoding",
        ("results[].label",),
        _of_results(on("label", lambda x: x.encode().decode("latin-1"))),
    ),
    Change("labels cut", ("results[].label",), _of_results(on("label", lambda x: x[:16]))),
    Change("labels with tags", ("results[].label",), _of_results(on("label", lambda x: f"<b>{x}</b>"))),
    Change(
        "label without house",
        ("results[].label",),
        _of_results(on("label", lambda x: x.split(",")[-1].strip())),
    ),
    Change("closing point of rings lost", ("results[].ring",), _of_results(_open_rings)),
    Change("rings as objects", ("results[].ring",), _of_results(_pairs)),
    Change("place ids in small letters", ("results[].place",), _of_results(on("place", str.lower))),
    Change("place ids as numbers", ("results[].place",), _of_results(on("place", lambda x: int(x[1:], 16)))),
    Change(
        "country of three letters",
        ("results[].parts[].short",),
        _of_parts(on("short", lambda x: x + "X" if len(x) == 2 and x.isupper() else x)),
    ),
    Change("languages with regions", ("request.lang",), on("request.lang", lambda x: f"{x}-{x.upper()}")),
    Change("language ignored", ("request.lang",), on("request.lang", lambda _: "en")),
    Change("seconds become whole", ("served",), on("served", int)),
    Change("milliseconds", ("served",), on("served", lambda x: round(x * 1000))),
    Change("an hour behind", ("served",), on("served", lambda x: x - 3_600)),
    Change("took in seconds", ("took_ms",), on("took_ms", lambda x: round(x / 1000, 4))),
    Change("ten times slower", ("took_ms",), on("took_ms", lambda x: round(x * 10, 1))),
    Change("quota moved", ("quota.left", "limits"), moved("quota.left", "limits.left")),
    Change("quota as text", ("quota.left",), on("quota.left", str)),
    Change("other reset form", ("quota.reset",), on("quota.reset", lambda _: 1_767_222_000)),
    Change("one attribution fewer", ("attribution",), on("attribution", lambda x: x[1:])),
    Change("token gone", ("next",), on("next", lambda _: None)),
    Change("token padded", ("next",), on("next", lambda x: x and x + "==")),
    Change("days first", ("results[].seen",), _of_results(on("seen", lambda x: f"{x[8:]}.{x[5:7]}.{x[:4]}"))),
    Change(
        "month and day swapped",
        ("results[].seen",),
        _of_results(on("seen", lambda x: f"{x[:4]}-{x[8:]}-{x[5:7]}")),
    ),
    Change(
        "every place seen on one day",
        ("results[].seen",),
        _of_results(on("seen", some(0.2, lambda _: "1970-01-01"))),
    ),
    Change(
        "-1 for unknown", ("results[].people",), _of_results(on("people", lambda x: -1 if x is None else x))
    ),
    Change(
        "people in thousands",
        ("results[].people",),
        _of_results(on("people", lambda x: x and round(x / 1000, 1))),
    ),
    Change(
        "more unknown people", ("results[].people",), _of_results(on("people", some(0.4, lambda _: None)))
    ),
    Change(
        "one source silent",
        ("results[].source",),
        _of_results(on("source", lambda x: "cadastre" if x == "osm" else x)),
    ),
    Change("truth as text", ("results[].match",), _of_results(on("match.partial", lambda x: str(x).lower()))),
    Change(
        "truth turned",
        ("results[].match", "results[].precision"),
        _of_results(on("match.partial", lambda x: not x)),
    ),
    Change("match gone", ("results[].match",), _of_results(lambda r, _: r.pop("match", None))),
    Change("whole answers repeated", ("$",), whole=_cached),
)


def _new_field(document: Document, rng: Random) -> None:
    for result in document["results"]:
        result["what3"] = rng.choice(("lake.cup.sun", "tin.wolf.ray"))


HARMLESS: tuple[Change, ...] = (Change("optional field added", ("results[].what3",), _new_field),)

__all__ = ["CHANGES", "HARMLESS", "answer"]
