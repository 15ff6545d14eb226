"""`packed`: the front end's script as it travels in every ``comm_open`` and is saved with a notebook: compressed.

A saved notebook holds the script once for each panel, and a Jupyter server's WebSocket does not compress. All browsers
that run JupyterLab 4 have ``DecompressionStream``. The readable source lies beside it: ``static/panel.js``.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from typing import Final

#: An ES module that unpacks the one it holds. Like anywidget itself it imports from a ``blob:`` address.
_LOADER: Final = """\
// kontena_ws_nb's panel, minified and compressed (gzip, base64); readable: kontena_ws_nb/panel/static/panel.js
const data = Uint8Array.from(atob("{data}"), (char) => char.charCodeAt(0));
const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
const text = await new Response(stream).text();
const url = URL.createObjectURL(new Blob([text], {{ type: "text/javascript" }}));
const module = await import(url);
URL.revokeObjectURL(url);
export default module.default;
"""


def packed(script: str) -> str:
    """Compress an ES module.

    Parameters
    ----------
    script : str
        A module with a default export.

    Returns
    -------
    str
        A module that is the same, the same for the same script.
    """
    return _LOADER.format(data=b64encode(gzip.compress(script.encode(), mtime=0)).decode())
