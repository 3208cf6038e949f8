from __future__ import annotations

import hashlib

from aright.web.assets import FOLDER, asset_url, assets

VENDOR = FOLDER / "vendor"


def test_vendored_files_are_the_ones_that_were_looked_at():
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    listed = {name: expected for expected, name in (line.split("  ", 1) for line in lines)}
    there = {path.name for path in VENDOR.iterdir() if path.name != "SHA256SUMS"}

    assert set(listed) == there
    for name, expected in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected, name


def test_every_vendored_program_has_its_licence():
    for path in VENDOR.glob("*.js"):
        licence = VENDOR / (path.name.removesuffix(".min.js") + ".LICENSE")
        assert licence.read_text().strip(), path.name


def test_the_address_changes_with_the_content():
    asset = assets()["app.css"]

    assert asset_url("app.css") == f"/static/app.css?v={hashlib.sha256(asset.body).hexdigest()[:16]}"


def test_our_own_files_ask_for_nothing_elsewhere():
    for name, asset in assets().items():
        if not name.startswith("vendor/"):
            text = asset.body.decode()
            assert "//" not in text.replace("http://www.w3.org/2000/svg", ""), name
            assert "innerHTML" not in text, name
            assert "eval(" not in text, name
