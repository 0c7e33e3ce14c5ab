"""promtool: Prometheus's own judge of rules, over a time that is made up."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STEP = 30
ALERT = "MicroserviceMissesItsObjective"


@dataclass(frozen=True)
class Promtool:
    """The program, and a folder for what it reads."""

    binary: Path
    folder: Path

    def check(self, spec: Mapping[str, Any]) -> str:
        """What it has to say against these rules; nothing for sound ones."""
        done = self._run("check", "rules", "--lint=all", "--lint-fatal", str(self._rules(spec)))
        return done.stdout + done.stderr if done.returncode else ""

    def firing(
        self, spec: Mapping[str, Any], series: Mapping[str, str], minutes: Mapping[int, set[str]]
    ) -> str:
        """How the alerts of these rules differ from those that are to fire, by the minute.

        An alert is known by its severity.
        """
        query = f'sum by (severity) (ALERTS{{alertname="{ALERT}",alertstate="firing"}})'
        expected = [
            {
                "expr": query,
                "eval_time": f"{minute}m",
                "exp_samples": [
                    {"labels": f'{{severity="{severity}"}}', "value": 1}
                    for severity in sorted(severities)
                ],
            }
            for minute, severities in minutes.items()
        ]
        return self._test(spec, series, expected)

    def counts(
        self, spec: Mapping[str, Any], series: Mapping[str, str], query: str, minute: int
    ) -> str:
        """What speaks against this query finding one series at that minute."""
        found = {"labels": "{}", "value": 1}
        expected = {"expr": f"count({query})", "eval_time": f"{minute}m", "exp_samples": [found]}
        return self._test(spec, series, [expected])

    def _test(
        self, spec: Mapping[str, Any], series: Mapping[str, str], expected: list[dict[str, Any]]
    ) -> str:
        """What comes out otherwise than expected.

        `series` has what the proxies count, in promtool's own words: a start, and steps of half a
        minute.
        """
        test = {
            "interval": f"{STEP}s",
            "input_series": [{"series": name, "values": series[name]} for name in series],
            "promql_expr_test": expected,
        }
        written = {
            "rule_files": [str(self._rules(spec))],
            "evaluation_interval": f"{STEP}s",
            "tests": [test],
        }
        file = self.folder / "test.yaml"
        file.write_text(yaml.safe_dump(written))
        done = self._run("test", "rules", str(file))
        return done.stdout + done.stderr if done.returncode else ""

    def parses(self, query: str) -> bool:
        """Whether it takes this for a query."""
        done = self._run("--experimental", "promql", "format", query)
        return done.returncode == 0

    def _rules(self, spec: Mapping[str, Any]) -> Path:
        file = self.folder / "rules.yaml"
        file.write_text(yaml.safe_dump(dict(spec)))
        return file

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binary), *arguments], capture_output=True, text=True, check=False, timeout=120
        )
