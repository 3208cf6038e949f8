"""Where it is read how versions were made, in catalog files: read, and mistakes told by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.core.model.training import Training


def read(folder: Path, training: str) -> tuple[list[Training | None], list[str]]:
    file = folder / "aright.yaml"
    file.write_text(f"services:\n  - name: shop\n    training: {{{training}}}\n")
    catalog = YamlCatalog().read([file], {})
    return [each.training for each in catalog.services], [str(each) for each in catalog.findings]


def test_a_registry_is_read(tmp_path: Path) -> None:
    told = "mlflow: 'https://mlflow.example', model: ranker, bearer_token_file: /run/token"

    assert read(tmp_path, told) == (
        [Training(mlflow="https://mlflow.example", model="ranker", bearer_token_file="/run/token")],
        [],
    )


def test_weights_and_biases_is_read_from_its_server_and_from_files(tmp_path: Path) -> None:
    told = "wandb: 'https://api.wandb.ai', project: eye/labels, api_key_file: /run/key, version_key: model"

    assert read(tmp_path, told) == (
        [
            Training(
                wandb="https://api.wandb.ai",
                project="eye/labels",
                api_key_file="/run/key",
                version_key="model",
            )
        ],
        [],
    )
    assert read(tmp_path, "wandb_dir: /srv/runs") == ([Training(wandb_dir="/srv/runs")], [])


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ("model: ranker", "mlflow"),
        ("mlflow: 'mlflow.example'", "no web address"),
        ("mlflow: 'https://ada:secret@mlflow.example'", "has a name or password in it"),
        ("mlflow: 'https://x', bearer_token_file: a, basic_auth_file: b", "has a token and a password"),
        ("mlflow: 'https://x', project: p", "names no project"),
        ("wandb: 'https://x'", "project"),
        ("wandb: 'https://x', project: a/b, wandb_dir: y", "says wandb and wandb_dir"),
        ("mlflow: 'https://x', projekt: p", "projekt"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, training: str, said: str) -> None:
    _, findings = read(tmp_path, training)

    assert len(findings) == 1
    assert said in findings[0]
    assert "aright.yaml:3" in findings[0]


def test_the_how_to_is_right(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "training-runs.md").read_text()
    file = tmp_path / "aright.yaml"
    file.write_text(text.split("```yaml\n")[1].split("```")[0])
    catalog = YamlCatalog().read([file], {})

    assert [str(each) for each in catalog.findings] == []
    places = {each.key: each.training.place for each in catalog.services if each.training is not None}
    assert places == {
        "shop": "https://mlflow.internal",
        "eye": "https://api.wandb.ai",
        "babel": "/srv/runs",
    }
