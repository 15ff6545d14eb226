"""`Templates`: messages with ``{{expression}}``, filled in on a reader's act and shown before they are sent. Any thread.

What lives here: evaluating in bounded time, and keeping what was shown until it is sent. What must not: the grammar
(`conversation.template`), sending. Nothing is evaluated but for a call of `fill` or `show`: neither opening a notebook
nor what a file or a server says calls them.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from secrets import token_hex
from typing import Any, Final, Generic, Literal, TypeVar, get_args

from IPython.core.getipython import get_ipython

from ..conversation.payload import PayloadError, check_json, from_base64, from_hex
from ..conversation.template import TemplateError, fill
from ..feed.comm_messages import RequestError
from ..redaction.payloads import mask, mask_bytes
from ..transport.threads import start_thread
from .drafts import Drafts

#: How a text is written.
Mode = Literal["Text", "JSON", "Hex", "Base64"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
#: Seconds that the expressions of one message may take together.
SECONDS: Final = 5.0
#: The longest message that is filled in, in characters or bytes: above, nobody meant it.
LONGEST: Final = 16 << 20
#: How many messages that were shown can still be sent, and how much of each is shown.
KEPT: Final = 4
SHOWN: Final = 4000
_RAW: Final = "switch {{…}} off to send braces as they are"

_Value = TypeVar("_Value")


class _TooLongError(BaseException):
    """Ends an expression: no `Exception`, so that the expression does not catch it."""


class Templates:
    """The messages of one panel.

    Parameters
    ----------
    drafts : Drafts
        The names of secrets in what the page writes.
    seconds : float, optional
        How long the expressions of one message may take.
    """

    def __init__(self, drafts: Drafts, seconds: float = SECONDS) -> None:
        self._drafts = drafts
        self._seconds = seconds
        self._shown: OrderedDict[str, str | bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._evaluating = threading.Lock()

    def fill(self, mode: str, text: str) -> str | bytes:
        """Replace every ``{{expression}}`` by its value in the notebook, as ``%ws_send`` does.

        Parameters
        ----------
        mode : str
            One of `MODES`: in JSON values are written as JSON, and Hex and Base64 are decoded afterwards.
        text : str
            As the page or Python has it, names of secrets included.

        Returns
        -------
        str or bytes
            What to send.

        Raises
        ------
        TemplateError
            An expression does not parse, fails, or cannot be written as JSON.
        RequestError
            It takes too long or becomes too large, or what it becomes is not in the form that the mode says.
        """
        if mode not in MODES:
            raise RequestError(f"a message is written as {', '.join(MODES)}")
        try:
            filled = self._in_time(
                lambda: fill(text, _namespace(), as_json=mode == "JSON", raw=_RAW, literal=self._drafts.filled)
            )
        except TemplateError as error:
            # What an exception says may have many lines, and is as long as the user's code makes it.
            raise TemplateError(" ".join(error.message.split())[:1000], error.text, error.position) from None
        if len(filled) > LONGEST:
            raise RequestError(f"filled in it has {len(filled):,} characters; at most {LONGEST:,} are sent")
        try:
            if mode == "JSON":
                return check_json(filled)
            return from_hex(filled) if mode == "Hex" else from_base64(filled) if mode == "Base64" else filled
        except PayloadError as error:
            before = filled[: error.position].split("\n")
            raise RequestError(
                f"filled in, line {len(before)}, column {len(before[-1]) + 1}: {error.message}"
            ) from None

    def show(self, mode: str, text: str) -> tuple[str, dict[str, Any]]:
        """Fill a message in and keep it until it is sent: what was shown is what is sent.

        Parameters
        ----------
        mode, text : str
            As for `fill`.

        Returns
        -------
        str
            Its name, for `take`.
        dict
            ``kind`` (text or binary), ``size`` in bytes, and as ``text`` its beginning, secrets masked.

        Raises
        ------
        TemplateError, RequestError
            As for `fill`.
        """
        data = self.fill(mode, text)
        name = token_hex(8)
        with self._lock:
            self._shown[name] = data
            while len(self._shown) > KEPT:
                self._shown.popitem(last=False)
        if isinstance(data, bytes):
            return name, {"kind": "binary", "size": len(data), "text": mask_bytes(data, 0, 500).hex(" ")}
        size = len(data.encode("utf-8", "surrogatepass"))
        return name, {"kind": "text", "size": size, "text": mask(data, 0, SHOWN) + ("…" if len(data) > SHOWN else "")}

    def take(self, name: str) -> str | bytes:
        """Give what was shown, once.

        Parameters
        ----------
        name : str
            Of `show`.

        Returns
        -------
        str or bytes

        Raises
        ------
        RequestError
            Too many were shown since, or it was taken.
        """
        with self._lock:
            data = self._shown.pop(name, None)
        if data is None:
            raise RequestError("what was shown is not kept any more: fill it in again")
        return data

    def _in_time(self, work: Callable[[], _Value]) -> _Value:
        """Do one thing at a time, on a thread of its own: this one gives up when it takes too long."""
        if not self._evaluating.acquire(timeout=self._seconds):
            raise RequestError("another expression is still being evaluated in the kernel; nothing was sent")
        task: _Task[_Value] = _Task(work, self._evaluating.release)
        try:
            thread = start_thread(task.run, "kontena-ws-template")
        except BaseException:
            self._evaluating.release()
            raise
        if not task.ended.wait(self._seconds):
            task.stop(thread)
            raise RequestError(
                f"the expressions took longer than {self._seconds:g} s and were stopped; nothing was sent"
            )
        thread.join()
        if task.error is not None:
            raise task.error
        return task.value


class _Task(Generic[_Value]):
    """Something that runs on a thread of its own and can be stopped there.

    Parameters
    ----------
    work : callable
        What to do.
    over : callable
        Called in the thread when it has ended, stopped or not.
    """

    def __init__(self, work: Callable[[], _Value], over: Callable[[], object]) -> None:
        self.ended = threading.Event()
        self.error: Exception | None = None
        self.value: _Value
        self._work = work
        self._over = over
        self._guard = threading.Lock()
        self._begun = False
        self._unwanted = False

    def run(self) -> None:
        try:
            with self._guard:
                self._begun = True
            if self._unwanted:
                return
            try:
                self.value = self._work()
            except Exception as error:  # noqa: BLE001 - raised in the thread that waits
                self.error = error
            except (SystemExit, KeyboardInterrupt) as error:
                self.error = RequestError(f"an expression raised {type(error).__name__}; nothing was sent")
            with self._guard:
                self.ended.set()
            for _ in range(2):  # where one that stops it just now arrives: CPython looks when a loop goes back
                pass
        except _TooLongError:
            return
        finally:
            self._over()

    def stop(self, thread: threading.Thread) -> None:
        """Raise in the thread, unless it has ended or has not begun. What waits in C goes on until it returns."""
        import ctypes

        with self._guard:
            self._unwanted = True
            if self._begun and not self.ended.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_TooLongError)
                )


def _namespace() -> dict[str, Any]:
    """Copy the notebook's variables: IPython's, else those of the main module, which are marimo's and a script's."""
    shell = get_ipython()
    return vars(sys.modules["__main__"]).copy() if shell is None else shell.user_ns.copy()
