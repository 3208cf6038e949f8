"""Every word that this shop sends: the rest of aright must know none of them, and a test checks that."""

from __future__ import annotations

from typing import Final

SERVICE: Final = "plaza-recommendations"
MODEL: Final = "plaza-factors"
VERSIONS: Final = ("2026.02.1", "2026.03.0")
"""The model version that serves at first, and the one that a deploy brings."""

CART: Final = "plaza-cart"
"""Another service of the shop, which no list is made with."""

RELEASES: Final = ("118.2", "118.3")
"""Of the shop's service or of the cart: the second changes nothing that is recommended."""

SHARD: Final = "taste_shard"
AREA: Final = "market_area"
HALL: Final = "data_hall"
TIER: Final = "loyalty_tier"
PLACEMENT: Final = "storefront_slot"
LANGUAGE: Final = "shelf_language"
HANDSET: Final = "handset"
BUILD: Final = "shopfront_build"
COHORT: Final = "trial_cohort"
ATTRIBUTES: Final = (SHARD, AREA, HALL, TIER, PLACEMENT, LANGUAGE, HANDSET, BUILD, COHORT)
"""The first says where a user's vector lies; area and hall go along with it; the last three mean nothing."""

SHARDS: Final = ("bilby", "numbat", "potoroo", "quokka", "quoll", "wombat")
AREAS: Final = ("fjordland", "lowmarsh", "highmoor", "eastholm", "dunecoast", "pinewold")
HALLS: Final = ("hall-a7", "hall-b2", "hall-c9")
TIERS: Final = ("visitor", "regular", "patron")
PLACEMENTS: Final = ("frontdoor", "checkout_rail", "item_footer", "mailing")
LANGUAGES: Final = ("sv", "nl", "pt", "fi")
HANDSETS: Final = ("slab", "tablet", "desk", "watch")
BUILDS: Final = ("41.2", "41.3", "42.0")
COHORTS: Final = ("c0", "c1", "c2", "c3", "c4")

VECTORS: Final = "taste_vectors"
VISIT: Final = "visit_trail"
PRICES: Final = "price_ticker"
WEATHER: Final = "sky_report"
SOURCES: Final = (VECTORS, VISIT, PRICES, WEATHER)
NORM: Final = f"{VECTORS}.norm"
AGE: Final = f"{VECTORS}.age_s"
PAGES: Final = f"{VISIT}.pages"
DWELL: Final = f"{VISIT}.dwell_s"
DISCOUNT: Final = f"{PRICES}.discount"
MEDIAN: Final = f"{PRICES}.median"
DEGREES: Final = f"{WEATHER}.degrees"
FEATURES: Final = (NORM, AGE, PAGES, DWELL, DISCOUNT, MEDIAN, DEGREES)

RESTORE: Final = "pin-last-good-snapshot"
ROLL_BACK: Final = "serve-named-version"
"""The two mitigations that the shop offers."""

CLICK: Final = "click"
COMPLAINT: Final = "complaint"
"""Kinds of outcomes; these two are the field's words, not the drill's."""


def distinctive() -> tuple[str, ...]:
    """Return the words by which aright could recognise this drill.

    >>> "taste_shard" in distinctive(), "click" in distinctive()
    (True, False)
    """
    short = {"sv", "nl", "pt", "fi", "41.2", "41.3", "42.0", "c0", "c1", "c2", "c3", "c4"}
    everyday = {"slab", "tablet", "desk", "watch", "visitor", "regular", "patron", "mailing"}
    values = (*SHARDS, *AREAS, *HALLS, *TIERS, *PLACEMENTS, *LANGUAGES, *HANDSETS, *BUILDS, *COHORTS)
    told = (SERVICE, CART, MODEL, *VERSIONS, *ATTRIBUTES, *SOURCES, *FEATURES, RESTORE, ROLL_BACK)
    return tuple(word for word in (*told, *values) if word not in short | everyday)
