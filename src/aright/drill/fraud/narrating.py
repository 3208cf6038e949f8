"""What is told of releases while they are under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.drill.fraud.conductor import Told
    from aright.drill.narrator import Narrator


class Teller:
    """Tells each thing once."""

    def __init__(self) -> None:
        self._said: set[tuple[str, ...]] = set()

    def tell(self, told: Sequence[Told], now: int, narrator: Narrator) -> None:
        """Tell what is new."""
        for one in told:
            for key, text in _news(one):
                if (one.coming.version, key) not in self._said:
                    self._said.add((one.coming.version, key))
                    narrator.tell(now, text)


def _news(one: Told) -> list[tuple[str, str]]:
    version, gate = one.coming.version, one.gate
    found = f"closed: {'; '.join(gate.said) or ', '.join(gate.failed)}" if gate.closed else "open"
    news = [("gate", f"version {version}: the gate is {found}")]
    release = one.release
    if release is None:
        return news
    if one.coming.forced:
        news.append(("forced", f"{release.key}: somebody forces version {version} past all of it"))
    serves = f" with {release.share:.0%} of the cards" if release.state == "canary" else ""
    news.append((f"{release.state} {release.share}", f"{release.key}: {release.state}{serves}{_last(one)}"))
    return news


def _last(one: Told) -> str:
    release = one.release
    if release is None:
        return ""
    if one.over:
        return f": {release.outcome}"
    return f": {release.looks[-1].reason}" if release.looks else ""
