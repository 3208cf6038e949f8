"""A certificate authority made when tests begin: systems that speak https alone are faked under it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


class Authority:
    """One CA and one certificate of it for this machine.

    Attributes:
        ca_file: what a client is to trust (PEM).
        server: the TLS context of whoever plays the system.
        chain: its key and certificate (PEM).
    """

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="test-ca-")
        folder = Path(self._folder.name)
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        name = _named("test authority")
        ca = (
            _certificate(name, name, ca_key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(ca_key, hashes.SHA256())
        )
        here = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        own = (
            _certificate(_named("localhost"), name, key)
            .add_extension(x509.SubjectAlternativeName(here), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        self.chain = folder / "server.pem"
        self.chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + own.public_bytes(serialization.Encoding.PEM)
        )
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(self.chain)

    def client(self) -> ssl.SSLContext:
        """Return what a client trusts: this authority alone."""
        return ssl.create_default_context(cafile=self.ca_file)


@cache
def authority() -> Authority:
    """Return the one of this process."""
    return Authority()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )
