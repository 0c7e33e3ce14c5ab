"""What is asked of Prometheus: the series of an app, its objectives, its dashboard."""
