"""What a pod of the app is made of: its template, its containers, its volumes."""

from microservice_operator.pods.template import template

__all__ = ["template"]
