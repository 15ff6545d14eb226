"""Mistakes that mypy --strict must find, each line with its error code (`test_typing`). Checked, not run."""

from __future__ import annotations

import kontena_ws_nb as kws


def options() -> None:
    kws.connect("wss://host", ping_intervall=3)  # refused: call-arg
    kws.connect("wss://host", on_full="keep")  # refused: arg-type
    kws.connect("wss://host", ssl_verify="no")  # refused: arg-type
    kws.connect("wss://host", on_open=abs)  # refused: arg-type
    kws.Client.connect("wss://host", max_size="1k")  # refused: arg-type
    kws.certificate("host", trust="mozilla")  # refused: arg-type
    kws.connect("wss://host", connect_timeout="3")  # refused: arg-type


def sessions(ws: kws.Session) -> None:
    ws.send({"op": "ping"})  # refused: arg-type
    ws.resend(1.5)  # refused: arg-type
    print(ws.read().text)  # refused: union-attr
    print(ws.certificate.pem)  # refused: union-attr
    ws.expect(5)  # refused: arg-type
    ws.collect("3")  # refused: arg-type
    ws.messages["0"]  # refused: call-overload
    ws.messages.add("text", "x")  # refused: arg-type
    ws.state = "open"  # refused: misc
    ws.nothing()  # refused: attr-defined


async def awaited(ws: kws.Session) -> None:
    ws.wait_closed()  # refused: unused-coroutine
    number: int = await ws.aread()  # refused: assignment
    async for message in ws.messages:  # refused: attr-defined
        print(message, number)
