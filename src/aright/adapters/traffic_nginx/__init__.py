"""Traffic split by a file of nginx's, and a reload."""

from aright.adapters.traffic_nginx.splitting import NginxSplit

__all__ = ["NginxSplit"]
