"""From an object to the text of an apply, which the server reads as YAML."""

from __future__ import annotations

import json

# YAML has no pairs of escapes for what is beyond 16 bits, so all text goes out as it is, except
# for what YAML would read otherwise than JSON, or would not read at all.
MISREAD = (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)
ESCAPES = {number: f"\\u{number:04x}" for number in MISREAD}


def applied(body: object) -> str:
    """JSON that is also YAML of the same meaning."""
    return json.dumps(body, ensure_ascii=False).translate(ESCAPES)
