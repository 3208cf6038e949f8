"""Traffic split by a runtime key of Envoy."""

from aright.adapters.traffic_envoy.runtime import EnvoyRuntime

__all__ = ["EnvoyRuntime"]
