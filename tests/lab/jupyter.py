"""What tests ask a Jupyter server over HTTP, and messages as front ends put them on its WebSockets."""

from __future__ import annotations

import json
import urllib.request
import uuid
from datetime import datetime, timezone
from typing import Any

TOKEN = "a-token-of-the-tests"


def rest(server: str, method: str, path: str, body: object = None) -> Any:
    """Call the server's HTTP API; gives what it answers as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server + path, data, {"Authorization": f"token {TOKEN}"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as response:
        return json.loads(response.read() or "null")


def message(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Make a message of the Jupyter messaging protocol 5.3."""
    header = {"msg_id": uuid.uuid4().hex, "username": "test", "session": "s", "msg_type": kind, "version": "5.3"}
    header["date"] = datetime.now(timezone.utc).isoformat()
    return {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
