"""What the user means: the App, a frozen value without open questions."""

from microservice_operator.model.app import App, Manifest, Mode, Port, Probes
from microservice_operator.model.kinds import Kind
from microservice_operator.model.understand import understand

__all__ = ["App", "Kind", "Manifest", "Mode", "Port", "Probes", "understand"]
