"""The demo: what `make demo` shows to a newcomer, and `make down` takes away."""
