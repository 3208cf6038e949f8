"""Templates: everything is escaped, and characters that could make a page lie are made visible."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from aright.core.incident.telling import outcome, told_checks
from aright.core.incident.words import counted, is_guard
from aright.core.model.probability import odds, p_text
from aright.core.model.times import iso
from aright.core.prevent import value_told
from aright.engine.evidence_rows import has_rows
from aright.web import release_words, words
from aright.web.assets import asset_url
from aright.web.naming import signal_title, signal_unit
from aright.web.pictures import (
    bars,
    cascade,
    curves,
    effects,
    fishbone,
    glyphs,
    lanes,
    ranges,
    sequence,
    strip,
    whys,
)

FOLDER: Final = Path(__file__).parent / "templates"

_LONGEST: Final = 4_000
"""Of any text on a page (characters); templates cut most much shorter."""


def _harmless(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return words.short(words.clean(value), _LONGEST)
    return value


def quoted(text: str, mark: str = "`") -> Markup:
    """Return text with what stands between backquotes as code; everything is escaped first.

    >>> print(quoted("run `a < b` now"))
    run <code>a &lt; b</code> now
    """
    parts = str(escape(words.clean(text))).split(mark)
    if len(parts) % 2 == 0:
        return Markup(mark.join(parts))  # noqa: S704  escaped above
    made = "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
    return Markup(made)  # noqa: S704  escaped above


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        clock=words.clock,
        iso=iso,
        moment=words.moment,
        day=words.day,
        span=words.span,
        percent=words.percent,
        odds=odds,
        chance=p_text,
        outcome=outcome,
        told_checks=told_checks,
        figure=words.number,
        trimmed=words.trimmed,
        short=words.short,
        quoted=quoted,
        signal=signal_title,
        in_address=lambda text: quote(words.clean(text)[:200], safe=""),
        hold_title=release_words.hold_title,
        share_text=release_words.share_text,
        standing_text=release_words.standing_text,
        proof=lambda chance: math.log(1 / chance) if 0 < chance < 1 else 0.0,
        compact=lambda value: json.dumps(value, ensure_ascii=True),
    )
    made.tests["failed"] = lambda check: str(check).startswith("✗")
    made.globals.update(
        asset=asset_url,
        ranges=ranges.ranges,
        quantity=words.quantity,
        plural=words.plural,
        limit_text=value_told,
        unit_of=signal_unit,
        is_guard=is_guard,
        counted=counted,
        glyph=glyphs.glyph,
        severity=glyphs.severity,
        share_bar=bars.share_bar,
        change_bar=bars.change_bar,
        strip=strip.strip,
        axis=strip.axis,
        flags=strip.flags,
        cascade=cascade.cascade,
        curve_pair=curves.curve_pair,
        effect_bar=effects.effect_bar,
        signed=effects.signed,
        two_lanes=lanes.two_lanes,
        has_rows=has_rows,
        ratio_text=release_words.ratio_text,
        margin_text=release_words.margin_text,
        sequence=sequence.sequence,
        share_lane=sequence.share_lane,
        ratio_bar=sequence.ratio_bar,
        proof_bar=sequence.proof_bar,
        whys_graph=whys.whys_graph,
        fishbone=fishbone.fishbone,
    )
    return made


def render(template: str, **context: object) -> str:
    """Return a page; raises ``jinja2.TemplateError`` where a template asks for what it was not given."""
    return environment().get_template(template).render(**context)
