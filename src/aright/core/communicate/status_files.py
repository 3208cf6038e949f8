"""The public status page as files for another host: HTML without scripts, JSON, and an Atom feed (RFC 4287).

A page that says that we are away must not stand on what is away. Everything in the files is escaped: titles
and texts are words of people.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.times import Micros, iso, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.communicate.status_page import PublicTrouble, PublicUpdate, StatusPage

LONGEST_TITLE: Final = 120
SCHEMA: Final = 1
_CSS: Final = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;"
    "padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}ul{list-style:none;padding:0}"
    "li{padding:.25rem 0}article{border-left:.25rem solid;padding-left:1rem;margin:1.5rem 0}time{opacity:.75}"
)


def status_files(page: StatusPage, *, title: str, url: str = "") -> dict[str, str]:
    """Return the files by name: ``index.html``, ``status.json`` and ``feed.atom``.

    Args:
        page: what they say.
        title: of the page, such as "Status of Example Inc."
        url: where they will stand, for the feed; empty leaves links relative.

    >>> from aright.core.communicate.status_page import StatusPage
    >>> empty = StatusPage(at=0, services=(), current=(), history=())
    >>> sorted(status_files(empty, title="<Status>"))
    ['feed.atom', 'index.html', 'status.json']
    >>> "<h1>&lt;Status&gt;</h1>" in status_files(empty, title="<Status>")["index.html"]
    True
    """
    told = _plain(title)[:LONGEST_TITLE] or "Status"
    kept = msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, "title": told, "page": page}), indent=2)
    return {
        "index.html": _html(page, told),
        "status.json": kept.decode() + "\n",
        "feed.atom": _atom(page, told, url.rstrip("/")),
    }


def _html(page: StatusPage, title: str) -> str:
    now = "We have trouble just now." if page.current else "All works as usual."
    services = "".join(
        f"<li><strong>{_safe(each.name)}</strong>: {'✗' if each.since else '✓'} {_safe(each.state)}"
        f"{f' since {_time(each.since)}' if each.since else ''}</li>"
        for each in page.services
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_safe(title)}</title><style>{_CSS}</style>",
        '<link rel="alternate" type="application/atom+xml" href="feed.atom"></head>',
        f"<body><main><h1>{_safe(title)}</h1><p>{now} As of {_time(page.at)}.</p>",
        f"<h2>Services</h2><ul>{services}</ul>" if services else "",
        f"<h2>Now</h2>{_articles(page.current)}" if page.current else "",
        f"<h2>The last 90 days</h2>{_articles(page.history) or '<p>Nothing.</p>'}",
        "</main></body></html>\n",
    ]
    return "".join(parts)


def _articles(troubles: Iterable[PublicTrouble]) -> str:
    return "".join(
        f'<article id="{_safe(each.id)}"><h3>{_safe(each.title)}</h3><p>{_lasted(each)}</p>'
        f"{''.join(_said(update) for update in each.updates)}</article>"
        for each in troubles
    )


def _lasted(trouble: PublicTrouble) -> str:
    if not trouble.ended_at:
        return f"Since {_time(trouble.began_at)}."
    return f"From {_time(trouble.began_at)} to {_time(trouble.ended_at)}."


def _said(update: PublicUpdate) -> str:
    return f"<p>{_time(update.at)}<br>{_safe(update.text)}</p>"


def _atom(page: StatusPage, title: str, url: str) -> str:
    newest = max((update.at for each in (*page.current, *page.history) for update in each.updates), default=0)
    entries = "".join(_entry(each, url) for each in (*page.current, *page.history))
    link = f'<link href="{_safe(url)}/"/><link rel="self" href="{_safe(url)}/feed.atom"/>' if url else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{_safe(title)}</title><id>{_safe(url) or 'urn:aright:status'}</id>{link}"
        f"<updated>{iso(newest)}</updated><author><name>{_safe(title)}</name></author>{entries}</feed>\n"
    )


def _entry(trouble: PublicTrouble, url: str) -> str:
    entries = []
    for update in trouble.updates:
        name = f"{trouble.id}-{update.at}"
        link = f'<link href="{_safe(url)}/#{trouble.id}"/>' if url else ""
        entries.append(
            f"<entry><title>{_safe(trouble.title)}</title><id>urn:aright:status:{name}</id>{link}"
            f"<updated>{iso(update.at)}</updated><content>{_safe(update.text)}</content></entry>"
        )
    return "".join(entries)


def _time(at: Micros) -> str:
    return f'<time datetime="{iso(at)}">{to_datetime(at).strftime("%Y-%m-%d %H:%M")} UTC</time>'


def _safe(text: str) -> str:
    return escape(_plain(text), quote=True)


def _plain(text: str) -> str:
    r"""Return the text without what XML cannot hold, such as control characters.

    >>> _plain("a\x00b")
    'ab'
    """
    return "".join(
        char
        for char in text
        if char in "\t\n" or (char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff")
    )
