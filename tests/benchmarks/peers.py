"""What other operators cost on the same test bed, for 100 apps; facts, measured once.

"kopf" is an operator as kopf's documentation teaches it: Deployment, Service, ConfigMap, HPA and
two routing objects through the official client. "kopf, comparing" looks before it applies again.
naiserator ran with its chart's values, flagger with an interval of 15 s, stackset-controller with
its defaults.
"""

from __future__ import annotations

from tests.benchmarks.rows import Row

NAMES = ("kopf", "kopf, comparing", "naiserator", "flagger", "stackset")

PEERS: dict[Row, tuple[str, ...]] = {
    Row.CHILDREN: ("6", "6", "6", "8", "6"),
    Row.CREATE: ("20.4 / 14.7", "14.6 / 9.0", "13.0 / 11.0", "73 / 12", "22.7 / 21.5"),
    Row.CREATE_COST: ("6.2 / 117", "5.0 / 105", "1.6 / 56", "5.1 / 74", "3.8 / 55"),
    Row.IDLE: ("0 / 0.01", "0 / 0", "0 / 0.02", "5,600 / 4.1", "30 / 0.3"),
    Row.TOUCH: ("8", "8", "0", "0", "0"),
    Row.CHANGE: ("21.3 / 14.6", "14.5 / 8.0", "12 / 10", "151 / 9.8", "31 / 29"),
    Row.CHANGE_COST: ("6.0", "4.5", "1.8", "10.9", "6.2"),
    Row.PORT: ("never (422)", "never (422)", "never", "8.5", "never"),
    Row.SELECTOR: ("0.4", "never", "never", "2.0", "never"),
    Row.DATA: ("0.3", "0.1", "-", "-", "-"),
    Row.IMAGE: ("1.0", "0.4", "never", "never", "never"),
    Row.REPLICAS: ("0.5", "0.1", "never", "never", "never"),
    Row.SERVICE_GONE: ("0.2-0.4", "0.1-0.3", "never", "10-12", "5-10"),
    Row.AUTOSCALER_GONE: ("0.2-0.4", "0.1-0.3", "never", "10-12", "5-10"),
    Row.RESTART: ("680 / 660", "690 / 660", "2 / 0", "polls / 0", "polls / 0"),
    Row.RESTART_COST: ("2.9", "2.7", "0.07", "1.9", "0.2"),
    Row.DOWN: ("(applies all)", "(applies all)", "0 of 30", "as running", "deletions only"),
    Row.FROZEN: ("9.8", "10.3", "1.7", "22", "9.2"),
}
