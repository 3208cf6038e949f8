"""How versions are run, in catalog files: read, mistakes told by line, and nothing run."""

from __future__ import annotations

from pathlib import Path

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.core.model.replay import Replay

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "replay.md"


def read(folder: Path, replay: str, **environment: str) -> tuple[list[Replay | None], list[str]]:
    (folder / "team").mkdir(exist_ok=True)
    file = folder / "aright.yaml"
    file.write_text(f"services:\n  - name: shop\n    replay: {{{replay}}}\n")
    catalog = YamlCatalog().read([file], environment)
    return [each.replay for each in catalog.services], [str(each) for each in catalog.findings]


def test_an_endpoint_is_read_with_its_secret(tmp_path: Path) -> None:
    told = "url: 'https://x/replay', secret: '${KEY}', inputs: payloads, within: 5m, previous: '7'"

    assert read(tmp_path, told, KEY="k") == (
        [
            Replay(
                way="url",
                target="https://x/replay",
                secret="k",
                inputs="payloads",
                seconds=300.0,
                previous="7",
            )
        ],
        [],
    )


def test_models_and_functions_start_from_the_files_folder(tmp_path: Path) -> None:
    (model,), _ = read(tmp_path, "model: 'models/{version}', python: /opt/python")
    (function,), findings = read(tmp_path, "function: 'team.serving:Made.replay', folder: team")

    assert model == Replay(way="model", target="models/{version}", python="/opt/python", folder=str(tmp_path))
    assert function is not None
    assert (function.function, function.folder, findings) == (
        "team.serving:Made.replay",
        str(tmp_path / "team"),
        [],
    )


@pytest.mark.parametrize(
    ("replay", "said"),
    [
        ("inputs: features", "the replay runs nothing"),
        ("url: 'http://x', model: 'm/{version}'", "more than one way"),
        ("model: models/7", "one model"),
        ("function: serving", "names no function"),
        ("url: 'ftp://x'", "no web address"),
        ("url: 'http://x', folder: team", "folder has no meaning beside url"),
        ("function: 'a:b', secret: '${KEY}'", "secret has no meaning beside function"),
        ("function: 'a:b', folder: nowhere", "there is no folder nowhere"),
        ("url: 'http://x', secret: written-out", "secret is written out"),
        ("url: 'http://x', secret: '${MISSING}'", "MISSING is not set"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, replay: str, said: str) -> None:
    _, findings = read(tmp_path, replay, KEY="k")

    assert [each for each in findings if said in each]


def test_the_how_to_is_a_catalog(tmp_path: Path) -> None:
    written = HOW_TO.read_text().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "aright.yaml").write_text(written)
    (tmp_path / "services" / "ranking").mkdir(parents=True)

    catalog = YamlCatalog().read([tmp_path / "aright.yaml"], {"SORTING_REPLAY_SECRET": "s"})

    assert catalog.findings == ()
    ways = {each.replay.way for each in catalog.services if each.replay}
    assert ways == {"url", "model", "function"}
