"""A message in words: its subject and its lines, for channels that have no form of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.incident.words import cut

if TYPE_CHECKING:
    from aright.core.page.body import PageBody

LONGEST_SUBJECT: Final = 200
LONGEST_TEXT: Final = 4_000

_VERBS: Final = {
    "acknowledge": "Taken on",
    "resolve": "Resolved",
    "note": "Note",
    "update": "Update",
    "remind": "Reminder",
    "close": "Closed",
}


def subject(body: PageBody) -> str:
    """Return one line, without line breaks, at most 200 characters.

    >>> from aright.core.page.body import PageBody
    >>> page = PageBody(action="trigger", incident="INC-1", service="shop", severity=1, title="clicks  fell",
    ...     opened_at=0)
    >>> subject(page)
    'SEV1 INC-1: clicks fell'
    """
    level = f"SEV{body.severity} " if body.severity else ""
    verb = f"{_VERBS[body.action]}: " if body.action in _VERBS else ""
    return cut(
        " ".join(f"{verb}{level}{body.incident}: {body.title or body.service}".split()), LONGEST_SUBJECT
    )


def lines(body: PageBody) -> tuple[str, ...]:
    """Return what there is to say, a paragraph each, without the link.

    >>> from aright.core.page.body import PageBody
    >>> page = PageBody(action="trigger", incident="INC-1", service="shop", severity=1, title="clicks fell",
    ...     opened_at=0, facts={"began": "10:00"}, because="you have the shift of primary")
    >>> lines(page)
    ('began: 10:00', 'You are told because you have the shift of primary.')
    """
    said = [cut(body.text, LONGEST_TEXT)] if body.text else []
    if body.by:
        said.append(f"By {body.by}.")
    said += [f"{name}: {text}" for name, text in body.facts.items()]
    if body.because:
        said.append(f"You are told because {body.because}.")
    return tuple(said)
