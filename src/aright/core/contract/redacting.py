"""Redaction: what of a foreign value may be kept and shown.

A value is masked for its name (passwords, tokens, names of people …) or for what it looks like: an address of
e-mail, a telephone number with its country, the number of a card (ISO/IEC 7812, Luhn's check) or an account
(ISO 13616, MOD 97-10), a token. Of free text only the beginning is kept, and a short hash, salted, by which
equal texts can be told to be equal. What cannot be told by name or look is kept, so a service names the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.redaction import Redaction

MASK: Final = "•••"
DEEPEST: Final = 12
MOST_PARTS: Final = 60
"""Fields or elements of one object or list that are kept."""

LONGEST: Final = 20_000
"""Characters of a text that are looked at."""

NAMES: Final = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "secret",
        "clientsecret",
        "token",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "apikey",
        "authorization",
        "auth",
        "bearer",
        "credential",
        "credentials",
        "privatekey",
        "cookie",
        "setcookie",
        "session",
        "sessionid",
        "cardnumber",
        "cvv",
        "cvc",
        "pin",
        "iban",
        "bic",
        "ssn",
        "socialsecuritynumber",
        "taxid",
        "passport",
        "accountnumber",
        "email",
        "emailaddress",
        "mail",
        "phone",
        "phonenumber",
        "mobile",
        "fax",
        "firstname",
        "lastname",
        "surname",
        "fullname",
        "givenname",
        "familyname",
        "maidenname",
        "username",
        "login",
        "dateofbirth",
        "birthdate",
        "birthday",
        "dob",
        "address",
        "street",
        "streetaddress",
        "zipcode",
        "postcode",
        "postalcode",
        "ip",
        "ipaddress",
        "clientip",
        "remoteaddr",
        "latitude",
        "longitude",
        "lat",
        "lon",
        "lng",
        "gps",
    }
)
"""Names whose values are masked; capitals, ``_``, ``-``, spaces and what is before a dot do not matter."""

ENDS: Final = frozenset(
    {
        "password",
        "passwd",
        "secret",
        "apikey",
        "accesstoken",
        "refreshtoken",
        "authorization",
        "credentials",
        "email",
        "phone",
        "iban",
        "ssn",
        "cardnumber",
    }
)
"""Of these, such as a longer name's last words are masked as well: ``customer_email``, ``stripeApiKey``."""

_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_CARD: Final = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_ACCOUNT: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_PHONE: Final = re.compile(r"(?<![\w+])\+\d(?:[ ()./-]{0,2}\d){7,14}(?!\w)")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_+/=.~-]{24,}")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_UNSAID: Final = re.compile(r"[\s_.-]+")


class Redactor:
    """Makes values fit to be kept and shown.

    Args:
        rules: what a service says of it.
        salt: of the hashes: the same text has the same hash under one salt alone.

    >>> from aright.core.model.redaction import Redaction
    >>> redactor = Redactor(Redaction(fields=("*_note",)), salt="INC-1")
    >>> redactor.value({"amount": 12.5, "Card-Number": 4, "to": "ann@example.org", "sales_note": "hi"})
    {'amount': 12.5, 'Card-Number': '•••', 'to': '‹e-mail›', 'sales_note': '•••'}
    """

    def __init__(self, rules: Redaction, *, salt: str = "") -> None:
        self._rules = rules
        self._salt = blake2b(salt.encode(), digest_size=16).digest()
        self._private: dict[str, bool] = {}

    def is_private(self, name: str) -> bool:
        """Tell whether what has that name is masked.

        >>> from aright.core.model.redaction import Redaction
        >>> redactor = Redactor(Redaction())
        >>> redactor.is_private("user.access_token"), redactor.is_private("tokens")
        (True, False)
        """
        known = self._private.get(name)
        if known is None:
            known = self._is_private(name)
            if len(self._private) < 10_000:
                self._private[name] = known
        return known

    def named(self, name: str, value: object) -> object:
        """Return what may be shown of a value with that name."""
        if value is None or isinstance(value, bool):
            return value
        return MASK if self.is_private(name) else self.value(value)

    def value(self, value: object, depth: int = 0) -> object:
        """Return what may be shown of any tree of JSON values."""
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int):
            return "‹card›" if _is_card(str(value)) else value
        if isinstance(value, (dict, list, tuple)):
            return self._tree(value, depth)
        return self.text(str(value))

    def text(self, text: str) -> str:
        """Return what may be shown of a text: private parts masked, and of a long one its beginning.

        >>> from aright.core.model.redaction import Redaction
        >>> Redactor(Redaction(text=8)).text("a long story of a shipment")
        'a long s… (26 characters, #c3f94e)'
        """
        plain = text[:LONGEST]
        for look in _LOOKS:
            plain = look.pattern.sub(look.shown, plain)
        plain = _TOKEN.sub(lambda found: self._token(found[0]), plain)
        most = self._rules.text
        if len(plain) <= most and len(text) <= LONGEST:
            return plain
        return f"{plain[:most]}… ({len(text):,} characters, #{self._hash(text)})"

    def _tree(self, value: dict[object, object] | list[object] | tuple[object, ...], depth: int) -> object:
        if depth >= DEEPEST:
            return "…"
        more = len(value) - MOST_PARTS
        if not isinstance(value, dict):
            parts = [self.value(part, depth + 1) for part in value[:MOST_PARTS]]
            return [*parts, f"… {more} more"] if more > 0 else parts
        found = {}
        for name, part in list(value.items())[:MOST_PARTS]:
            private = part is not None and self.is_private(str(name))
            found[self.text(str(name))] = MASK if private else self.value(part, depth + 1)
        return found | {"…": f"{more} more"} if more > 0 else found

    def _token(self, text: str) -> str:
        return f"‹token #{self._hash(text)}›" if _is_token(text) else text

    def _hash(self, text: str) -> str:
        return blake2b(text.encode("utf-8", "replace"), digest_size=3, key=self._salt).hexdigest()

    def _is_private(self, name: str) -> bool:
        last = name.rpartition(".")[2]
        plain = {_UNSAID.sub("", each.lower()) for each in (name, last)}
        words = [each.lower() for each in _WORD.findall(last)]
        plain |= {"".join(words[-count:]) for count in (1, 2)} & ENDS
        if plain & NAMES:
            return True
        lower = (name.lower(), last.lower())
        return any(fnmatchcase(each, rule.lower()) for rule in self._rules.fields for each in lower)


_HEAD: Final = 64
"""Characters of a long word that mostly tell whether it is a token."""


def _is_card(text: str) -> bool:
    """Tell whether digits are the number of a card, by Luhn's check.

    >>> _is_card("4111 1111 1111 1111"), _is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(each) for each in text if each.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [2 * each - 9 if each > 4 else 2 * each for each in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_account(text: str) -> bool:
    """Tell whether a text is the number of an account, by MOD 97-10.

    >>> _is_account("GB82 WEST 1234 5698 7654 32")
    True
    """
    plain = text.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


def _is_token(text: str) -> bool:
    """Tell whether a word without spaces looks drawn at random: letters and digits mixed, no readable path.

    >>> _is_token("sk-proj4f8Ab2Kd9Lq0Zx7Ty3Wm"), _is_token("warehouse/features/people.daily")
    (True, False)
    """
    if len(text) > _HEAD and _is_token(text[:_HEAD]):
        return True  # what is mixed so early stays so
    if len(set(text)) < 10:
        return False
    counts = Counter(text)  # far fewer questions than one a character
    letters = sum(count for each, count in counts.items() if each.isalpha())
    digits = sum(count for each, count in counts.items() if each.isdigit())
    return letters >= 4 and digits >= 4


@dataclass(frozen=True)
class _Look:
    """What private values look like, what stands for them, and whether one is what it looks like."""

    pattern: re.Pattern[str]
    word: str
    fits: Callable[[str], bool] = bool

    def shown(self, found: re.Match[str]) -> str:
        return self.word if self.fits(found[0]) else found[0]


_LOOKS: Final = (
    _Look(_EMAIL, "‹e-mail›"),
    _Look(_ACCOUNT, "‹account›", _is_account),
    _Look(_PHONE, "‹phone›"),
    _Look(_CARD, "‹card›", _is_card),
)
