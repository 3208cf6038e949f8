"""What others answer, made fit to be shown: short, and without signs that do something."""

from __future__ import annotations


def harmless(told: bytes | str, most: int = 300) -> str:
    r"""Return a foreign answer as one line of at most ``most`` characters.

    >>> harmless(b"no \x1b[31mway\r\n\r\nout \xff")
    'no [31mway out �'
    """
    text = told[: 4 * most].decode("utf-8", "replace") if isinstance(told, bytes) else told[: 4 * most]
    plain = "".join(each if each.isprintable() else " " if each.isspace() else "" for each in text)
    return " ".join(plain.split())[:most]
