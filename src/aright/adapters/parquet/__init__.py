"""Segments as Parquet files on local disk."""

from aright.adapters.parquet.segments import ParquetSegments
from aright.adapters.parquet.settings import ParquetSettings

__all__ = ["ParquetSegments", "ParquetSettings"]
