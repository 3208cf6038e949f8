"""`aright runs compare`: runs from files and servers, told in words and in JSON."""

import json
import struct
from zlib import crc32

import pytest

from aright.adapters.wandb_offline.framing import HEADER
from aright.cli.main import main
from tests.contract import fake_wandb


def field(number, kind, body):
    tag = (
        bytes([number << 3 | kind]) if number < 16 else bytes([(number << 3 | kind) & 127 | 128, number >> 4])
    )
    return tag + (bytes([body]) if kind == 0 else bytes([len(body)]) + body)


def recorded(file, rate):
    """Write a finished run of one parameter, by hand."""
    item = field(1, 2, b"rate") + field(16, 2, rate)
    run = field(17, 2, field(1, 2, file.stem.encode()) + field(4, 2, field(1, 2, item)))
    body = HEADER
    for record in (run, field(18, 2, field(1, 0, 0))):
        body += struct.pack("<IHB", crc32(b"\x01" + record), len(record), 1) + record
    file.write_bytes(body)
    return str(file)


def left(capsys, *arguments):
    with pytest.raises(SystemExit) as done:
        main(["runs", "compare", *arguments])
    told = capsys.readouterr()
    return done.value.code, told.out, told.err


def test_files_are_held_against_each_other(tmp_path, capsys):
    one = recorded(tmp_path / "run-a.wandb", b"0.1")
    two = recorded(tmp_path / "run-b.wandb", b"1.0")

    code, out, err = left(capsys, one, two)
    assert (code, out) == (3, "parameter: rate 0.1 → 1.0\n")
    assert err == "run-b (complete) against run-a (complete): 1 difference\n"
    assert left(capsys, one, one)[0] == 0


def test_runs_of_a_server_are_told_as_json(capsys):
    with fake_wandb.serving() as address:
        code, out, _ = left(
            capsys, "wandb:team/eye/aaa", "wandb:team/eye/bbb", "--wandb-url", address, "--json"
        )

    told = json.loads(out)
    assert (code, told["schema"], told["baseline"]["id"], told["run"]["id"]) == (3, 1, "aaa", "bbb")
    kinds = [each["kind"] for each in told["differences"]]
    assert kinds == ["parameter", "curve", "data"]
    assert told["differences"][0]["text"] == "learning_rate 0.1 → 1.0"


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("wandb:eye/aaa", 2, "names no run: it is wandb:ENTITY/PROJECT/RUN"),
        ("mlflow:aaa", 2, "names no run: it is mlflow:ADDRESS/RUN"),
        ("nowhere.wandb", 1, "nowhere.wandb cannot be read"),
        ("mlflow:http://127.0.0.1:9/" + "a" * 32, 1, "cannot be asked"),
    ],
)
def test_what_is_no_run_is_told(capsys, source, code, said):
    found, _, err = left(capsys, source, source)

    assert found == code
    assert said in err


def test_a_run_that_is_not_there_is_told(capsys):
    with fake_wandb.serving() as address:
        code, _, err = left(capsys, "wandb:team/eye/zzz", "wandb:team/eye/aaa", "--wandb-url", address)

    assert (code, err) == (1, "aright: there is no run zzz in team/eye\n")


def test_a_gate_holds_the_candidates_training_against_the_champions(tmp_path, capsys):
    recorded(tmp_path / "run-a.wandb", b"0.1")
    recorded(tmp_path / "run-b.wandb", b"1.0")
    file = tmp_path / "aright-gate.yaml"
    for closes, code in (("[end]", 0), ("[parameter]", 3)):
        file.write_text(f"training: {{candidate: run-b.wandb, champion: run-a.wandb, closes: {closes}}}\n")
        with pytest.raises(SystemExit) as done:
            main(["gate", str(file)])
        assert done.value.code == code
        assert "training: unlike the one before: rate 0.1 → 1.0" in capsys.readouterr().out


def test_a_training_that_cannot_be_read_closes_the_gate(tmp_path, capsys):
    (tmp_path / "aright-gate.yaml").write_text("training: {candidate: none.wandb, champion: none.wandb}\n")
    with pytest.raises(SystemExit) as done:
        main(["gate", str(tmp_path / "aright-gate.yaml")])

    assert done.value.code == 3
    assert "✗ training: could not be run: " in capsys.readouterr().out
