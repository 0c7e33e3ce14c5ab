"""Public paths, as the service sees them: the proxy that asks for tokens stands behind the route.

A path is one path, or all below it if it ends in `/*`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from microservice_operator.model.exposure import Route

EVERYTHING = "/*"
# Some applications take what is encoded here, or what follows a ';', for other segments of the path
# than proxies do: `/public/..%2fprivate` is no public path to them.
PLAIN = r"([^?%;]|%([013-46-9A-Fa-f][0-9A-Fa-f]|2[0-9A-Ea-e]|5[0-9ABD-Fabd-f]))*(\?.*)?"


def common(one: str, other: str) -> str | None:
    """The paths that are both."""
    if _covers(one, other):
        return other
    return one if _covers(other, one) else None


def seen(public: Sequence[str], routes: Sequence[Route], at: str) -> tuple[str, ...]:
    """What the service sees of the public paths.

    Raises:
        Invalid: it would see the same for paths that are not public.
    """
    served = [route for route in routes if not route.redirect]
    found = dict.fromkeys(
        there for route in served for path in public for there in _images(path, route)
    )
    for path in found:
        for route in served:
            for asked in _origins(path, route):
                if not _is_public(asked, public):
                    raise Invalid(
                        f"{at}.auth.publicPaths: cannot hold behind the rewrite of the route "
                        f"`{route.name}`: the service sees {path} for {asked} as well; make that "
                        "public too, or rewrite it to another path"
                    )
    return tuple(found)


def _covers(wide: str, narrow: str) -> bool:
    if wide.endswith("*"):
        return narrow.removesuffix("*").startswith(wide[:-1])
    return wide == narrow


def _is_public(path: str, public: Sequence[str]) -> bool:
    """A slash at the end makes no other path of one."""
    return any(_covers(each, path) for each in public) or path.rstrip("/") in public


def _images(path: str, route: Route) -> Iterator[str]:
    """What becomes of the part of a public path that a route takes."""
    match = route.match.path
    if match.kind == "prefix":
        old, new = _base(match.value), _base(route.new_path or match.value)
        for there in _moved(path, old, new):
            yield f"{new}/" if there == new and not old else there  # what is below `/` is after it
    elif match.kind == "exact":
        if _covers(path, match.value):
            yield route.new_path or match.value
    elif not route.new_path or path == EVERYTHING:
        yield route.new_path or path


def _origins(path: str, route: Route) -> Iterator[str]:
    """What was asked for where the service sees a path; of an expression nobody knows."""
    match = route.match.path
    if match.kind == "prefix":
        new = route.new_path or match.value
        yield from _moved(path, _base(new), _base(match.value))
    elif route.new_path and not _covers(path, route.new_path):
        return
    elif match.kind == "regex":
        yield EVERYTHING if route.new_path else path
    elif route.new_path or _covers(path, match.value):
        yield match.value


def _moved(path: str, old: str, new: str) -> Iterator[str]:
    """The part of the paths at and below `old`, at and below `new`."""
    for whole in dict.fromkeys((old or "/", f"{old}/*")):
        part = common(path, whole)
        if part is not None:
            rest = "" if part == (old or "/") else part[len(old) :]
            yield f"{new}{rest}" or "/"


def _base(prefix: str) -> str:
    """A prefix without the slash at its end, so that what is below can be put after it."""
    return prefix.rstrip("/")
