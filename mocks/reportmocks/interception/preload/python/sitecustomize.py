"""Run by every Python process below `reportmocks run`, before the program's own first line.

It stands before any other `sitecustomize` there may be, and runs that one as well.
"""

import json
import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def _go_on() -> None:
    """Run the `sitecustomize` that would have been found without this one."""
    here = os.path.realpath(os.path.dirname(__file__))  # noqa: PTH120 - pathlib is slow to import
    elsewhere = [path for path in sys.path if os.path.realpath(path or os.curdir) != here]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)


if os.environ.get("REPORTMOCKS_TIME"):  # first, so that what others import reads this time
    from _reportmocks_time import live_by  # type: ignore[import-not-found]

    live_by(json.loads(os.environ["REPORTMOCKS_TIME"]))
if os.environ.get("REPORTMOCKS_INTERCEPT"):
    from _reportmocks_led import lead  # type: ignore[import-not-found]  # stands beside this file

    lead(json.loads(os.environ["REPORTMOCKS_INTERCEPT"]))
_go_on()
