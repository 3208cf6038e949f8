from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.observe.lockfiles import LARGEST, Difference, UnknownLockError, differences, read_lock

REQUIREMENTS = """\
# made by a tool
-r base.txt
--index-url https://pypi.org/simple
numpy==2.2.1 \\
    --hash=sha256:0123 \\
    --hash=sha256:4567
Flask_Login[async,extra]==0.6.3 ; python_version >= "3.9"  # via web
pandas==2.2.0 ; python_version < "3.11"
pandas==3.0.0 ; python_version >= "3.11"
requests>=2.31,<3
pip @ https://example.com/pip-24.0.zip --hash=sha256:89
six
"""
UV = """\
version = 1
requires-python = ">=3.11"
[[package]]
name = "numpy"
version = "2.2.1"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "Some_Lib"
version = "1.0"
source = { git = "https://github.com/x/y?rev=main#0123456789abcdef" }
[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
"""
POETRY = """\
[[package]]
name = "numpy"
version = "2.2.1"
[[package]]
name = "lib"
version = "1.0"
[package.source]
type = "git"
url = "https://github.com/x/y"
resolved_reference = "fedcba9876543210"
[metadata]
lock-version = "2.0"
"""
PYLOCK = 'lock-version = "1.0"\n[[packages]]\nname = "numpy"\nversion = "2.2.1"\n'
PIPFILE = """{"_meta": {}, "default": {"numpy": {"version": "==2.2.1"}},
  "develop": {"lib": {"ref": "abc", "git": "u"}}}"""
NPM = """{"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "shop", "version": "1.0.0"},
  "node_modules/@types/ms": {"version": "0.7.34"},
  "node_modules/debug": {"version": "4.3.4"},
  "node_modules/send/node_modules/debug": {"version": "2.6.9"},
  "node_modules/alias": {"name": "real", "version": "1.0.0"},
  "node_modules/own": {"resolved": "packages/own", "link": true},
  "packages/own": {"version": "0.0.1"}}}"""
NPM_1 = """{"name": "shop", "lockfileVersion": 1, "dependencies": {
  "debug": {"version": "4.3.4", "dependencies": {"ms": {"version": "2.1.2"}}}, "ms": {"version": "2.0.0"}}}"""
PNPM_9 = """\
lockfileVersion: '9.0'
packages:
  '@types/ms@0.7.34':
    resolution: {integrity: sha512-x}
  debug@4.3.4(supports-color@8.1.1):
    resolution: {integrity: sha512-y}
"""
PNPM_6 = """\
lockfileVersion: '6.0'
packages:
  /@types/ms@0.7.34:
    dev: true
  /debug@4.3.4(x@1.0.0):
    dev: false
"""
PNPM_5 = """\
lockfileVersion: 5.4
packages:
  /@types/ms/0.7.34:
    dev: true
  /debug/4.3.4_x@1.0.0:
    dev: false
"""
YARN_1 = """\
# yarn lockfile v1


"@types/ms@0.7.34":
  version "0.7.34"
  resolved "https://registry/x"

debug@4.3.4, debug@^4.0.0:
  version "4.3.4"
  dependencies:
    ms "2.1.2"
"""
YARN_4 = """\
__metadata:
  version: 8

"@types/ms@npm:0.7.34":
  version: 0.7.34
  resolution: "@types/ms@npm:0.7.34"

"debug@npm:4.3.4, debug@npm:^4.0.0":
  version: 4.3.4
"""
CARGO = """\
version = 4
[[package]]
name = "serde"
version = "1.0.200"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "serde"
version = "0.9.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "shop"
version = "0.1.0"
"""
GO = """\
golang.org/x/text v0.3.7 h1:abc=
golang.org/x/text v0.3.7/go.mod h1:def=
golang.org/x/text v0.14.0/go.mod h1:ghi=
"""


@pytest.mark.parametrize(
    ("name", "text", "locked"),
    [
        (
            "requirements.txt",
            REQUIREMENTS,
            {
                "flask-login": "0.6.3",
                "numpy": "2.2.1",
                "pandas": "2.2.0, 3.0.0",
                "pip": "https://example.com/pip-24.0.zip",
                "requests": ">=2.31,<3",
                "six": "any",
            },
        ),
        ("deploy/requirements-prod.lock", "numpy==2.2.1", {"numpy": "2.2.1"}),
        ("constraints.txt", "numpy===2.2.1", {"numpy": "2.2.1"}),
        ("uv.lock", UV, {"numpy": "2.2.1", "some-lib": "1.0+0123456789ab"}),
        ("poetry.lock", POETRY, {"lib": "1.0+fedcba987654", "numpy": "2.2.1"}),
        ("pdm.lock", POETRY, {"lib": "1.0+fedcba987654", "numpy": "2.2.1"}),
        ("pylock.toml", PYLOCK, {"numpy": "2.2.1"}),
        ("pylock.prod.toml", PYLOCK, {"numpy": "2.2.1"}),
        ("Pipfile.lock", PIPFILE, {"lib": "abc", "numpy": "2.2.1"}),
        ("package-lock.json", NPM, {"@types/ms": "0.7.34", "debug": "2.6.9, 4.3.4", "real": "1.0.0"}),
        ("npm-shrinkwrap.json", NPM_1, {"debug": "4.3.4", "ms": "2.0.0, 2.1.2"}),
        ("pnpm-lock.yaml", PNPM_9, {"@types/ms": "0.7.34", "debug": "4.3.4"}),
        ("pnpm-lock.yaml", PNPM_6, {"@types/ms": "0.7.34", "debug": "4.3.4"}),
        ("pnpm-lock.yaml", PNPM_5, {"@types/ms": "0.7.34", "debug": "4.3.4"}),
        ("yarn.lock", YARN_1, {"@types/ms": "0.7.34", "debug": "4.3.4"}),
        ("yarn.lock", YARN_4, {"@types/ms": "0.7.34", "debug": "4.3.4"}),
        ("Cargo.lock", CARGO, {"serde": "0.9.1, 1.0.200"}),
        ("go.sum", GO, {"golang.org/x/text": "v0.3.7"}),
        ("poetry.lock", "", {}),
    ],
)
def test_each_tool_s_lock_is_read(name: str, text: str, locked: dict[str, str]) -> None:
    assert read_lock(name, text) == locked


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.md", "numpy==1"),
        ("uv.lock", "name = 'x'"),
        ("uv.lock", "[[package]]\nversion = '1'"),
        ("uv.lock", "= ["),
        ("package-lock.json", "[]"),
        ("package-lock.json", "{}"),
        ("package-lock.json", '{"packages": {"node_modules/a": 7}}'),
        ("package-lock.json", "[" * 100_000),
        ("pnpm-lock.yaml", "a: b"),
        ("pnpm-lock.yaml", "lockfileVersion: 9\npackages: [1]: {"),
        ("pnpm-lock.yaml", "!!python/object/apply:os.system [echo]"),
        ("requirements.txt", "<html>"),
        ("go.sum", "one"),
        ("requirements.txt", "a" * (LARGEST + 1)),
    ],
)
def test_what_is_no_lock_says_so(name: str, text: str) -> None:
    with pytest.raises(UnknownLockError, match=name.rpartition("/")[2]):
        read_lock(name, text)


def test_what_differs() -> None:
    before = {"numpy": "2.1", "six": "1.16", "idna": "3.4"}
    assert differences(before, {"numpy": "2.2", "idna": "3.4", "pandas": "3.0"}) == [
        Difference("numpy", "2.1", "2.2"),
        Difference("pandas", "", "3.0"),
        Difference("six", "1.16", ""),
    ]
    assert differences(before, before) == []


@given(
    st.sampled_from(["requirements.txt", "uv.lock", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"]),
    st.text(max_size=80),
)
@settings(deadline=None, max_examples=150)
def test_nothing_else_is_ever_raised(name: str, text: str) -> None:
    try:
        found = read_lock(name, text)
    except UnknownLockError:
        return
    assert all(isinstance(version, str) for version in found.values())
