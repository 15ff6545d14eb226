"""Chromium's own DevTools import our HAR, by the code behind "Import HAR file", and we open what they export of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures.har import write_har
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.browser.harness import Browser
from tests.unit.captures.capture_lab import REQUEST, every_kind, log_of, record, row

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

#: DevTools are in the browser itself.
FRONT_END = "devtools://devtools/bundled/devtools_app.html"
IMPORT = """async (text) => {
  const har = await import(new URL("./models/har/har.js", location.href).href);
  const log = new har.HARFormat.HARRoot(JSON.parse(text)).log;
  const requests = har.Importer.Importer.requestsFromHARLog(log);
  const exported = await har.Log.Log.build(requests, { sanitize: false });
  return {
    exported,
    requests: requests.map((request) => ({
      url: request.url(),
      type: request.resourceType().name(),
      status: request.statusCode,
      request: request.requestHeaders().map(({ name, value }) => `${name}: ${value}`),
      response: request.responseHeaders.map(({ name, value }) => `${name}: ${value}`),
      frames: request.frames().map(({ type, time, text, opCode }) => ({ type, time, text, opCode })),
    })),
  };
}"""


def imported(browser: Browser, text: str) -> dict[str, Any]:
    page = browser.page()
    try:
        page.goto(FRONT_END)
        found: dict[str, Any] = page.evaluate(IMPORT, text)
        return found
    finally:
        page.context.close()


def test_devtools_import_our_har_and_we_open_their_export(browser: Browser, tmp_path: Path) -> None:
    listed = [*every_kind(), *(row("text", b"row %d" % n, 100 + n * 10**6) for n in range(1000))]
    with (tmp_path / "a.har").open("wb") as file:
        write_har(file, [SessionRows(record(), log_of(listed))], Saving(True))
    found = imported(browser, (tmp_path / "a.har").read_text("utf-8"))
    first, second = found["requests"]
    assert first["url"] == "wss://feed.example/feed?symbol=BTC&token=s3cr3t-s3cr3t"
    assert (first["type"], first["status"], second["type"]) == ("websocket", 101, "websocket")
    assert first["request"] == REQUEST.decode().split("\r\n")[1:-2]
    assert "Sec-WebSocket-Protocol: chat" in first["response"]
    wanted = [one for one in listed if one["kind"] in ("text", "binary", "error") and one["connection"] == 1]
    frames = first["frames"]
    assert [(one["type"], one["opCode"]) for one in frames] == [
        (
            "error" if one["kind"] == "error" else "send" if one["sent"] else "receive",
            {"text": 1, "binary": 2, "error": -1}[one["kind"]],
        )
        for one in wanted
    ]
    assert [one["time"] for one in frames] == pytest.approx([one["time_ns"] / 1e9 for one in wanted], abs=1e-6)
    assert [one["text"] for one in frames if one["opCode"] == 1][:2] == ['{"s":"é\n\u2028"}', ""]
    assert [one["text"] for one in second["frames"]] == ["on the second"]
    # What DevTools write of it is what we read.
    (tmp_path / "b.har").write_text(json.dumps({"log": found["exported"]}), "utf-8")
    capture = kws.load(tmp_path / "b.har")
    assert capture.problems == ()
    plain = [one for one in wanted if one["payload"] != b"\xff not UTF-8"]
    theirs = [one for one in capture.sessions["feed.example"].messages if one.payload != b"/yBub3QgVVRGLTg="]
    assert [(one.kind, one.payload, one.direction == "sent") for one in theirs] == [
        (one["kind"], one["payload"], one["sent"]) for one in plain
    ]
    assert [round(one.time_ns, -3) for one in theirs] == pytest.approx(
        [round(one["time_ns"], -3) for one in plain], abs=1000
    )
