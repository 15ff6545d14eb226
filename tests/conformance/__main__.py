"""``python3 -m tests.conformance``: see `command`. Makes the tests' environment first, where this Python lacks what they need."""

from __future__ import annotations

import importlib.util
import os
import sys

NEEDED = ("websocket", "certifi", "cryptography", "kosoku")


def main(arguments: list[str]) -> int:
    if not all(map(importlib.util.find_spec, NEEDED)):
        from tests.__main__ import environment, fail, python

        if (problem := environment()) is not None:
            return fail(problem)
        os.execv(python(), [python(), "-m", "tests.conformance.command", *arguments])
    from .command import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
