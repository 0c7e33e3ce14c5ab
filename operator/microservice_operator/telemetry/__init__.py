"""Metrics and logs. The only importer of `prometheus_client`."""
