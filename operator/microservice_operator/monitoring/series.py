"""The series by which the mesh counts the requests of an app, as queries name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microservice_operator.model import App

REQUESTS = "istio_requests_total"
DURATION = "istio_request_duration_milliseconds"
# The codes of gRPC that stand for a failure of the service, and not for one of its caller: unknown,
# deadline exceeded, unimplemented, internal, unavailable, data loss. Its HTTP code is always 200.
GRPC_FAILURES = "2|4|12|13|14|15"
# No pod can count what callers could not hand to any: no healthy host, no connection, too much at
# once; nor does it count what was given up on while it still worked, but as a caller who has left.
UNANSWERED = "(.*,)?(UH|UF|UO|UT)(,.*)?"
LEFT = "DC"


def arrived(app: App, metric: str = REQUESTS, *more: str) -> str:
    """What the proxies of the pods have counted: of all versions, under whatever host."""
    return _series(
        metric,
        'reporter="destination"',
        f'destination_canonical_service="{app.name}"',
        f'destination_workload_namespace="{app.namespace}"',
        *more,
    )


def answered(app: App, metric: str = REQUESTS, *more: str) -> str:
    """Those of them for whose answer the caller has waited."""
    return arrived(app, metric, f'response_flags!="{LEFT}"', *more)


def failed(app: App) -> tuple[str, ...]:
    """Those that were answered with an error of the service, each in one of the series."""
    failures = [answered(app, REQUESTS, 'response_code=~"5.."')]
    if any(port.protocol == "GRPC" for port in app.ports):
        grpc = f'grpc_response_status=~"{GRPC_FAILURES}"'
        failures.append(answered(app, REQUESTS, 'response_code!~"5.."', grpc))
    return tuple(failures)


def unanswered(app: App) -> str:
    """What the proxies of callers have counted, and no pod has answered."""
    names = "|".join(track.title for track in app.tracks)
    return _series(
        REQUESTS,
        'reporter="source"',
        f'destination_service_name=~"{names}"',
        f'destination_service_namespace="{app.namespace}"',
        f'response_flags=~"{UNANSWERED}"',
    )


def rate(*series: str, over: str = "5m") -> str:
    """How many there are in a second, all together; none is 0."""
    return " + ".join(f"(sum(rate({each}[{over}])) or vector(0))" for each in series)


def _series(metric: str, *labels: str) -> str:
    return f"{metric}{{{','.join(labels)}}}"
