"""The demo in a mesh: what `make demo-mesh` shows."""
