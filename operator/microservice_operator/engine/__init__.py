"""The loop: a queue of keys, one idempotent pass per key, and backoff."""
