"""Documents of an imaginary network of measuring stations: records by key, series, texts, few relations."""

from __future__ import annotations

import base64
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench.contracts_change import Change, Document, on, renamed, some, swapped

if TYPE_CHECKING:
    from random import Random

_REGIONS = ("alpha", "beta", "gamma", "delta")
_FIRMWARE = ("4.1.0", "4.1.2", "4.2.0")
_LEVELS = ("none", "low", "moderate", "high")
_TEXTS = ("Trocken und klar", "Bewölkt, später Regen", "Böen möglich", "Nebel im Süden", "Heiter")


def report(rng: Random, at: int, number: int) -> Document:
    """Return one report as of ``at`` (µs, UTC)."""
    hour = at / 3_600_000_000 % 24
    sun = math.sin(2 * math.pi * (hour - 9) / 24)
    station = rng.randrange(40)
    warm = 12 + 7 * sun + 3 * math.sin(station) + rng.gauss(0, 1.5)
    high = warm + abs(rng.gauss(2, 0.7))
    low = warm - abs(rng.gauss(2, 0.7))
    battery = round(min(4.2, 3.7 + 0.2 * sun + rng.gauss(0, 0.08)), 2)
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    series = [round(warm + rng.gauss(0, 0.4), 1) for _ in range(12)]
    pressure = 1_013 + rng.gauss(0, 6)
    return {
        "meta": {
            "station": f"{_REGIONS[station % 4][:2].upper()}-{station:03d}",
            "region": _REGIONS[station % 4],
            "firmware": rng.choices(_FIRMWARE, (1, 3, 6))[0],
            "sent": round(at / 1_000),
            "seq": number * 3,
            "trace": f"{rng.getrandbits(128):032x}",
            "day": when.strftime("%m/%d/%Y"),
        },
        "air": {
            "t": round(warm, 1),
            "t_max": round(high, 1),
            "t_min": round(low, 1),
            "hPa": round(pressure, 1),
            "humidity": max(8, min(100, round(70 - 18 * sun + rng.gauss(0, 9)))),
        },
        "wind": {"speed": round(rng.weibullvariate(4 + sun, 1.9), 1), "from": rng.randrange(0, 360, 10)},
        "rain": 0 if rng.random() < 0.75 else round(rng.expovariate(1 / 1.8), 2),
        "series": series,
        "times": [int(at / 1e6) - 300 * place for place in range(12)],
        "sensors": {
            f"{1000 + place}": {"ok": rng.random() < 0.97, "mV": int(rng.gauss(1_800, 40))}
            for place in range(rng.randrange(2, 6))
        },
        "pollen": rng.choices(_LEVELS, (4, 3, 2 + sun, 1))[0],
        "daylight": sun > 0,
        "uv": None if rng.random() < 0.35 - 0.2 * sun else round(max(0.0, 5 * sun + rng.gauss(1.5, 0.8)), 1),
        "battery": {"V": battery, "pct": round((battery - 3.0) / 1.2 * 100, 1)},
        "pos": [round(47 + station / 10, 5), round(8 + station / 9, 5), 300 + station * 7],
        "text": {"de": rng.choice(_TEXTS), "code": f"WX{rng.randrange(10, 60)}"},
        "raw": base64.b64encode(rng.randbytes(24)).decode(),
        "link": f"https://stations.example/{station}/reports/{rng.getrandbits(40):x}?v=2",
        **(
            {"alert": {"kind": rng.choice(("storm", "heat")), "until": _later(when, rng)}}
            if rng.random() < 0.15
            else {}
        ),
    }


def _later(when: datetime, rng: Random) -> str:
    return (when + timedelta(hours=rng.randrange(2, 30))).isoformat(timespec="minutes")


def _fahrenheit(document: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
    if document["meta"]["region"] == "beta":
        air = document["air"]
        air["t"] = round(air["t"] * 1.8 + 32, 1)


def _frozen(documents: list[Document], rng: Random) -> list[Document]:  # noqa: ARG001 - of one signature
    """Let a third of the stations' sensors stand still."""
    for document in documents:
        if int(document["meta"]["station"][3:]) % 3 == 0:
            document["air"]["hPa"] = 1013.2
    return documents


def _late(documents: list[Document], rng: Random) -> list[Document]:  # noqa: ARG001 - of one signature
    values = [document["air"]["t"] for document in documents]
    for place, document in enumerate(documents):
        document["air"]["t"] = values[place - 9]
    return documents


def _stale(documents: list[Document], rng: Random) -> list[Document]:
    return [
        documents[place // 2 * 2] if rng.random() < 0.5 else document
        for place, document in enumerate(documents)
    ]


def _doubled(document: Document, rng: Random) -> None:
    if rng.random() < 0.4:
        document["times"] = [*document["times"][:-1], document["times"][0]]


def _one_sensor(document: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
    document["sensors"] = next(iter(document["sensors"].values()))


def _pages(document: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
    document["series"] = document["series"][:10]


CHANGES: tuple[Change, ...] = (
    Change("Fahrenheit everywhere", ("air.t",), on("air.t", lambda x: round(x * 1.8 + 32, 1))),
    Change("Fahrenheit in one region", ("air.t",), _fahrenheit),
    Change("km/h for m/s", ("wind.speed",), on("wind.speed", lambda x: round(x * 3.6, 1))),
    Change("hPa as Pa", ("air.hPa",), on("air.hPa", lambda x: round(x * 100))),
    Change("a share for per cent", ("battery.pct",), on("battery.pct", lambda x: round(x / 100, 3))),
    Change("whole degrees", ("air.t",), on("air.t", lambda x: float(round(x)))),
    Change("more nulls", ("uv",), on("uv", some(0.3, lambda _: None))),
    Change("-999 for missing", ("air.humidity",), on("air.humidity", some(0.05, lambda _: -999))),
    Change('"NaN" for null', ("uv",), on("uv", lambda x: "NaN" if x is None else x)),
    Change("new level", ("pollen",), on("pollen", some(0.06, lambda _: "extreme"))),
    Change("levels as numbers", ("pollen",), on("pollen", _LEVELS.index)),
    Change("levels reversed", ("pollen",), on("pollen", lambda x: _LEVELS[3 - _LEVELS.index(x)])),
    Change("region in title case", ("meta.region",), on("meta.region", str.title)),
    Change("field renamed", ("air.t_max", "air.tMax"), renamed("air.t_max", "air.tMax")),
    Change("highest and lowest swapped", ("air.t_max", "air.t_min"), swapped("air.t_max", "air.t_min")),
    Change("whole numbers as decimals", ("wind.from",), on("wind.from", float)),
    Change("seconds for milliseconds", ("meta.sent",), on("meta.sent", lambda x: x // 1000)),
    Change("time as text", ("meta.sent",), on("meta.sent", str)),
    Change("day first", ("meta.day",), on("meta.day", lambda x: f"{x[3:5]}/{x[:2]}{x[5:]}")),
    Change("two-digit years", ("meta.day",), on("meta.day", lambda x: x[:6] + x[8:])),
    Change("station without zeros", ("meta.station",), on("meta.station", lambda x: f"{x[:3]}{int(x[3:])}")),
    Change("ids with dashes", ("meta.trace",), on("meta.trace", lambda x: f"{x[:8]}-{x[8:12]}-{x[12:]}")),
    Change("ids cut", ("meta.trace",), on("meta.trace", lambda x: x[:16])),
    Change("one id for many", ("meta.trace",), on("meta.trace", some(0.2, lambda _: "0" * 32))),
    Change("series cut", ("series",), _pages),
    Change("series upside down", ("times[]",), on("times", lambda x: x[::-1])),
    Change("series with repeats", ("times", "times[]"), _doubled),
    Change("series sorted", ("series[]",), on("series", sorted)),
    Change("series as text", ("series",), on("series", lambda x: ",".join(map(str, x)))),
    Change("position as an object", ("pos",), on("pos", lambda x: {"lat": x[0], "lon": x[1]})),
    Change("latitude and longitude swapped", ("pos[]",), on("pos", lambda x: [x[1], x[0], x[2]])),
    Change("sensors without keys", ("sensors",), _one_sensor),
    Change(
        "truth as 0 and 1",
        ("sensors{}.ok",),
        lambda d, _: [s.update(ok=int(s["ok"])) for s in d["sensors"].values()],
    ),
    Change("misread encoding", ("text.de",), on("text.de", lambda x: x.encode().decode("cp1252"))),
    Change(
        "escaped characters",
        ("text.de",),
        on("text.de", lambda x: x.encode("ascii", "backslashreplace").decode()),
    ),
    Change("other language", ("text.de",), on("text.de", lambda _: "Dry and clear")),
    Change("empty texts", ("text.de",), on("text.de", some(0.1, lambda _: ""))),
    Change("spaces at the start", ("text.code",), on("text.code", some(0.2, lambda x: " " + x))),
    Change("other base64", ("raw",), on("raw", lambda x: x.replace("+", "-").replace("/", "_"))),
    Change("shorter payload", ("raw",), on("raw", lambda x: x[:28])),
    Change("http for https", ("link",), on("link", lambda x: x.replace("https", "http"))),
    Change("sensors stand still", ("air.hPa",), whole=_frozen),
    Change("values of an earlier report", ("air.t",), whole=_late),
    Change("whole reports repeated", ("$",), whole=_stale),
    Change("rain clipped", ("rain",), on("rain", lambda x: min(x, 1.0))),
    Change("battery of one decimal", ("battery.V",), on("battery.V", lambda x: round(x, 1))),
    Change("alert gone", ("alert",), lambda d, _: d.pop("alert", None)),
    Change("local time in alerts", ("alert.until",), on("alert.until", lambda x: x[:16])),
    Change("sign flipped", ("air.t_min",), on("air.t_min", lambda x: -x)),
    Change("next firmware", ("meta.firmware",), on("meta.firmware", some(0.5, lambda _: "5.0.0"))),
)


def _new_field(document: Document, rng: Random) -> None:
    document["air"]["dew"] = round(document["air"]["t"] - rng.expovariate(0.3), 1)


HARMLESS: tuple[Change, ...] = (Change("optional field added", ("air.dew",), _new_field),)

__all__ = ["CHANGES", "HARMLESS", "report"]
