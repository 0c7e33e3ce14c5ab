// The Prometheus operator, pinned, for the definitions of its kinds.
module microservices.dev/testbed/monitoring

go 1.26.0

require github.com/prometheus-operator/prometheus-operator v0.85.0
