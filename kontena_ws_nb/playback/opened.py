"""`replayed`: makes a server of whatever holds messages; `parse`: what ``replay:FILE`` asks for. Any thread."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from ..captures.load import load
from ..captures.save import sessions_of
from ..captures.saving import Messages
from ..errors import CaptureError
from ..log.log import MessageLog
from ..log.message import Message
from ..redaction.invalid import did_you_mean
from ..redaction.text import quoted
from ..system.paths import local_path
from .script import Script
from .server import Replay

#: What an address of a capture begins with.
SCHEME: Final = "replay:"


def replayed(
    source: Any,
    speed: float = 1.0,
    *,
    wait: bool = False,
    strict: bool = False,
    ignore: Iterable[str] = (),
    session: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Replay:
    """Do what `kontena_ws_nb.replay` says.

    Parameters
    ----------
    source, speed, wait, strict, ignore, session, host, port
        As there.

    Returns
    -------
    Replay
        Not listening yet.
    """
    name = quoted(Path(source).name) if isinstance(source, (str, os.PathLike)) else type(source).__name__
    held = load(source) if isinstance(source, (str, os.PathLike)) else source
    sessions = sessions_of(held)
    if session is not None:
        known = [one.record.name for one in sessions]
        sessions = [one for one in sessions if one.record.name == session]
        if not sessions:
            raise ValueError(
                f"{name} has no session {quoted(session)}{did_you_mean(session, known)}; it has {', '.join(map(quoted, known[:10]))}"
            )
    scripts = [
        Script(record, rows, _sent(one.messages, record.number))
        for one in sessions
        for record, rows in one.connections()
    ]
    if not scripts:
        raise CaptureError(f"{name} has no connection to replay", hint="record, or save, a session with messages")
    return Replay(scripts, speed, wait=wait, strict=strict, ignore=ignore, host=host, port=port, name=name.strip("'\""))


def _sent(messages: Messages, connection: int) -> Iterable[Message] | None:
    """Have the filter find what the client sent: in a log it looks at the rows' flags, not at the messages."""
    if not isinstance(messages, MessageLog):
        return None
    return messages.where(f"dir:sent kind:text,binary conn:{connection}")


#: What a switch may say; its name alone switches it on.
_ANSWERS: Final = {"": True, "1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Address(NamedTuple):
    """What ``replay:FILE?speed=10&session=feed`` asks for.

    Parameters
    ----------
    path : str
        The file.
    options : dict
        Keyword arguments of `replayed`.
    """

    path: str
    options: dict[str, Any]


#: What may stand behind the ``?``, and how it is read.
_OPTIONS: Final[dict[str, Any]] = {"speed": float, "session": str, "wait": bool, "strict": bool, "ignore": str}


def parse(address: str) -> Address:
    """Read ``replay:FILE``, perhaps with options behind a ``?``.

    Parameters
    ----------
    address : str
        Begins with `SCHEME`.

    Returns
    -------
    Address

    Raises
    ------
    ValueError
        No file is named, or an option is none.
    """
    path = address.removeprefix(SCHEME)
    query = ""
    if "?" in path and not Path(local_path(path)).exists():
        path, _, query = path.rpartition("?")
    if not path:
        raise ValueError("replay: needs a file, as in replay:feed.har")
    options: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _OPTIONS:
            raise ValueError(
                f"replay: has no option {quoted(name)}{did_you_mean(name, list(_OPTIONS))}; it has {', '.join(_OPTIONS)}"
            )
        if name == "ignore":
            options.setdefault(name, []).append(value)
        elif _OPTIONS[name] is bool:
            if value.lower() not in _ANSWERS:
                raise ValueError(f"replay: {name} is yes or no, got {quoted(value)}")
            options[name] = _ANSWERS[value.lower()]
        else:
            try:
                options[name] = _OPTIONS[name](value)
            except ValueError:
                raise ValueError(f"replay: speed is a number, got {quoted(value)}") from None
    return Address(path, options)
