"""The microservice operator: one small object becomes everything a well-run microservice needs."""

__version__ = "0.1.0"
