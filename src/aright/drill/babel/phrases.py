"""What users write, and what it means in English: the third party knows it by heart."""

from __future__ import annotations

import re
from typing import Final

PHRASES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "de": (
        ("Wo bleibt meine Bestellung 0000?", "Where's my order 0000?"),
        ("Ich kann mich nicht mehr anmelden.", "I can't sign in any more."),
        ("Bitte stornieren Sie den Auftrag 0000 sofort.", "Please cancel order 0000, I don't need it."),
        ("Der Gutschein wird nicht angenommen.", "The voucher isn't accepted."),
        ("Wie ändere ich meine Adresse & Telefonnummer?", "How do I change my address & phone number?"),
        ("Die Rechnung 0000 stimmt nicht.", "Invoice 0000 isn't right."),
    ),
    "fr": (
        ("Où en est ma commande 0000 ?", "Where's my order 0000?"),
        ("Je n'arrive plus à me connecter.", "I can't sign in any more."),
        ("Merci d'annuler la commande 0000.", "I'd like to cancel order 0000."),
        ("Le bon de réduction n'est pas accepté.", "The voucher isn't accepted."),
        ("Comment changer d'adresse et de téléphone ?", "How do I change address & phone?"),
        ("Le colis 0000 est arrivé abîmé.", "Parcel 0000 isn't in one piece."),
    ),
    "es": (
        ("¿Dónde está mi pedido 0000?", "Where's my order 0000?"),
        ("No puedo iniciar sesión.", "I can't sign in."),
        ("Por favor, cancelen el pedido 0000.", "I'd like to cancel order 0000."),
        ("No me llega el correo de confirmación.", "The confirmation mail doesn't reach me."),
        ("¿Cómo devuelvo un artículo y recupero el dinero?", "How do I return an item & get a refund?"),
        ("La factura 0000 tiene un error.", "There's a mistake in invoice 0000."),
    ),
    "it": (
        ("Dov'è il mio ordine 0000?", "Where's my order 0000?"),
        ("Non riesco più ad accedere.", "I can't sign in any more."),
        ("Vorrei annullare l'ordine 0000.", "I'd like to cancel order 0000."),
        ("Il buono sconto non funziona.", "The voucher doesn't work."),
        ("Come cambio indirizzo e telefono?", "How do I change address & phone?"),
        ("Il pacco 0000 non è mai arrivato.", "Parcel 0000 hasn't arrived."),
    ),
}
"""By language: what is written, and its translation; ``0000`` stands for a number."""

_NUMBER: Final = re.compile(r"\d{4,}")
_KNOWN: Final = {theirs: (language, ours) for language, pairs in PHRASES.items() for theirs, ours in pairs}


def translate(text: str) -> tuple[str, str]:
    """Return the language of a text and its translation into English; raises ``KeyError`` for another.

    >>> translate("Où en est ma commande 48213 ?")
    ('fr', "Where's my order 48213?")
    """
    number = _NUMBER.search(text)
    language, english = _KNOWN[_NUMBER.sub("0000", text)]
    return language, english.replace("0000", number[0]) if number else english
