from __future__ import annotations

import pytest

from aright.cli.main import app
from docs import generate


@pytest.mark.parametrize("page", sorted(generate.PAGES))
def test_the_reference_is_what_the_code_says(page):
    written = (generate.REFERENCE / page).read_text()

    assert written == generate.HEAD + generate.PAGES[page](), (
        f"docs/reference/{page} is stale: run `make docs`"
    )


def test_a_silent_attribute_is_refused():
    class Silent:
        """Says nothing.

        Attributes:
            told: something.
        """

        told: int
        untold: int

    with pytest.raises(generate.UndocumentedError, match="untold"):
        generate.attributes_of(Silent)


def _commands(app, path=()):
    yield path
    for name in app:
        if not name.startswith("-"):
            yield from _commands(app[name], (*path, name))


def test_every_command_is_in_the_reference():
    groups = {
        ("change",),
        ("contract",),
        ("guard",),
        ("canary",),
        ("release",),
        ("runs",),
        ("silence",),
        ("oncall",),
        ("oncall", "ical"),
        ("heartbeat",),
        ("incident", "role"),
        ("incident", "track"),
        ("incident", "update"),
        ("runbook",),
        ("status",),
        ("slo",),
        ("suite",),
        ("drill",),
        ("token",),
    }
    assert set(_commands(app)) - groups == set(generate.COMMANDS)


def test_every_option_says_what_it_is():
    for path in _commands(app):
        leaf = app
        for name in path:
            leaf = leaf[name]
        for argument in (
            leaf.assemble_argument_collection(parse_docstring=True) if leaf.default_command else ()
        ):
            assert argument.parameter.help, f"aright {' '.join(path)}: {argument.name} says nothing of itself"
