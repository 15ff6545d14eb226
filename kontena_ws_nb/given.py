"""`Given`: every option by name, in the forms people may type it. For type checkers and editors; `Options.of` decides what it takes.

Nothing else lives here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from .options import Headers
    from .session import Session


class Given(TypedDict, total=False):
    """What `connect`, `Client.connect` and `certificate` take by name; `Options.table` tells what each does."""

    headers: Headers | str | None
    subprotocols: str | Iterable[str] | None
    origin: str | None
    cookies: Mapping[str, str] | str | Iterable[tuple[str, str]] | None
    user: str | None
    token: str | None
    ssl_verify: bool
    ssl_hostname: str | None
    ca_file: str | os.PathLike[str] | None
    ca_path: str | os.PathLike[str] | None
    trust: Literal["certifi", "system"]
    strict: bool
    pin: str | None
    client_cert: str | os.PathLike[str] | None
    client_key: str | os.PathLike[str] | None
    client_key_password: str | None
    client_cert_unverified: bool
    min_tls: Literal["1.0", "1.1", "1.2", "1.3"]
    proxy: str | None
    redirects: int | Literal["insecure"]
    resolve: Mapping[str, str] | str | Iterable[tuple[str, str]] | None
    source_address: str | tuple[str, int] | None
    socket_options: Iterable[tuple[int, int, int | bytes]]
    connect_timeout: float | None
    open_timeout: float | None
    write_timeout: float | None
    ping_interval: float | None
    ping_timeout: float | None
    close_timeout: float | None
    auto_pong: bool
    max_size: int | None
    compression: bool
    on_pong: Callable[[float], object] | None
    auto_reconnect: bool
    reconnect_attempts: int | None
    on_open: Callable[[Session], object] | None
    send_every: tuple[float, str | bytes] | None
    max_bytes: int | None
    max_messages: int | None
    on_full: Literal["drop", "block", "close"]
    redact: str | bytes | Iterable[str | bytes] | None
