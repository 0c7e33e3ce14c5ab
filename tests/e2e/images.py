"""The names of the images: those of the bed, or of a registry that the cluster pulls from."""

from __future__ import annotations

import os

from tests.cluster.images.operator import NAME

PULLED = os.environ.get("CLUSTER") == "current"

OPERATOR = (PULLED and os.environ.get("IMAGE")) or NAME
"""The operator's."""

REPOSITORY = (PULLED and os.environ.get("APP_IMAGE")) or "testbed.example/app"
"""That of the test application, under one tag for each version."""

V1, V2 = f"{REPOSITORY}:v1", f"{REPOSITORY}:v2"
LOST = "registry.example/lost:1"
"""One that nobody has."""
