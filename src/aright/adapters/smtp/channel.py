"""Handing letters to a mail server, and telling what may be tried again (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.smtp.config import is_address
from aright.adapters.smtp.letter import letter
from aright.core.model.outlet import Receipt
from aright.core.page.body import read_page
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import EmailMessage

    from aright.adapters.smtp.config import EmailConfig
    from aright.core.model.message import Message
    from aright.ports.channel import Kind, Rate

_LONGEST_ANSWER: Final = 500
_LEAST: Final = 0.01
"""Seconds: a socket's timeout of 0 would mean that it never waits."""


class Email:
    """Sends letters, one connection each; thread-safe.

    Args:
        name: the channel's.
        config: which server.
    """

    kind: Kind = "way"
    takes = frozenset({"trigger", "resolve", "update", "remind"})
    rate: Rate | None = None

    def __init__(self, name: str, config: EmailConfig) -> None:
        self.name = name
        self._config = config

    def deliver(self, message: Message) -> Receipt:
        """Send it to the person's address, else to the channel's own; raises ``DeliveryError``."""
        try:
            page = read_page(message.body)
        except msgspec.MsgspecError as error:
            raise DeliveryError(f"the message is no page: {error}", permanent=True) from error
        to = (page.address,) if page.address else self._config.room
        if not to or not all(is_address(each) for each in to):
            raise DeliveryError(
                f"{page.to or 'the message'} has no e-mail address on {self.name}: "
                "give the person an address, or the channel a `to`",
                permanent=True,
            )
        return self._send(letter(message, page, sender=self._config.sender, to=to), to)

    def _send(self, made: EmailMessage, to: Sequence[str]) -> Receipt:
        until = time.monotonic() + self._config.timeout
        try:
            with self._connected(until) as server:
                refused = server.send_message(made, self._config.sender, list(to))
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refused(error.recipients) from None
        except smtplib.SMTPResponseException as error:
            raise self._answered(error) from None
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(
                f"{self.name}: the mail server {self._config.host} could not be used "
                f"({type(error).__name__}: {str(error)[:200]})",
                permanent=False,
            ) from None
        if refused:
            # Some have it: sending again would tell these twice, and the others never.
            return Receipt(answer=f"sent, but not to {', '.join(sorted(refused))}"[:_LONGEST_ANSWER])
        return Receipt(answer="accepted by the mail server")

    def _connected(self, until: float) -> smtplib.SMTP:
        config = self._config
        context = ssl.create_default_context(cafile=config.ca_file or None)
        server: _Smtp | _SmtpTls
        if config.security == "tls":
            server = _SmtpTls(until, config.host, config.at_port, context)
        else:
            server = _Smtp(until, config.host, config.at_port)
        try:
            if config.security == "starttls":
                server.starttls(context=context)
            if config.user:
                server.login(config.user, config.password)
        except BaseException:
            server.close()
            raise
        return server

    def _answered(self, error: smtplib.SMTPResponseException) -> DeliveryError:
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        about_us = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError)
        wrong = 500 <= error.smtp_code < 600 and not about_us and not isinstance(error, smtplib.SMTPHeloError)
        return DeliveryError(
            f"{self.name}: the mail server answered {error.smtp_code}: {text[:_LONGEST_ANSWER]}",
            permanent=wrong,
        )

    def _refused(self, recipients: dict[str, tuple[int, bytes]]) -> DeliveryError:
        codes = [code for code, _ in recipients.values()]
        code, said = next(iter(recipients.values()))
        text = said.decode("utf-8", "replace")[:_LONGEST_ANSWER]
        return DeliveryError(
            f"{self.name}: the mail server refused {', '.join(sorted(recipients))[:200]} ({code}: {text})",
            permanent=all(500 <= each < 600 for each in codes),
        )


class _Smtp(smtplib.SMTP):
    """A connection that ends at a time, however slowly the server answers: a lease must not run out."""

    def __init__(self, until: float, host: str, port: int) -> None:
        self._until = until
        super().__init__(host, port, timeout=_left(until))

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer within what is left of the time."""
        if self.sock is not None:
            self.sock.settimeout(_left(self._until))
        return super().getreply()


class _SmtpTls(smtplib.SMTP_SSL):
    """The same, by TLS from the start."""

    def __init__(self, until: float, host: str, port: int, context: ssl.SSLContext) -> None:
        self._until = until
        super().__init__(host, port, timeout=_left(until), context=context)

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer within what is left of the time."""
        if self.sock is not None:
            self.sock.settimeout(_left(self._until))
        return super().getreply()


def _left(until: float) -> float:
    return max(until - time.monotonic(), _LEAST)
