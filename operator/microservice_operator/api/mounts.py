"""Folders that are mounted into the containers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import text
from microservice_operator.api.scalars import ObjectName, Quantity, ShortName
from microservice_operator.api.schema import Block, Choice, Rule

RESERVED = ("tmp", "files")

# A step of a path that is neither '.' nor '..'; ':' would end the path for a container runtime.
_STEP = r"(\.?[-!-,0-9;-~][!-.0-9;-~]*|\.\.[!-.0-9;-~]+)"
FolderPath = Annotated[
    str,
    text(
        "an absolute path other than '/', without '//', '.', '..', ':', spaces and a '/' at its "
        "end, at most 256 characters",
        longest=256,
        pattern=f"^(/{_STEP})+$",
    ),
]


class Empty(Block):
    """A folder that begins empty and ends with its pod."""

    medium: Literal["Memory"] | None = None
    """Memory in place of the node's disk, counted as the pod's memory. Example: `Memory`."""
    size_limit: Quantity | None = None
    """How much may be in it before the pod is evicted. Example: `1Gi`."""


class Mount(Block):
    """A folder of the application's container, mounted whole, so that updates arrive."""

    name: ShortName
    """Name of the folder, unique in the list; not `tmp`, `files` or `tmp-...`. Example: `tls`."""
    path: FolderPath
    """Where the application finds it; no two alike. `/tmp` replaces the folder that is there
    anyway. Example: `/var/cache/orders`."""
    secret: ObjectName | None = None
    """A Secret whose entries are the files. Example: `orders-tls`."""
    config_map: ObjectName | None = None
    """A ConfigMap whose entries are the files. Example: `orders-rules`."""
    claim: ObjectName | None = None
    """A PersistentVolumeClaim. Unless `shared` or `readOnly`, all old pods end before a new one
    starts. Example: `orders-data`."""
    empty: Empty | None = None
    """A folder that begins empty. Example: `{sizeLimit: 1Gi}`."""
    read_only: bool | None = None
    """Whether no container may write; to Secrets and ConfigMaps none can. Example: `true`."""
    shared: bool | None = None
    """Whether several pods may use the claim at once. Example: `true`."""

    choices: ClassVar = (
        Choice(("secret",), ("config_map",), ("claim",), ("empty",), required=True),
    )
    rules: ClassVar = (
        Rule(
            field_path=".name",
            message="must not be 'tmp' or 'files', nor begin with 'tmp-'",
            cel=f"!(self.name in {list(RESERVED)}) && !self.name.startsWith('tmp-')",
            check=lambda mount: mount.name not in RESERVED and not mount.name.startswith("tmp-"),
            reason="FieldValueForbidden",
        ),
        Rule(
            field_path=".shared",
            message="must be absent unless `claim` is given",
            cel="!has(self.shared) || has(self.claim)",
            check=lambda mount: mount.shared is None or mount.claim is not None,
            reason="FieldValueForbidden",
        ),
    )
