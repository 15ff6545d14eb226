"""The front end's script as it travels."""

from __future__ import annotations

import gzip
import re
from base64 import b64decode
from pathlib import Path

from kontena_ws_nb import panel
from kontena_ws_nb.panel.bundle import packed


def test_what_travels_is_the_script_compressed() -> None:
    static = Path(str(panel.__file__)).parent / "static"
    script = (static / "panel.min.js").read_text("utf-8")
    travels = str(panel.Panel._esm)
    found = re.search(r'atob\("([A-Za-z0-9+/=]+)"\)', travels)
    assert found is not None
    assert gzip.decompress(b64decode(found[1])).decode() == script
    assert len(travels) < len(script) / 2
    assert len(travels) + len((static / "panel.min.css").read_text("utf-8")) < 140_000


def test_the_same_script_travels_the_same_way() -> None:
    assert packed("export default 1;") == packed("export default 1;")
