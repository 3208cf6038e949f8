"""Pictures drawn in Python as SVG, so that pages, post-mortems and reports show the same ones."""
