"""The paths of the demo server and their parameters, without a server."""

from __future__ import annotations

import pytest

from kontena_ws_nb.demo.endpoints import ENDPOINTS, catalogue, find, nearest


def test_parameters_have_defaults_and_are_checked() -> None:
    endpoint, values = find("/flood?rate=50")
    assert endpoint is ENDPOINTS["flood"]
    assert values == {"size": 200, "rate": 50.0, "count": 0}
    assert find("/close?reason=a%20b")[1]["reason"] == "a b"
    assert find("/")[0] is ENDPOINTS[""]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/ticker?speed=1", "no parameter 'speed'; this endpoint has: rate, seed, count"),
        ("/silent?x=1", "this endpoint has: none"),
        ("/ticker?rate=fast", "rate: 'fast' is not a number"),
        ("/ticker?rate=nan", "rate: nan is not between 0.1 and 10000"),
        ("/reject?status=200", "status: 200 is not between 400 and 599"),
    ],
)
def test_wrong_parameters_are_told(target: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        find(target)


def test_an_unknown_path() -> None:
    with pytest.raises(KeyError):
        find("/nowhere")


def test_the_catalogue_has_every_path() -> None:
    lines = catalogue().splitlines()
    assert len(lines) == len(ENDPOINTS)
    for line, (name, endpoint) in zip(lines, ENDPOINTS.items(), strict=True):
        assert line.startswith(f"/{name}")
        assert line.endswith(endpoint.summary)


def test_the_nearest_endpoint() -> None:
    assert [nearest(target) for target in ("", "/", "ticker", "/ticker/", "ticker?rate=1")] == [""] * 5
    assert nearest("flod?size=3") == "did you mean demo/flood?"
    assert nearest("echo") == nearest("Echo/") == "did you mean demo?"
    assert nearest("q").startswith("there are demo, demo/ticker, ")
