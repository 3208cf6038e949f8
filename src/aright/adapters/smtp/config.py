"""Which mail server, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final

SECURITIES: Final = ("starttls", "tls", "none")


@dataclass(frozen=True, kw_only=True)
class EmailConfig:
    """A mail server that takes our letters.

    Attributes:
        host: its name.
        sender: the address that letters come from.
        port: 587 where left out; 465 with ``tls``.
        security: ``starttls`` (a must, never given up silently), ``tls`` from the start, or ``none``.
        user: for servers that want one; empty for none.
        password: its password; never shown.
        to: addresses, with commas, that get what is for no person; empty where everything is for somebody.
        ca_file: certificates to trust besides the system's; empty for none.
        timeout: how long one letter may take in all (seconds), at most 5.

    Raises:
        ValueError: a value cannot be right; the text repeats no secret.

    >>> EmailConfig(host="mail.example", sender="aright@example.org").at_port
    587
    """

    host: str
    sender: str
    port: int = 0
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    to: str = ""
    ca_file: str = ""
    timeout: float = 5.0

    def __post_init__(self) -> None:
        if not self.host or any(sign.isspace() or sign == "/" for sign in self.host):
            raise ValueError("the mail server's host must be a name or an address, without https://")
        if self.security not in SECURITIES:
            raise ValueError(f"security must be one of {', '.join(SECURITIES)}, not {self.security[:40]!r}")
        if not 0 <= self.port < 65_536:
            raise ValueError(f"the mail server's port must be below 65536, not {self.port}")
        if self.user and self.security == "none":
            raise ValueError("a password must not go over an open line: set security to starttls or tls")
        if not 0 < self.timeout <= 5:
            raise ValueError(f"the mail timeout must be above 0 and at most 5 s, not {self.timeout:g}")
        for address in (self.sender, *self.room):
            if not is_address(address):
                raise ValueError(f"{address[:80]!r} is no e-mail address: write name@example.org")

    @property
    def at_port(self) -> int:
        """Return the port that is asked."""
        return self.port or (465 if self.security == "tls" else 587)

    @property
    def room(self) -> tuple[str, ...]:
        """Return the addresses of what is for no person."""
        return tuple(each.strip() for each in self.to.split(",") if each.strip())


def is_address(text: str) -> bool:
    r"""Return whether it is one plain address.

    >>> is_address("ada@example.org"), is_address("ada"), is_address("a@b\\nBcc: c@d")
    (True, False, False)
    """
    if parseaddr(text)[1] != text or any(ord(sign) < 33 for sign in text):
        return False
    try:
        parsed = Address(addr_spec=text)
    except (ValueError, IndexError):  # a local part alone breaks the parser
        return False
    return bool(parsed.username and parsed.domain)
