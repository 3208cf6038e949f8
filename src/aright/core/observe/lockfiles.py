"""Lock files: which version of which library was installed, and what differs between two of them.

Read by what each tool writes: pip's requirements, ``uv.lock``, ``poetry.lock``, ``pdm.lock``, ``pylock.toml``
(PEP 751), ``Pipfile.lock``, ``package-lock.json`` (all versions), ``pnpm-lock.yaml`` (5 to 9), ``yarn.lock``,
``Cargo.lock`` and ``go.sum``. A library that is locked in several versions at once has all of them.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

LARGEST: Final = 64 << 20
"""Bytes of a lock file."""

Pins: TypeAlias = "Iterable[tuple[str, str]]"
"""Names with versions, of any order."""

_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"

_REQUIREMENT: Final = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:@\s*(\S+)|\(?\s*([=<>!~][^;#\\]*?)\)?)?\s*(?:[;#\\].*)?"
)
_PYTHON_NAME: Final = re.compile(r"[-_.]+")
_PNPM: Final = re.compile(r"/?((?:@[^/@]+/)?[^/@]+)[@/]([^(_/@]+)")
_YARN_HEAD: Final = re.compile(r'"?((?:@[^@/"]+/)?[^@/",]+)@')
_YARN_VERSION: Final = re.compile(r'\s+version:?\s+"?([^"\s]+)"?')
_OWN: Final = frozenset({"editable", "virtual", "directory"})
"""Sources of what is not installed from elsewhere: the project itself, and its neighbours."""

_NUMBERS: Final = re.compile(r"\d+")


class UnknownLockError(ValueError):
    """The file is none of a known tool, or not whole; the text says what to do."""


@dataclass(frozen=True)
class Difference:
    """A library whose version is another one.

    Attributes:
        name: of the library, as its registry spells it.
        before: its version or versions; empty where it was not there.
        after: likewise; empty where it is gone.
    """

    name: str
    before: str
    after: str


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """Return what differs between two lock files, by name.

    >>> differences({"numpy": "2.1", "six": "1.16"}, {"numpy": "2.2", "pandas": "3.0"})[0]
    Difference(name='numpy', before='2.1', after='2.2')
    """
    return [
        Difference(name, before.get(name, ""), after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name, "") != after.get(name, "")
    ]


def read_lock(name: str, text: str) -> dict[str, str]:
    """Return the version of each library; several are joined by commas, the lowest first.

    Args:
        name: the file's name, which tells who wrote it.
        text: what is in it; an empty text locks nothing.

    Raises ``UnknownLockError``.

    >>> read_lock("requirements.txt", "Flask[async]==3.1.0 ; python_version >= '3.9'  # web")
    {'flask': '3.1.0'}
    """
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    reader = _reader(base)
    if len(text) > LARGEST:
        raise UnknownLockError(f"{name} has more than {LARGEST:,} characters: is it a lock file?")
    if not text.strip():
        return {}
    try:
        found: dict[str, set[str]] = {}
        for library, version in reader(text):
            found.setdefault(library, set()).add(version)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError) as error:
        raise UnknownLockError(
            f"{name} cannot be read as what its name says ({str(error).splitlines()[0][:200]}): "
            "give it whole, as its tool wrote it"
        ) from error
    return {library: ", ".join(sorted(found[library], key=_order)) for library in sorted(found)}


def _reader(base: str) -> Callable[[str], Pins]:
    if base in _READERS:
        return _READERS[base]
    if base.endswith((".txt", ".lock.txt", ".in")) or "requirements" in base:
        return _requirements
    if base.startswith("pylock.") and base.endswith(".toml"):
        return _toml
    raise UnknownLockError(
        f"{base} is no lock file that is known: give a requirements file or one of {', '.join(_READERS)}"
    )


def _requirements(text: str) -> Iterator[tuple[str, str]]:
    for line in text.replace("\\\n", " ").splitlines():
        said = line.strip()
        if not said or said.startswith(("#", "-")):
            continue
        said = re.split(r"\s--?\w", said, maxsplit=1)[0]
        found = _REQUIREMENT.fullmatch(said)
        if found is None:
            raise ValueError(f"{said[:80]!r} is no requirement")
        name, address, version = found.groups()
        yield _python(name), (address or version or "any").strip().removeprefix("===").removeprefix("==")


def _toml(text: str) -> Iterator[tuple[str, str]]:
    said = tomllib.loads(text)
    packages = said.get("package", said.get("packages"))
    if packages is None and "version" not in said and "lock-version" not in said:
        raise ValueError("there is no list of packages")
    for package in packages or ():
        source = package.get("source")
        own = isinstance(source, dict) and not _OWN.isdisjoint(source)
        if not own:
            yield package["name"], _version(package)


def _cargo(text: str) -> Iterator[tuple[str, str]]:
    for package in tomllib.loads(text).get("package", ()):
        if "source" in package:  # the others are the workspace itself
            yield package["name"], _version(package)


def _python_toml(text: str) -> Iterator[tuple[str, str]]:
    for name, version in _toml(text):
        yield _python(name), version


def _version(package: Mapping[str, _Json]) -> str:
    """Return a version; what comes from a repository has its commit behind it."""
    source = package.get("source")
    address = source.get("git", source.get("url", "")) if isinstance(source, dict) else source
    commit = str(address or "").rpartition("#")[2] if "#" in str(address or "") else ""
    reference = source.get("resolved_reference", "") if isinstance(source, dict) else ""
    commit = (commit or str(reference))[:12]
    version = str(package.get("version", "any"))
    return f"{version}+{commit}" if commit else version


def _pipfile(text: str) -> Iterator[tuple[str, str]]:
    said = json.loads(text)
    for group in ("default", "develop"):
        for name, package in said.get(group, {}).items():
            version = package.get("version") or package.get("ref") or "any"
            yield _python(name), version.removeprefix("==")


def _npm(text: str) -> Iterator[tuple[str, str]]:
    said = json.loads(text)
    if "packages" not in said and "dependencies" not in said and "lockfileVersion" not in said:
        raise ValueError("there are no packages")
    if "packages" in said:
        for path, package in said["packages"].items():
            name = path.rpartition("node_modules/")[2]
            if "node_modules/" in path and not package.get("link"):
                yield package.get("name", name), package.get("version", "any")
        return
    waiting = [said.get("dependencies", {})]
    while waiting:
        for name, package in waiting.pop().items():
            yield name, package.get("version", "any")
            waiting.append(package.get("dependencies", {}))


def _pnpm(text: str) -> Iterator[tuple[str, str]]:
    said = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe one in C
    if "lockfileVersion" not in said:
        raise ValueError("there is no lockfileVersion")
    for key in said.get("packages") or {}:
        found = _PNPM.match(key)
        if found:
            yield found[1], found[2]


def _yarn(text: str) -> Iterator[tuple[str, str]]:
    name = ""
    for line in text.splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            head = _YARN_HEAD.match(line)
            name = head[1] if head else ""
        elif name and (version := _YARN_VERSION.fullmatch(line)):
            yield name, version[1]
            name = ""


def _go(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        module, version, *_ = line.split()
        if not version.endswith("/go.mod"):
            yield module, version


_READERS: Final[dict[str, Callable[[str], Pins]]] = {
    "requirements.txt": _requirements,
    "uv.lock": _python_toml,
    "poetry.lock": _python_toml,
    "pdm.lock": _python_toml,
    "pylock.toml": _python_toml,
    "pipfile.lock": _pipfile,
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "pnpm-lock.yaml": _pnpm,
    "yarn.lock": _yarn,
    "cargo.lock": _cargo,
    "go.sum": _go,
}


def _python(name: str) -> str:
    """Return a name as PEP 503 normalises it."""
    return _PYTHON_NAME.sub("-", name).lower()


def _order(version: str) -> tuple[list[int], str]:
    """Return what sorts versions as people do: by their numbers, then by their text."""
    return [int(number) for number in _NUMBERS.findall(version)[:8]], version
