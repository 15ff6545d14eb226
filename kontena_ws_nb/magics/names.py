"""Which session a magic means, the names sessions get in the notebook, and what is closed when the magics go."""

from __future__ import annotations

import builtins
import difflib
import keyword
from collections.abc import MutableMapping
from typing import Any

from ..api import sessions
from ..redaction.text import printable, quoted
from ..session.session import Session, close_panel
from .report import UsageError


class Roster:
    """The sessions magics know: the live ones, those in the notebook's namespace, and those they opened.

    Parameters
    ----------
    namespace : mutable mapping
        The notebook's variables.
    """

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self._namespace = namespace
        self.opened: dict[str, Session] = {}
        self._current: Session | None = None
        self._our_demo = False

    def resolve(self, url: str) -> str:
        """Start the demo server for its short names, and remember who did.

        Parameters
        ----------
        url : str
            Any.

        Returns
        -------
        str
            The demo server's address, or what was given.
        """
        if url.partition("/")[0].partition("?")[0] not in ("demo", "demo+tls"):
            return url
        from ..demo import resolve, running

        ours = not running()
        found = resolve(url) or url
        self._our_demo = self._our_demo or ours
        return found

    def close_all(self) -> None:
        """Close every session that was opened by magic, with its panel; and the demo server when a magic started it and nobody else is left."""
        for session in list(self.opened.values()):
            session.close()
            close_panel(session)
        if self._our_demo and not sessions:
            from ..demo import stop

            stop()

    def all(self) -> list[Session]:
        """List what is known, live ones first."""
        found = [*sessions.values(), *self.opened.values()]
        return list(dict.fromkeys(found))

    @property
    def current(self) -> Session | None:
        """The session magics talk to when none is named: the chosen one, else the only live one."""
        if self._current is not None:
            return self._current
        live = list(sessions.values())
        return live[0] if len(live) == 1 else None

    def use(self, session: Session) -> None:
        """Make a session the current one."""
        self._current = session

    def opened_by_magic(self, session: Session) -> str:
        """Take up a new session: it becomes current and gets its name in the notebook.

        Parameters
        ----------
        session : Session
            Just opened.

        Returns
        -------
        str
            Where it leads and how Python reaches it: by its name, or why not.
        """
        self.opened[session.name] = session
        self._current = session
        name = session.name
        connected = f"connected to {printable(session.url)}"
        reach = f"kws.sessions[{name!r}]"
        if not name.isidentifier() or keyword.iskeyword(name) or hasattr(builtins, name):
            return f"{connected}; the name {name!r} cannot be a variable here: in Python the session is {reach}"
        there = self._namespace.get(name)
        if there is not None and not isinstance(there, Session):
            return (
                f"{connected}; the variable {name} holds something else ({type(there).__name__}) and keeps it: the session is {reach}, "
                "-s NAME chooses another name"
            )
        self._namespace[name] = session
        return f"{connected}; the session is in the variable {name}"

    def closed_by_magic(self, session: Session) -> None:
        """Take note that a session was closed on purpose: when several others live, none is current until one is chosen."""
        if self.current is session and sessions:
            self._current = next(iter(sessions.values())) if len(sessions) == 1 else None

    def knows(self, name: str) -> bool:
        """Tell whether a session is called so."""
        return self._named(name) is not None

    def _named(self, name: str) -> Session | None:
        there = self._namespace.get(name)
        return sessions.get(name) or (there if isinstance(there, Session) else None) or self.opened.get(name)

    def find(self, name: str | None, magic: str) -> Session:
        """Find the session a magic means.

        Parameters
        ----------
        name : str, optional
            As given with ``-s``; the current one when left out.
        magic : str
            For the message.

        Returns
        -------
        Session

        Raises
        ------
        UsageError
            There is none of that name (the nearest is suggested), or none is current.
        """
        if name is None:
            if self.current is not None:
                return self.current
            if sessions:
                raise UsageError(
                    f"%{magic}: which session? {', '.join(sessions)} are open: choose one with %ws_use NAME, or give -s NAME"
                )
            raise UsageError(
                f"%{magic}: no session is open; %ws_connect URL opens one (without a URL: the demo server)"
            )
        found = self._named(name)
        if found is not None:
            return found
        known = [session.name for session in self.all()]
        near = difflib.get_close_matches(name, known, 1)
        more = (
            f"; did you mean {near[0]}?"
            if near
            else f"; there are {', '.join(known)}"
            if known
            else "; none was opened yet"
        )
        raise UsageError(f"%{magic}: no session is called {quoted(name, 60)}{more}")
