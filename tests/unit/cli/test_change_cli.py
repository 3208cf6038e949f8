"""`aright change tell` before and after the server: what a diff may be, and services that are misspelt."""

from __future__ import annotations

import io

import httpx
import msgspec
import pytest

from aright.cli.main import main


@pytest.fixture
def sent(monkeypatch):
    """Answer as a server that knows two services; return the events it was told."""
    events = []

    def request(method, url, *, content, **_):
        if url.endswith("/v1/services"):
            return httpx.Response(200, content=b'[{"key": "shop"}, {"key": "till"}]')
        events.extend(msgspec.json.decode(content))
        return httpx.Response(200, content=b'{"accepted": 1}')

    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.delenv("ARIGHT_URL", raising=False)
    monkeypatch.setattr(httpx, "request", request)
    return events


def tell(*words, service="shop"):
    with pytest.raises(SystemExit) as left:
        main(["change", "tell", "--service", service, "--kind", "deploy", "--what", "x", *map(str, words)])
    return left.value.code


def test_a_diff_is_sent_as_far_as_it_is_kept(sent, tmp_path, capsys):
    file = tmp_path / "a.diff"
    file.write_text("+ k = 4\n" * 9_000)
    assert tell("--diff", file) == 0
    assert len(sent[0]["data"]["detail"]) == 65_536
    assert f"the first 64 KiB of {file} are kept" in capsys.readouterr().err


def test_what_is_no_text_is_refused_and_not_told(sent, tmp_path, capsys, monkeypatch):
    file = tmp_path / "model.bin"
    file.write_bytes(b"\x00\x01" * 50)
    assert tell("--diff", file) == 2
    assert (
        f"{file} is no text: a diagnosis reads words. Give the output of git diff" in capsys.readouterr().err
    )
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\x7fELF\x00")))
    assert tell("--diff=-") == 2
    assert "what standard input holds is no text" in capsys.readouterr().err
    assert tell("--diff", tmp_path / "none") == 2
    assert not sent


def test_a_service_that_is_misspelt_is_told_of(sent, capsys):
    assert tell(service="shpo") == 0
    assert "no service 'shpo' is in the catalog: did you mean shop?" in capsys.readouterr().err
    assert tell(service="shop") == 0
    assert "no service" not in capsys.readouterr().err
    assert len(sent) == 2


def test_a_server_that_cannot_name_its_services_is_left_alone(sent, capsys, monkeypatch):
    usual = httpx.request

    def request(method, url, **more):
        return httpx.Response(503) if url.endswith("/v1/services") else usual(method, url, **more)

    monkeypatch.setattr(httpx, "request", request)
    assert tell(service="shpo") == 0
    assert capsys.readouterr().err == "told: deploy of shpo\n"
    assert len(sent) == 1
