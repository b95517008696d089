"""SVG, drawn in Python."""
