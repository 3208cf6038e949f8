"""Traffic split by weights of HAProxy's servers."""

from aright.adapters.traffic_haproxy.weighing import HaproxyWeights

__all__ = ["HaproxyWeights"]
