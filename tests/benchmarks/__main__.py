"""``python3 -m tests.benchmarks``: see `command`. Makes the tests' environment first, where this Python lacks what they need."""

from __future__ import annotations

import importlib.util
import os
import sys

NEEDED = ("websocket", "websockets", "aiohttp", "picows", "cryptography", "IPython", "matplotlib")


def main(arguments: list[str]) -> int:
    if not all(map(importlib.util.find_spec, NEEDED)):
        from tests.__main__ import environment, fail, python

        if (problem := environment()) is not None:
            return fail(problem)
        os.execv(python(), [python(), "-m", "tests.benchmarks.command", *arguments])
    from tests.benchmarks.command import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
