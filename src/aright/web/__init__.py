"""Pages, charts and pictures, drawn without a server."""
