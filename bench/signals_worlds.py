"""Services of every kind as they answer through a day, and what goes wrong with them.

Users keep their ways, traffic is twice as high in the afternoon as at night, and nothing else changes until a
fault sets in, which hits one segment alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.service import Service
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

Column: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.generic]]"
Columns: TypeAlias = "dict[str, Column]"
Users: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
Make: TypeAlias = "Callable[[np.random.Generator, Users, str], Columns]"

USERS: Final = 3_000
PLACES: Final = ("north", "south", "east", "west")
HIT: Final = "north"
"""The segment that faults hit."""


@dataclass(frozen=True, kw_only=True)
class World:
    """One kind of service.

    Attributes:
        service: as its catalog has it.
        make: makes the columns of the answers that some users get, healthy ones or those of a fault.
        segment: the attribute whose value ``north`` is hit.
        faults: by name, the signal that must tell, and whether it must name the segment.
    """

    service: Service
    make: Make
    faults: dict[str, tuple[str, bool]]
    segment: str = "region"
    rows: int = 120
    _places: np.ndarray[tuple[int], np.dtype[np.str_]] = field(
        default_factory=lambda: np.random.default_rng(5).choice(np.array(PLACES), USERS), repr=False
    )

    def window(self, seed: int, start: int, width: int, fault: str = "") -> pa.Table:
        """Return the predictions of one window."""
        random = np.random.default_rng([seed, start // width])
        many = int(random.poisson(self.rows * (1 + np.sin(2 * np.pi * start / DAY) / 3)))
        users = random.integers(0, USERS, many)
        places = self._places[users]
        said = self.make(random, users, "")
        if fault:
            broken = self.make(random, users, fault)
            hit = places == HIT
            said = {name: np.where(hit, broken[name], values) for name, values in said.items()}
        columns = {
            "id": pa.array([f"{start}-{at}" for at in range(many)]),
            "time": pa.array(np.sort(random.integers(start, start + width, many))).cast(TIME),
            "service": pa.array([self.service.key] * many),
            "unit": pa.array([f"u{user}" for user in users]),
            f"attr.{self.segment}": pa.array(places.tolist()).cast(CATEGORY),
            "latency_ms": pa.array(random.lognormal(3.5, 0.4, many).astype(np.float32)),
            "status": pa.array(np.where(random.random(many) < 0.004, 500, 200).astype(np.int32)),
        }
        return pa.table(columns | {name: _column(name, values) for name, values in said.items()})


def _column(name: str, values: Column) -> pa.Array:
    array = pa.array(values.tolist())
    if name == "items":
        return pc.split_pattern(array, " ")
    if pa.types.is_string(array.type):
        return array if name == "text" else array.cast(CATEGORY)
    return array.cast(pa.float32() if name in {"score", "confidence", "entropy", "margin"} else pa.float64())


_ITEMS: Final = np.array([f"i{at:03d}" for at in range(400)])
_SHELVES: Final = np.random.default_rng(6).permutation(400).reshape(20, 20)
"""What users of each taste are shown."""


def _recommender(random: np.random.Generator, users: Users, fault: str) -> Columns:
    many = len(users)
    shelves = _SHELVES[users % 20]
    picks = np.argsort(random.random((many, 20)), axis=1)[:, :8]
    shown = np.take_along_axis(shelves, picks, axis=1)
    if fault == "best sellers for all":
        shown = np.broadcast_to(np.arange(8), (many, 8))
    ages = random.exponential(300.0, many)
    return {
        "items": np.array([" ".join(names) for names in _ITEMS[shown].tolist()]),
        "feat.profiles.norm": random.normal(10, 2, many),
        "feat.profiles.age_seconds": ages + (7_200 if fault == "profiles are not refreshed" else 0),
    }


def _classifier(random: np.random.Generator, users: Users, fault: str) -> Columns:
    heat = 0.35 if fault == "undecided" else 1.0
    logits = random.normal(0, 1, (len(users), 4)) * 2 + np.eye(4)[users % 4] * 3
    shares = np.exp(logits * heat)
    shares /= shares.sum(axis=1, keepdims=True)
    ranked = np.sort(shares, axis=1)
    return {
        "label": np.array(["cat", "dog", "cow", "hen"])[shares.argmax(axis=1)],
        "confidence": ranked[:, -1],
        "entropy": -(shares * np.log(shares)).sum(axis=1) / np.log(4),
        "margin": ranked[:, -1] - ranked[:, -2],
    }


def _fraud(random: np.random.Generator, users: Users, fault: str) -> Columns:
    many = len(users)
    score = random.beta(1.2 + users % 3 * 0.2, 9, many)
    if fault == "scores drift up":
        score = random.beta(4, 5, many)
    score = np.where(random.random(many) < 0.03, 0.5, score)
    if fault == "features time out":
        score = np.where(random.random(many) < 0.7, 0.171875, score)
    if fault == "the usual default":
        score = np.where(random.random(many) < 0.5, 0.5, score)
    return {"score": score, "feat.card.amount": random.lognormal(3, 1, many)}


_WORDS: Final = {
    "en": "the and not is we have today tomorrow street weather nice must go over still come "
    "house time again can also very good for train station closed works will be quickly "
    "which should there morning please answer",
    "de": "der die das und nicht ist wir haben heute morgen leider Straße Wetter schön müssen "
    "gehen über noch kommen Haus Zeit wieder kann auch sehr gut für einen Zug Bahnhof "
    "gesperrt Bauarbeiten werden schnell bitte Antwort",
    "es": "el la los y no es tenemos hoy mañana calle tiempo bonito debemos ir sobre todavía "
    "venir casa otra vez puede también muy bueno para un tren estación cerrada obras "
    "serán rápido donde cuando respuesta por favor",
}


def _sentences(language: str, seed: int, many: int) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    random = np.random.default_rng(seed)
    words = np.array(_WORDS[language].split())
    made = [
        " ".join(
            " ".join(random.choice(words, random.integers(5, 14))) + "." for _ in range(random.integers(1, 5))
        )
        for _ in range(many)
    ]
    return np.array(made, dtype=object)


_TEXTS: Final = {language: _sentences(language, 7, 600) for language in _WORDS}


def _translation(random: np.random.Generator, users: Users, fault: str) -> Columns:
    many = len(users)
    targets = np.array(["de", "es"])[users % 2]
    places = random.integers(0, 600, many)
    texts = np.where(targets == "de", _TEXTS["de"][places], _TEXTS["es"][places])
    ratio = random.normal(1.1, 0.1, many)
    copied = random.beta(2, 40, many)
    if fault == "texts come back untranslated":
        texts, copied = _TEXTS["en"][places], random.beta(40, 2, many)
    sources = np.array([len(text) for text in texts]) / ratio
    if fault == "half of each text is lost":
        texts = np.array([text[: len(text) // 2] for text in texts], dtype=object)
    return {
        "text": texts,
        "attr.source_language": np.full(many, "en"),
        "attr.target_language": targets,
        "feat.source_chars": np.maximum(sources, 1.0),
        "feat.copy_share": copied,
    }


def _llm(random: np.random.Generator, users: Users, fault: str) -> Columns:
    many = len(users)
    texts = _TEXTS["en"][random.integers(0, 600, many)]
    texts = np.where(
        random.random(many) < 0.02, "I'm sorry, but I can't help with that request today.", texts
    )
    finish, most, served = np.full(many, "stop"), np.full(many, 512.0), np.full(many, "large-2-2026-01")
    if fault == "answers are cut":
        texts = np.array([text[:90].rpartition(" ")[0] for text in texts], dtype=object)
        finish = np.full(many, "length")
    tokens = np.array([len(text.split()) for text in texts], dtype=np.float64)
    if fault == "answers are empty":
        texts, tokens = np.full(many, " ", dtype=object), np.zeros(many)
    if fault == "answers loop":
        texts = np.array([" ".join([text.partition(".")[0]] * 6) + "." for text in texts], dtype=object)
    if fault == "answers refuse":
        refused = "I'm sorry, but I cannot help with this, as it may be against our rules."
        texts = np.where(random.random(many) < 0.5, refused, texts)
    if fault == "another model answers":
        served = np.full(many, "small-1")
    if fault == "brackets stay open":
        texts = np.array(['{"answer": "' + text for text in texts], dtype=object)
    return {
        "text": texts,
        "feat.gen_ai.output_tokens": tokens,
        "feat.gen_ai.input_tokens": np.round(random.lognormal(5, 0.6, many)),
        "feat.gen_ai.max_tokens": most,
        "feat.gen_ai.finish_reason": finish,
        "feat.gen_ai.requested_model": np.full(many, "large-2"),
        "feat.gen_ai.served_model": served,
    }


def _vision(random: np.random.Generator, users: Users, fault: str) -> Columns:
    many = len(users)
    brightness = random.beta(6, 6, many)
    contrast, blur = random.beta(8, 30, many), random.lognormal(-4.5, 0.5, many)
    if fault == "cameras see nothing":
        brightness, contrast, blur = np.zeros(many), np.zeros(many), np.zeros(many)
    if fault == "images are dark":
        brightness = random.beta(2, 40, many)
    if fault == "images are blurred":
        blur = blur / 8
    sides = np.array([[1280, 720], [1920, 1080]])[users % 2]
    return {
        "label": np.array(["ripe", "unripe"])[(random.random(many) < 0.3).astype(int)],
        "confidence": random.beta(9, 2, many),
        "feat.image.width": sides[:, 0].astype(np.float64),
        "feat.image.height": sides[:, 1].astype(np.float64),
        "feat.image.brightness": brightness,
        "feat.image.contrast": contrast,
        "feat.image.blur": blur,
        "feat.image.software": np.where(
            fault == "a firmware changes", np.full(many, "fw 4"), np.full(many, "fw 3")
        ),
    }


WORLDS: Final[dict[str, World]] = {
    "recommender": World(
        service=Service(key="shelf", type="recommender"),
        make=_recommender,
        faults={
            "best sellers for all": ("personalisation", True),
            "profiles are not refreshed": ("stale_share", True),
        },
    ),
    "classifier": World(
        service=Service(key="pets", type="classifier"),
        make=_classifier,
        faults={"undecided": ("entropy", True)},
    ),
    "fraud": World(
        service=Service(key="cards", type="fraud", threshold=0.45),
        make=_fraud,
        faults={
            "scores drift up": ("approval_rate", True),
            "features time out": ("spike_score", False),
            "the usual default": ("default_score", False),
        },
    ),
    "translation": World(
        service=Service(key="words", type="translation"),
        make=_translation,
        faults={
            "texts come back untranslated": ("off_target_share", True),
            "half of each text is lost": ("short_translations", True),
        },
    ),
    "llm": World(
        service=Service(key="chat", type="llm"),
        make=_llm,
        faults={
            "answers are cut": ("truncated_share", True),
            "answers are empty": ("empty_share", True),
            "answers loop": ("repetition", True),
            "answers refuse": ("refusal_share", True),
            "another model answers": ("other_model_share", True),
            "brackets stay open": ("unclosed_share", True),
        },
    ),
    "vision": World(
        service=Service(key="field", type="vision"),
        make=_vision,
        segment="camera",
        faults={
            "cameras see nothing": ("blank_image_share", True),
            "images are dark": ("dark_image_share", True),
            "images are blurred": ("blurred_image_share", True),
            "a firmware changes": ("feature:image.software", False),
        },
    ),
}
"""By kind of service."""
