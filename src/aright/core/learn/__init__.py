"""The post-mortem: five whys, fishbone, timeline."""

from aright.core.learn.post_mortem import write_post_mortem

__all__ = ["write_post_mortem"]
