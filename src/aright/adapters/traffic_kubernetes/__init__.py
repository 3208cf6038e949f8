"""Traffic split by objects of Kubernetes: KServe's InferenceService, and Argo's Rollout."""

from aright.adapters.traffic_kubernetes.argo import ArgoRollouts
from aright.adapters.traffic_kubernetes.kserve import KserveCanary

__all__ = ["ArgoRollouts", "KserveCanary"]
