"""What the panel says about a source: status line, handshake tab, certificate tab, statistics.

Reads a `Source` and changes nothing. Called by the pump thread and by handlers of the browser's messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from ..close import Close
from ..errors import CloseError, EOFError
from ..log.histogram import Sizes
from ..log.log import MessageLog
from ..protocol.handshake import Handshake
from ..redaction.headers import MASK, redact_url
from ..redaction.payloads import mask, mask_bytes
from ..redaction.text import printable
from ..render import bundle
from ..tls.certificate import Certificate
from .comm_messages import CloseInfo, RecordingInfo, Security, SessionInfo, State, StatsInfo, flag
from .sources import Source, capabilities, capable

_URL = 300
_TEXT = 500
_BODY = 20_000
_PHASES = {"dns": "DNS", "tcp": "TCP", "proxy": "proxy", "tls": "TLS", "upgrade": "upgrade"}


def merged_status(names: Sequence[str], said: Sequence[tuple[SessionInfo, StatsInfo]]) -> tuple[SessionInfo, StatsInfo]:
    """Describe several sessions that are shown as one.

    Parameters
    ----------
    names : sequence of str
        What they are called.
    said : sequence of (SessionInfo, StatsInfo)
        What is said of each.

    Returns
    -------
    (SessionInfo, StatsInfo)
        Their names, and the sums of what can be added. Round trips and times are each session's own.
    """
    info: SessionInfo = {
        "name": " + ".join(names),
        "url": f"{len(names)} sessions merged by time",
        "state": "merged",
        "error": "",
        "close": None,
        "security": _plain(),
        "keepalive": None,
        "recording": max(
            (info["recording"] for info, _ in said if info["recording"] is not None),
            key=lambda recording: recording["failing"],
            default=None,
        ),
        "can": sorted({name for info, _ in said for name in info["can"]}),
        "writable": any(info["writable"] for info, _ in said),
        "began": min((info["began"] for info, _ in said if info["began"] is not None), default=None),
    }
    stats: StatsInfo = {
        "sent_messages": sum(stats["sent_messages"] for _, stats in said),
        "sent_bytes": sum(stats["sent_bytes"] for _, stats in said),
        "received_messages": sum(stats["received_messages"] for _, stats in said),
        "received_bytes": sum(stats["received_bytes"] for _, stats in said),
        "rate": round(sum(stats["rate"] for _, stats in said), 1),
        "latency": None,
        "uptime": 0.0,
    }
    return info, stats


class SourceStatus:
    """Describes one source; called for every update, so what takes long is remembered.

    Parameters
    ----------
    source : Source
        The source; what it does not tell is left out.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._can = capabilities(source)
        self._certificate: Certificate | None = None
        self._security = _plain()
        self._began: int | None = None

    def __call__(self) -> tuple[SessionInfo, StatsInfo]:
        """Describe it now.

        Returns
        -------
        (SessionInfo, StatsInfo)
        """
        source = self._source
        state = cast(State, source.state)
        error = getattr(source, "error", None)
        if self._began is None:
            self._began = _beginning(
                source.messages
            )  # kept: rows are dropped and cleared, and times "from the start" stay
        info: SessionInfo = {
            "name": source.name if state != "log" else "",
            "url": printable(source.url, _URL),
            "state": state,
            "error": printable(str(error), _TEXT) if error is not None else "",
            "close": close_info(source) if state == "closed" else None,
            "security": self._secure(),
            "keepalive": getattr(getattr(source, "options", None), "ping_interval", None),
            "recording": _recording(getattr(source, "recording", None)),
            "can": sorted(self._can),
            "writable": state == "open" and "send" in self._can,
            "began": self._began,
        }
        return info, _counters(source)

    def _secure(self) -> Security:
        certificate = capable(self._source, "certificate")
        if certificate is not self._certificate:
            # Reading a certificate costs milliseconds: once for each, not ten times a second.
            self._security = security(certificate)
            self._certificate = certificate
        if certificate is None and self._source.state == "capture" and not self._source.url.startswith("ws:"):
            return {"level": "warn", "label": "not recorded", "title": "the file has no certificate of this connection"}
        return self._security


def _counters(source: Source) -> StatsInfo:
    now = capable(source, "stats")
    if now is None:
        log = source.messages
        counted: StatsInfo = {
            "sent_messages": 0,
            "sent_bytes": 0,
            "received_messages": len(log),
            "received_bytes": log.bytes,
            "rate": 0.0,
            "latency": None,
            "uptime": 0.0,
        }
        return counted
    return {
        "sent_messages": now.sent_messages,
        "sent_bytes": now.sent_bytes,
        "received_messages": now.received_messages,
        "received_bytes": now.received_bytes,
        "rate": round(now.rate, 1),
        "latency": now.latency,
        "uptime": round(now.uptime or 0.0, 1),
    }


def _recording(recorder: Any) -> RecordingInfo | None:
    """Say what is recorded, of a `Recorder`; None when nothing is."""
    if recorder is None or recorder.state == "ended":
        return None
    lost = f"; {recorder.lost:,} rows are lost" if recorder.lost else ""
    error = f"; it fails, and is tried again: {printable(recorder.error, _TEXT)}" if recorder.error is not None else ""
    failing = bool(recorder.lost) or recorder.error is not None
    return {
        "label": "recording fails" if recorder.error is not None else "recording",
        "title": f"{recorder.rows:,} rows are in {printable(recorder.path, _URL)}{lost}{error}",
        "failing": flag(failing),
    }


def _beginning(log: MessageLog) -> int | None:
    first = log.rows([log.first_index], 0)  # which leaves out what cannot be read
    return first[0].time_ns // 1000 if first else None


def _plain() -> Security:
    return {
        "level": "none",
        "label": "not encrypted",
        "title": "ws:// sends everything in the clear; wss:// encrypts and checks the server",
    }


def security(certificate: Certificate | None) -> Security:
    """Say what the padlock says.

    Parameters
    ----------
    certificate : Certificate or None
        The server's own; None without TLS.

    Returns
    -------
    Security
    """
    if certificate is None:
        return _plain()
    verdict = certificate.verdict
    days = certificate.days_left
    if verdict is None:
        return {"level": "warn", "label": "unchecked", "title": "nobody checked this certificate"}
    title = f"Certificate {verdict.summary}"
    if verdict.state == "bad":
        return {"level": "bad", "label": printable(verdict.reason, 40), "title": title}
    if verdict.state != "good":
        return {"level": "warn", "label": "pinned" if verdict.pinned else "not enforced", "title": title}
    return {
        "level": "warn" if days is not None and days < 14 else "good",
        "label": "valid" if days is None else f"valid {days} d",
        "title": title,
    }


def close_info(source: Source) -> CloseInfo | None:
    """Say how a connection ended, and who began it.

    Parameters
    ----------
    source : Source
        A closed one.

    Returns
    -------
    CloseInfo or None
        None when no close code is known.
    """
    code = getattr(source, "close_code", None)
    if code is None:
        return None
    # What we closed has no error; what the server closed has its CloseError. 1006 is nobody's decision.
    error = getattr(source, "error", None)
    by: Literal["you", "the server", ""]
    by = (
        "you"
        if error is None
        else "the server"
        if isinstance(error, CloseError) and not isinstance(error, EOFError)
        else ""
    )
    reason = printable(getattr(source, "close_reason", None) or "", 130)
    return {"code": code, "reason": reason, "meaning": Close(code).meaning, "by": by}


def handshake_answer(handshake: Handshake | None, session: str = "ws") -> dict[str, Any]:
    """Write the handshake tab.

    Parameters
    ----------
    handshake : Handshake or None
        The record; None when the connection never opened.
    session : str, default "ws"
        Python that gives the session. What is masked stays in the kernel: a page may be shown to others, as Voilà does,
        who must not get it by a click. It is told what to type instead.

    Returns
    -------
    dict
        Fields of the ``handshake`` answer.
    """
    if handshake is None:
        return {"available": False, "url": "", "request": "", "response": "", "facts": [], "timings": [], "body": ""}
    host, port = handshake.address[:2]
    request, response = handshake.redacted_request(), handshake.redacted_response()
    shows = (
        [("Masked", f"print({session}.handshake.text(secrets=True)) shows what is {MASK} here")]
        if MASK in request + response
        else []
    )
    facts = [
        ("URL", redact_url(handshake.url)),
        ("Status", f"{handshake.status} {handshake.reason}".strip()),
        ("Subprotocol", handshake.shown_subprotocol or "none"),
        ("Extensions", handshake.extensions or "none"),
        ("Address", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
        *([("Proxy", handshake.proxy)] if handshake.proxy else []),
        *[("Redirected from", url) for url in handshake.redirects],
        *shows,
    ]
    return {
        "available": True,
        "url": mask(redact_url(handshake.url)),
        "request": request,
        "response": response,
        "facts": [(label, mask(value)) for label, value in facts],
        "timings": [
            (label, handshake.timings[phase]) for phase, label in _PHASES.items() if handshake.timings.get(phase)
        ],
        "body": mask_bytes(handshake.body, 0, _BODY).decode("utf-8", "replace"),
    }


def certificate_answer(certificate: Certificate | None, note: str = "") -> dict[str, Any]:
    """Write the certificate tab.

    Parameters
    ----------
    certificate : Certificate or None
        The server's own; None without TLS.
    note : str, optional
        What to say instead of a card.

    Returns
    -------
    dict
        Fields of the ``certificate`` answer.
    """
    if certificate is None:
        return {
            "available": False,
            "html": "",
            "note": note or "This connection is not encrypted: ws:// has no certificate.",
        }
    return {"available": True, "html": bundle(certificate)["text/html"], "note": ""}


def statistics_answer(name: str, source: Source, described: tuple[SessionInfo, StatsInfo]) -> dict[str, Any]:
    """Write what the statistics tab asks for; counting sizes costs 70 ns for each row that is new.

    Parameters
    ----------
    name : str
        What the source is called in the panel.
    source : Source
        What is shown; of one without ``stats`` only the sizes are known.
    described : (SessionInfo, StatsInfo)
        What its `SourceStatus` says.

    Returns
    -------
    dict
        Fields of the ``statistics`` answer.
    """
    log, stats = source.messages, capable(source, "stats")
    info, counters = described
    counted = stats.sizes if stats is not None else Sizes(log).histogram()
    sizes = [(bounds.start, bounds.stop - 1, count) for bounds, count in counted.items()]
    answer: dict[str, Any] = {
        "name": name,
        "stats": counters,
        "state": info["state"],
        "kept": len(log),
        "dropped": log.dropped,
    }
    if stats is None:
        return {**answer, "available": False, "rates": [], "wire": [0, 0], "latency": [], "sizes": sizes}
    latency = (stats.latency_p50, stats.latency_p95, stats.latency_p99)
    return {
        **answer,
        "available": True,
        "rates": [(1, stats.rate, stats.byte_rate), (60, stats.rate_60s, stats.byte_rate_60s)],
        "wire": [stats.sent_wire_bytes, stats.received_wire_bytes],
        "latency": [] if latency[0] is None else list(latency),
        "sizes": sizes,
    }
