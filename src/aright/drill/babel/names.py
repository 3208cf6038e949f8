"""Every word that these services send: the rest of aright must know none of them, and a test checks that."""

from __future__ import annotations

from typing import Final

TRANSLATION: Final = "loom-translation"
CHAT: Final = "loom-chat"
DESK: Final = "loom-helpdesk"
SERVICES: Final = (TRANSLATION, CHAT, DESK)

BILLING: Final = "loom-billing"
"""A service of theirs that none of these calls."""

BILLING_VERSIONS: Final = ("2.19", "2.20")

PROVIDER: Final = "api.glossaline.example"
"""The third party, by the name under which it is called."""

HOSTS: Final = {
    TRANSLATION: "translate.loom.internal",
    CHAT: "chat.loom.internal",
    DESK: "tickets.loom.internal",
}
"""Under which names the services call one another: none is the name that the callee gives itself."""

TRANSLATE: Final = "/translate"
CHATS: Final = "/chat"
TICKETS: Final = "/tickets"
PROVIDER_PATH: Final = "/v2/translate"

LANGUAGES: Final = {"de": "de-DE", "fr": "fr-FR", "es": "es-ES", "it": "it-IT"}
"""Languages that users write, and how they are called with their region."""

RELEASES: Final = ("3.9.2", "3.10.0")
"""Of the translation service: what serves at first, and what may follow and trusts hardly any answer."""

ROLL_BACKS: Final = ("serve-loom-version", "undo-loom-release")
PIN: Final = "pin-glossaline-version"
"""The mitigations that the translation service offers."""

LATEST: Final = "2026-03"
"""The version of the third party's interface that changes."""

PINNED: Final = "2025-11"
"""The version before."""

CHAT_VERSIONS: Final = ("7.4.0", "7.4.1")
"""The chatbot's release that serves at first, and a good one that may follow."""


def distinctive() -> tuple[str, ...]:
    """Return the words by which aright could recognise this drill.

    >>> "loom-chat" in distinctive(), "/chat" in distinctive()
    (True, False)
    """
    return (*SERVICES, BILLING, PROVIDER, *HOSTS.values(), PIN, *ROLL_BACKS)
