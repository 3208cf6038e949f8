"""The ``split_clients`` block that nginx includes: written whole, read back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.core.mitigate.shares import parts
from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import NginxTraffic

WHOLE: Final = 10_000
"""nginx takes percentages with two decimals."""

_WORD: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_KEY: Final = re.compile(r"[A-Za-z0-9_$.:{}-]{1,200}")
_VARIABLE: Final = re.compile(r"\$[A-Za-z0-9_]{1,100}")
_HEAD: Final = "# Written by aright: what is changed here is lost.\n"


def block(at: NginxTraffic, share: float) -> str:
    """Return the file for a share; raises ``TrafficError`` for words that nginx would read otherwise.

    >>> from aright.core.model.rollout import NginxTraffic
    >>> at = NginxTraffic(file="f", variable="$to", stable="old", canary="new", pid_file="p")
    >>> print(block(at, 0.05))
    # Written by aright: what is changed here is lost.
    split_clients "$remote_addr" $to {
        5.00% new;
        * old;
    }
    <BLANKLINE>
    """
    _check(at)
    some = parts(share, WHOLE)
    rest = at.canary if some == WHOLE else at.stable
    part = f"    {some / 100:.2f}% {at.canary};\n" if 0 < some < WHOLE else ""
    return f'{_HEAD}split_clients "{at.key}" {at.variable} {{\n{part}    * {rest};\n}}\n'


def share_of(at: NginxTraffic, text: str) -> float:
    """Return the share that a file says; raises ``TrafficError`` where it is not of ``block``'s form.

    >>> from aright.core.model.rollout import NginxTraffic
    >>> at = NginxTraffic(file="f", variable="$to", stable="old", canary="new", pid_file="p")
    >>> share_of(at, block(at, 0.05)), share_of(at, block(at, 1.0))
    (0.05, 1.0)
    """
    _check(at)
    form = re.compile(
        rf"split_clients\s+\"?{re.escape(at.key)}\"?\s+{re.escape(at.variable)}\s*{{\s*"
        rf"(?:(?P<some>\d{{1,3}}(?:\.\d{{1,2}})?)%\s+{re.escape(at.canary)}\s*;\s*)?"
        rf"\*\s+(?P<rest>{re.escape(at.stable)}|{re.escape(at.canary)})\s*;\s*}}"
    )
    plain = re.sub(r"#[^\n]*", "", text).strip()
    found = form.fullmatch(plain)
    if found is None:
        raise TrafficError(
            f"{harmless(at.file)} is not one split_clients block of {at.key} to {at.variable} between "
            f"{at.canary} and "
            f"{at.stable}: it would be lost. Write "
            f"`{' '.join(block(at, 0.0).partition(_HEAD)[2].split())}` into it.",
            permanent=True,
        )
    if found["rest"] == at.canary and at.canary != at.stable:
        return 1.0
    return min(float(found["some"] or 0) / 100, 1.0)


def _check(at: NginxTraffic) -> None:
    for form, word in (
        (_VARIABLE, at.variable),
        (_KEY, at.key),
        (_WORD, at.stable),
        (_WORD, at.canary),
    ):
        if not form.fullmatch(word):
            raise TrafficError(
                f"{harmless(word, 80)!r} cannot stand in nginx's configuration as it is. Mend it in "
                "the catalog.",
                permanent=True,
            )
