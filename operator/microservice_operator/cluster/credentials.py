"""Credentials as kubectl finds them, or those of the pod that we run in."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from kubernetes.aio import config
from kubernetes.aio.client import Configuration

from microservice_operator.errors import OperatorError

# What the client lets through when a kubeconfig is not what it expects.
MALFORMED = (yaml.YAMLError, LookupError, TypeError, ValueError, OSError)
IN_POD = "KUBERNETES_SERVICE_HOST"


class NoCredentials(OperatorError):
    """There is no way to reach a cluster from here."""


async def load() -> Configuration:
    """Read the credentials afresh: files and tokens change while the process lives."""
    configuration = Configuration(
        # A look into environment and netrc for each request costs more than the request itself.
        client_session_kwargs={"trust_env": False},
        # The limiter bounds the requests; watches stay open and must not use up the connections.
        connection_pool_maxsize=0,
    )
    try:
        if IN_POD in os.environ and "KUBECONFIG" not in os.environ:
            config.load_incluster_config(configuration)  # type: ignore[no-untyped-call]
        else:
            _must_exist()
            await config.load_kube_config(  # type: ignore[no-untyped-call]  # the client's gap
                client_configuration=configuration
            )
    except (config.ConfigException, *MALFORMED) as error:
        what = str(error) or type(error).__name__
        raise NoCredentials(
            f"no credentials: {what}; set KUBECONFIG, or run in a pod with a service account"
        ) from error
    return configuration


async def authorization(configuration: Configuration) -> dict[str, str]:
    """The header that proves who we are; empty when a client certificate does."""
    try:
        token = await configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
    except config.ConfigException as error:
        raise NoCredentials(f"the token cannot be renewed: {error}") from error
    return {"Authorization": token} if token else {}


def _must_exist() -> None:
    """A kubeconfig that is named must be there: the client would say something else."""
    named = [Path(name) for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    if named and not any(path.expanduser().exists() for path in named):
        raise NoCredentials(f"no credentials: {os.environ['KUBECONFIG']} does not exist")
