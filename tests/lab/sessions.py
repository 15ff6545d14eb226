"""A session with a server of the lab, and the texts in its log."""

from __future__ import annotations

from typing import Any

import kontena_ws_nb as kws
from kontena_ws_nb.session.session import Session
from tests.lab.raw_server import RawServer


def open_session(server: RawServer, **options: Any) -> Session:
    return kws.connect(server.url, "test", **options)


def rows(session: Session) -> list[tuple[str, str, Any]]:
    return [(message.direction, message.kind, message.data) for message in session.messages]


def told(session: Session, kind: str = "error") -> list[str]:
    return [message.text for message in session.messages if message.kind == kind]
