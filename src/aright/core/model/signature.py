"""The signature by which a service knows that an order is aright's, and recent."""

from __future__ import annotations

import hashlib
import hmac


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return ``v1=`` and the hex HMAC-SHA256 of timestamp, a point and the body, under the secret.

    >>> sign("s3cret", "1700000000", b"{}")[:11]
    'v1=97926816'
    """
    signed = timestamp.encode() + b"." + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
