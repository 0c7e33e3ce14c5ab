"""The command line of the operator."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from pathlib import Path

import click

from microservice_operator import __version__
from microservice_operator.errors import OperatorError
from microservice_operator.handlers import process, trial
from microservice_operator.telemetry import logs

NAMESPACE = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"


def _lease(_: click.Context, __: click.Parameter, lease: str | None) -> str | None:
    """A namespace and the name of a Lease in it."""
    if lease and not re.fullmatch(rf"{NAMESPACE}/[a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?", lease):
        raise click.BadParameter(f"{lease!r} is no Lease: a namespace, '/' and a name")
    return lease


def _namespaces(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names that namespaces can have; anything else would be watched in vain."""
    for name in names:
        if not re.fullmatch(NAMESPACE, name):
            allowed = "lower-case letters, digits and '-', at most 63 characters"
            raise click.BadParameter(f"{name!r} is no name of a namespace: {allowed}")
    return names


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="microservice-operator")
def main() -> None:
    """Turn Microservice objects into everything that a well-run microservice needs."""


@main.command()
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    multiple=True,
    callback=_namespaces,
    metavar="NS",
    help="Serve this namespace only; may be given several times. Default: all namespaces.",
)
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The platform's settings, read again when they change: defaults for all Microservices.",
)
@click.option(
    "--lease",
    callback=_lease,
    metavar="NS/NAME",
    help="Act only while holding this Lease, so that several operators can run side by side.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    metavar="N",
    help="Port of /metrics, /healthz and /readyz; 0 serves none of them.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    help="Default: text on a terminal, else json.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Least level of what is logged.",
)
def run(
    namespaces: tuple[str, ...],
    settings: Path | None,
    lease: str | None,
    metrics_port: int,
    log_format: str | None,
    log_level: str,
) -> None:
    """Run the operator with the credentials that kubectl would use, or with those of the pod."""
    form = log_format or ("text" if sys.stderr.isatty() else "json")
    logs.configure("json" if form == "json" else "text", log_level)
    try:
        process.run(process.Options(namespaces, settings, metrics_port, lease or ""))
    except OperatorError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        logging.getLogger(__name__).debug("cannot start", exc_info=error)
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("-n", "--namespace", required=True, metavar="NS", help="Where to try it.")
@click.option(
    "--image",
    required=True,
    metavar="IMAGE",
    help="The operator's own image: it holds all that the Microservice runs.",
)
@click.option(
    "--pull-secret",
    "pull_secrets",
    multiple=True,
    metavar="NAME",
    help="Secret with the credentials for its registry; may be given several times.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait.",
)
def selftest(namespace: str, image: str, pull_secrets: tuple[str, ...], timeout: float) -> None:
    """Create a Microservice, wait until it is Ready, and delete it; `helm test` runs this."""
    try:
        name = asyncio.run(trial.selftest(namespace, image, pull_secrets, timeout))
    except OperatorError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Microservice/{name} was Ready: the operator works.")


if __name__ == "__main__":
    main()
