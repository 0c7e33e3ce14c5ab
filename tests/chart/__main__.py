"""Rewrites what is generated in the chart: `python -m tests.chart`."""

from __future__ import annotations

from tests import chart

if __name__ == "__main__":
    for path, content in chart.files().items():
        path.write_text(content)
