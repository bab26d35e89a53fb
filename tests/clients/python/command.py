"""The command line of the clients in this folder: a report's rows go to a file, as lines of JSON.

    python echo360.py videoview 2026-03-01 2026-03-08 rows.ndjson --base-url URL

Credentials come from the environment (`ECHO360_CLIENT_ID`, ...): a command line is read by everybody.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def arguments(*credentials: str) -> argparse.Namespace:
    """What is asked for, with the credentials from variables of these names, in `given`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("report")
    parser.add_argument("start")
    parser.add_argument("end")
    parser.add_argument("output", type=Path)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--poll", type=float, default=10.0, help="seconds before the second look")
    parser.add_argument("--timeout", type=float, default=6 * 3600.0, help="seconds to wait for a report")
    parser.add_argument("--row-cap", type=int, default=500_000)
    parser.add_argument("--options", type=json.loads, default={}, help="format, delimiter, ... as JSON")
    parser.add_argument("--parameters", type=json.loads, default={}, help="what the report needs, as JSON")
    asked = parser.parse_args()
    missing = [name for name in credentials if not os.environ.get(name)]
    if missing:
        parser.error(f"the environment has no {', '.join(missing)}")
    asked.given = [os.environ[name] for name in credentials]
    return asked


def main(fetch: Callable[[], Sequence[Mapping[str, Any]]], output: Path, error: type[Exception]) -> None:
    """Write the rows that `fetch` returns; an `error` is one line and exit code 1."""
    try:
        rows = fetch()
    except error as reason:
        sys.exit(f"{type(reason).__name__}: {reason}")
    with output.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
