"""`write_test`: a capture as a test: a file for pytest, and beside it the recording that it plays to the client. Any thread."""

from __future__ import annotations

import keyword
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from ..conversation.changes import Ignored
from ..log.log import MessageLog
from ..log.message import Message
from ..recording.records import SessionRecord
from ..redaction.text import printable
from ..system.paths import local_path
from ..system.whole_file import whole_file
from .save import save
from .saving import Saving

#: Messages that are written out; of more, and of longer ones, the recording is looked into.
_WRITTEN: Final = 40
_LONGEST: Final = 2000
#: Columns of a line, for texts that are broken.
_WIDTH: Final = 100

_HEAD: Final = '''"""What {name} did, played to a client of ours.

Written by kontena_ws_nb from {source}: {received:,} received, {sent:,} sent. The recording stands beside
this file; `client` is the code that is tested: as written it does what was recorded.
"""

from pathlib import Path

import kontena_ws_nb as kws

RECORDING = Path(__file__).with_name({recording})
#: Values in what the client sends that may be others each time, such as "$.time" or "$..id".
IGNORE: list[str] = [{ignore}]


def client(url: str) -> None:
    """Talk to the server at this address. Call your own code here."""
'''
_SENT: Final = """    rows = kws.load(RECORDING).messages
    sent = [row.data for row in rows if row.direction == "sent" and row.kind in ("text", "binary")]
"""
_TEST: Final = """

def {function}() -> None:
    with kws.replay(RECORDING, float("inf"), wait=True, strict=True, ignore=IGNORE) as server:
        client(server.url)  # what it sends otherwise than recorded, leaving this block raises
"""


class Recorded(Protocol):
    """What is needed of a capture."""

    @property
    def path(self) -> Path:
        """Its file."""

    @property
    def records(self) -> tuple[SessionRecord, ...]:
        """Its sessions."""

    @property
    def messages(self) -> MessageLog:
        """Its rows."""


def write_test(
    capture: Recorded, path: str | os.PathLike[str], *, ignore: Iterable[str], secrets: bool, overwrite: bool
) -> Path:
    """Do what `Capture.to_pytest` says.

    Parameters
    ----------
    capture : Capture
        Of one session.
    path, ignore, secrets, overwrite
        As there.

    Returns
    -------
    pathlib.Path
        The test.
    """
    target = Path(local_path(path))
    ignored = list(Ignored(ignore).paths)
    if target.suffix != ".py":
        raise ValueError(f"a test is a file that ends in .py, got {printable(target.name)!r}")
    if len(capture.records) != 1:
        first = printable(capture.records[0].name)
        raise ValueError(f"a test is about one session: capture.sessions[{first!r}].to_pytest({target.name!r})")
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"{printable(str(target))} is there already, and somebody may have written in it: overwrite=True replaces it"
        )
    recording = target.with_suffix(".har")
    save(capture, recording, secrets=secrets)
    rows = [row for row in capture.messages if row.kind in ("text", "binary") and not row.incomplete]
    text = _HEAD.format(
        name=_comment(capture.records[0].name),
        source=_comment(f"{capture.path.name}, {time.strftime('%Y-%m-%d')}"),
        received=sum(row.direction == "received" for row in rows),
        sent=sum(row.direction == "sent" for row in rows),
        recording=_quoted(recording.name),
        ignore=", ".join(map(_quoted, ignored)),
    )
    text += "".join(_client(capture.records[0], rows, Saving(secrets)))
    text += _TEST.format(function=_function(target.stem))
    with whole_file(target) as file:
        file.write(text.encode())
    return target


def _client(record: SessionRecord, rows: Sequence[Message], saving: Saving) -> Iterator[str]:
    """Write the client's code: it reads what came before each send, and sends."""
    sent = [row for row in rows if row.direction == "sent"]
    if not all(_written(row, len(sent)) for row in sent):
        yield _SENT
    number_sent = 0
    for number in dict.fromkeys(row.connection for row in rows) or [1]:
        yield f"    with kws.Client.connect(url{_options(record, number, saving)}) as ws:\n"
        waiting, lines = 0, []
        for row in (row for row in rows if row.connection == number):
            if row.direction == "received":
                waiting += 1
                continue
            lines.append(_reads(waiting))
            waiting = 0
            what = _literal(row.kind, saving.payload(row)) if _written(row, len(sent)) else f"sent[{number_sent}]"
            lines.append(f"        ws.send({what})\n")
            number_sent += 1
        lines.append(_reads(waiting))
        yield "".join(lines) or "        pass\n"


def _options(record: SessionRecord, number: int, saving: Saving) -> str:
    """Write the options that the server's answer depended on."""
    for one in record.connections:
        shaken = one.handshake if one.number == number else None
        chosen = None if shaken is None else shaken.subprotocol if saving.secrets else shaken.shown_subprotocol
        if chosen is not None:
            return f", subprotocols=[{_text(chosen)}]"
    return ""


def _written(row: Message, count: int) -> bool:
    """Tell whether a message is written out."""
    return count <= _WRITTEN and row.size <= _LONGEST


def _reads(count: int) -> str:
    if not count:
        return ""
    return "        ws.read(10)\n" if count == 1 else f"        received = [ws.read(10) for _ in range({count})]\n"


def _literal(kind: str, payload: bytes) -> str:
    """Write a payload as Python, over several lines where it is long."""
    if kind == "text":
        return _text(payload.decode("utf-8", "replace"))
    return f"bytes.fromhex({_text(payload.hex())})"


def _text(text: str) -> str:
    parts = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)] or [""]
    quoted = [_quoted(part) for part in parts]
    return quoted[0] if len(quoted) == 1 else "\n            " + "\n            ".join(quoted) + "\n        "


def _quoted(text: str) -> str:
    """Write a text as Python; what is not printable, or would turn what follows around, as an escape."""
    written = repr(text) if text.isprintable() else ascii(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written


def _comment(text: str) -> str:
    """Text that can stand in a docstring."""
    return printable(text, 100).replace("\\", "/").replace('"', "'")


def _function(stem: str) -> str:
    name = re.sub(r"\W+", "_", stem.lower(), flags=re.ASCII).strip("_") or "capture"
    name = name if name.startswith("test") else f"test_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name
