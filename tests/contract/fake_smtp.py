"""A mail server of one's own: it takes letters, refuses, hangs or drops the line as it is told."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from email.message import EmailMessage


@dataclass
class FakeSmtp:
    """``answers`` replaces what a verb is answered by, ``drop`` cuts the line at a verb."""

    answers: dict[str, str] = field(default_factory=dict)
    drop: str = ""
    silent: str = ""
    tls: ssl.SSLContext | None = None
    letters: list[tuple[tuple[str, ...], EmailMessage]] = field(default_factory=list)
    logins: int = 0
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        fake = self.server.fake
        self._to: list[str] = []
        self._say("220 fake")
        while line := self.rfile.readline(4_096):
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == fake.drop:
                return
            if verb == fake.silent:
                fake.closing.wait()
                return
            if verb in fake.answers:
                self._say(fake.answers[verb])
            else:
                self._do(verb, rest)

    def _do(self, verb: str, rest: str) -> None:
        fake = self.server.fake
        if verb == "EHLO":
            offers = "250-STARTTLS\r\n" if fake.tls and not hasattr(self.request, "cipher") else ""
            self._say(f"250-fake\r\n{offers}250 AUTH PLAIN")
        elif verb == "STARTTLS":
            self._begin_tls()
        elif verb == "AUTH":
            fake.logins += 1
            self._say("235 welcome")
        elif verb == "RCPT":
            self._to.append(rest.partition("<")[2].partition(">")[0])
            self._say("250 ok")
        elif verb == "DATA":
            self._take()
        else:
            self._say("221 bye" if verb == "QUIT" else "250 ok")

    def _begin_tls(self) -> None:
        assert self.server.fake.tls
        self._say("220 go on")
        self.request = self.server.fake.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb")

    def finish(self) -> None:
        """Close what TLS was put around: the server knows the bare socket alone."""
        super().finish()
        self.request.close()

    def _take(self) -> None:
        self._say("354 go on")
        body = b""
        while (each := self.rfile.readline()) != b".\r\n":
            body += each
        made = email.message_from_bytes(body, policy=email.policy.default)
        self.server.fake.letters.append((tuple(self._to), made))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    fake: FakeSmtp

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that goes is what some tests are about."""


@contextmanager
def mailing(fake: FakeSmtp) -> Iterator[FakeSmtp]:
    """Take letters until the block ends."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.fake = fake
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            fake.closing.set()
            server.shutdown()
            thread.join(10)
