"""`capture_feed`: what comes of a session within some seconds, as Parquet. Any thread, and any process of a cluster."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Protocol

from ..log.log import MessageLog
from .load import load
from .saving import Saved


class Recorder(Protocol):
    """What is needed of a recording."""

    def wait(self) -> object:
        """Wait until everything is written."""


class Feed(Protocol):
    """What is needed of a session that is recorded."""

    @property
    def messages(self) -> MessageLog:
        """Its rows."""

    @property
    def state(self) -> str:
        """As `Session.state`."""

    @property
    def recording(self) -> Recorder | None:
        """Its recording."""

    def close(self) -> object:
        """Close it."""


def capture_feed(connect: Callable[[Path], Feed], folder: Path, seconds: float) -> Saved:
    """Do what `kontena_ws_nb.capture` says.

    Parameters
    ----------
    connect : callable
        Connects, and records to a file.
    folder, seconds
        As there.

    Returns
    -------
    Saved
    """
    if not seconds > 0:
        raise ValueError(f"seconds must be more than 0, got {seconds}")
    where = folder.absolute()  # also when the program goes elsewhere meanwhile
    where.mkdir(parents=True, exist_ok=True)
    # Beside the folder and not in it: who reads the folder meanwhile finds only what is whole.
    with TemporaryDirectory(prefix="kontena-ws-") as scratch:
        path = Path(scratch) / "feed.db"
        feed = connect(path)
        try:
            feed.messages.wait_for(lambda: feed.state == "closed", seconds)
        finally:
            feed.close()
        recording = feed.recording
        if recording is not None:
            recording.wait()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        saved = load(path).to_parquet(where / f"capture={stamp}-{token_hex(4)}")
        # As it was given, so that a notebook does not show whose machine it is; as long as that leads there.
        return replace(saved, path=folder / saved.path.name) if folder.absolute() == where else saved
