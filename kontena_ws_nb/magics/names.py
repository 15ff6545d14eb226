"""`Roster`: the sessions that magics know, by name; it also stores them in notebook variables, and closes them on unload."""

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
    """The sessions that magics know: live ones, those in notebook variables, and those that magics opened.

    Parameters
    ----------
    namespace : mutable mapping
        The notebook's variables.
    """

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self._namespace = namespace
        self.opened: dict[str, Session] = {}
        self._current: Session | None = None
        self._started_demo = False

    def resolve(self, url: str) -> str:
        """Replace a short name of the demo server by its URL, and note whether this started the server.

        Parameters
        ----------
        url : str
            Any URL or short name.

        Returns
        -------
        str
            The demo server's URL; any other URL as it is.
        """
        if url.partition("/")[0].partition("?")[0] not in ("demo", "demo+tls"):
            return url
        from ..demo import resolve, running

        starts = not running()
        found = resolve(url) or url
        self._started_demo = self._started_demo or starts
        return found

    def close_all(self) -> None:
        """Close the sessions that magics opened, with their panels, and the demo server if a magic started it and no session is left."""
        for session in list(self.opened.values()):
            session.close()
            close_panel(session)
        if self._started_demo and not sessions:
            from ..demo import stop

            stop()

    def all(self) -> list[Session]:
        """List the sessions, live ones first."""
        found = [*sessions.values(), *self.opened.values()]
        return list(dict.fromkeys(found))

    @property
    def current(self) -> Session | None:
        """The session that magics use without ``-s``: the chosen one, otherwise the only live one."""
        if self._current is not None:
            return self._current
        live = list(sessions.values())
        return live[0] if len(live) == 1 else None

    def use(self, session: Session) -> None:
        """Make a session the current one."""
        self._current = session

    def opened_by_magic(self, session: Session) -> str:
        """Make a new session the current one, and store it in a notebook variable.

        Parameters
        ----------
        session : Session
            The new session.

        Returns
        -------
        str
            A line that says where it is connected to and how to use it in Python.
        """
        self.opened[session.name] = session
        self._current = session
        name = session.name
        connected = f"connected to {printable(session.url)}"
        reach = f"kws.sessions[{name!r}]"
        if not name.isidentifier() or keyword.iskeyword(name) or hasattr(builtins, name):
            return f"{connected}; the name {name!r} cannot be a variable here: in Python the session is {reach}"
        existing = self._namespace.get(name)
        if existing is not None and not isinstance(existing, Session):
            return (
                f"{connected}; the variable {name} is not a session ({type(existing).__name__}) and was not replaced: the session is {reach}, "
                "-s NAME chooses another name"
            )
        self._namespace[name] = session
        return f"{connected}; the session is in the variable {name}"

    def closed_by_magic(self, session: Session) -> None:
        """Choose the current session after one was closed: the only live one; with several, none until the user chooses."""
        if self.current is session and sessions:
            self._current = next(iter(sessions.values())) if len(sessions) == 1 else None

    def knows(self, name: str) -> bool:
        """Tell whether there is a session with this name."""
        return self._named(name) is not None

    def _named(self, name: str) -> Session | None:
        variable = self._namespace.get(name)
        return sessions.get(name) or (variable if isinstance(variable, Session) else None) or self.opened.get(name)

    def find(self, name: str | None, magic: str, otherwise: str = "") -> Session:
        """Find the session a magic means.

        Parameters
        ----------
        name : str, optional
            The argument of ``-s``; by default the current session.
        magic : str
            For the message.
        otherwise : str, optional
            What else can be done where there is no session, behind the message.

        Returns
        -------
        Session

        Raises
        ------
        UsageError
            No session has that name (the nearest is suggested), or no session is current.
        """
        if name is None:
            if self.current is not None:
                return self.current
            if sessions:
                raise UsageError(
                    f"%{magic}: several sessions are open ({', '.join(sessions)}): choose one with %ws_use NAME or -s NAME"
                )
            raise UsageError(
                f"%{magic}: no session is open; %ws_connect URL opens one (without a URL: the demo server){otherwise}"
            )
        found = self._named(name)
        if found is not None:
            return found
        known = [session.name for session in self.all()]
        near = difflib.get_close_matches(name, known, 1)
        more = (
            f"; did you mean {near[0]}?"
            if near
            else f"; the sessions are {', '.join(known)}"
            if known
            else "; no session was opened yet"
        )
        raise UsageError(f"%{magic}: there is no session {quoted(name, 60)}{more}")
