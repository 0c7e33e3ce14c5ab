"""What is measured: the rows of the table, each with its goal."""

from __future__ import annotations

from enum import StrEnum


class Row(StrEnum):
    """A row, as it is called in the table."""

    CHILDREN = "children per app"
    CREATE = "create: requests / writes per app"
    CREATE_COST = "create: CPU s / RSS MiB"
    CREATE_TIME = "create: s until all are Ready"
    IDLE = "idle 60 s: requests / CPU s"
    TOUCH = "annotation touch: requests per app"
    TOUCH_COST = "annotation touch: CPU s"
    CHANGE = "image change: requests / writes per app"
    CHANGE_COST = "image change: CPU s"
    PORT = "Service port edited: s until repaired"
    SELECTOR = "Service selector key added"
    DATA = "ConfigMap data edited"
    IMAGE = "Deployment image edited"
    REPLICAS = "HPA maxReplicas edited"
    SERVICE_GONE = "Service deleted"
    AUTOSCALER_GONE = "HPA deleted"
    RESTART = "restart, unchanged: requests / writes"
    RESTART_COST = "restart: CPU s beyond the imports"
    RESTART_MEMORY = "restart: RSS MiB / its peak"
    RESTART_TIME = "restart: s from the lists to ready"
    DOWN = "drift made while it was down: repaired"
    FROZEN = "API server frozen 20 s: change seen after s"
    DELETE = "delete all: requests / CPU s"
    DELETE_TIME = "delete all: s until all are gone / RSS MiB"
    SHARE = "one host for up to 500: apps / writes of its VirtualService"
    SHARE_COST = "one host: CPU s beyond the same apps without it"
    SHARE_LATER = "one host: writes for a changed route / an app that leaves / a restart"
    SHARE_TIME = "one host: s until a changed route is live"


GOALS = {
    Row.CREATE: "children + 2, and nothing is read",
    Row.CREATE_COST: "12 ms per app / 150",
    Row.IDLE: "0 / 0",
    Row.TOUCH: "0",
    Row.CHANGE: "1 + status, and nothing is read",
    Row.CHANGE_COST: "12 ms per app",
    Row.PORT: "< 1",
    Row.SELECTOR: "< 1",
    Row.DATA: "< 1",
    Row.IMAGE: "< 1",
    Row.REPLICAS: "< 1",
    Row.SERVICE_GONE: "< 1",
    Row.AUTOSCALER_GONE: "< 1",
    Row.RESTART: "those of the lists and watches / 0",
    Row.RESTART_COST: "2 per 1,000 apps",
    Row.RESTART_MEMORY: "130 at 1,000 apps",
    Row.RESTART_TIME: "< 5",
    Row.DOWN: "all",
    Row.FROZEN: "< 10",
    Row.DELETE: "0 / small",
    Row.DELETE_TIME: "no growth",
    Row.SHARE: "one a second",
    Row.SHARE_COST: "2 for 500",
    Row.SHARE_LATER: "1 / 1 / 0",
    Row.SHARE_TIME: "< 1",
}
