"""``python -m tests.lab.forged_requests``: a page that asks for anything, and what the interpreter is seen doing about it."""

from __future__ import annotations

import json
import random
import sys
from typing import Any, Final

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel.panel import Panel

JUNK: Final[list[object]] = [
    *(0, 1, -1, 2**60, 1.5, True, None, "", "x", "/etc/passwd", "csv", "../../x.csv", "ws://evil.example", "log"),
    *([], [1], ["x"], {}, {"k": 1}),
]
NAMES: Final = [
    *("gen", "first", "n", "key", "offset", "text", "kind", "of", "format", "start", "stop", "names", "on", "seq"),
    *("keys", "code", "low", "high", "way", "at", "note", "paths", "titles", "widths", "filters", "colours", "plot"),
    *("path", "by", "where", "series", "time", "value", "every", "count", "mode", "old", "new", "notes"),
]
REACHING: Final = ("open", "socket.", "subprocess.", "os.", "shutil.", "exec", "compile")


def main() -> None:
    """Print as JSON: events that reach beyond the session, rows that are left, how many requests were refused."""
    log = MessageLog()
    for number in range(50):
        log.add("text", b"message %d" % number)
    panel = Panel(log)
    answers: list[dict[str, Any]] = []
    panel.send = lambda content, buffers=None: answers.append(content)  # type: ignore[method-assign]
    kinds = [kind for kind in panel._handlers._requests if kind != "clear"]
    for kind in ("filter", "advise"):  # imports happen once
        panel._handlers.message({"v": 1, "k": kind, "id": "warm", "text": "$.warm", "path": 1}, [])
    heard: list[str] = []

    def hear(event: str, _arguments: tuple[Any, ...]) -> None:
        if event.startswith(REACHING):
            heard.append(event)

    chance = random.Random(14)
    sys.addaudithook(hear)
    for number in range(3000):
        request = {name: chance.choice(JUNK) for name in chance.sample(NAMES, 8)}
        message = {"v": 1, "k": chance.choice(kinds), "id": str(number), **request}
        panel._handlers.message(message, [chance.choice([b"", b"x"])])
    found = list(heard)
    panel.close()
    print(json.dumps([found, len(log), sum(answer["k"] == "error" for answer in answers)]))


if __name__ == "__main__":
    main()
