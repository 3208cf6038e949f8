"""The post-mortem: five whys, fishbone, timeline."""
