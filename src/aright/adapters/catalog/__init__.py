"""The catalog in YAML files: aright's own and OpenSLO v1."""

from aright.adapters.catalog.files import YamlCatalog

__all__ = ["YamlCatalog"]
