"""Traffic split by a signed webhook of the team's own."""

from aright.adapters.traffic_webhook.splitting import WebhookSplit

__all__ = ["WebhookSplit"]
