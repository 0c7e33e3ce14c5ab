"""What alerts do with a service's days, good and bad, as Prometheus itself would judge them."""
