"""Captures in the hands of others: mitmproxy, pandas, polars, DuckDB, Dask, Chromium and tcpdump's format; and theirs in ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.dataframe
import duckdb
import pandas
import polars
import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures.mitm import write_mitm
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.lab import peers
from tests.lab.raw_server import Peer, RawServer, text
from tests.unit.captures.capture_lab import every_kind, handshake, log_of, record, seen


@pytest.fixture(scope="module", autouse=True)
def threads() -> None:
    """Start what polars, DuckDB and Dask keep for the whole process before anybody counts what a test leaves behind."""
    polars.read_ndjson(b'{"a":1}')
    duckdb.sql("select 1").fetchall()
    dask.dataframe.from_pandas(pandas.DataFrame({"a": [1]}), npartitions=1).compute(scheduler="sync")


KINDS = [one["kind"] for one in every_kind()]
TIMES = [one["time_ns"] for one in every_kind()]


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    kws.save({"feed": log_of(every_kind())}, tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


def test_pandas_reads_parquet(parquet: Path) -> None:
    frame = pandas.read_parquet(parquet)
    assert frame["kind"].to_list() == KINDS
    assert frame["time"].astype("int64").to_list() == TIMES
    assert frame["text"][1] == '{"s":"é\n\u2028"}'
    assert frame["data"][7] == bytes(range(256))


def test_polars_reads_parquet(parquet: Path) -> None:
    frame = polars.read_parquet(parquet.read_bytes())
    assert frame["kind"].to_list() == KINDS
    assert frame["time"].dt.timestamp("ns").to_list() == TIMES
    assert frame["data"][7] == bytes(range(256))


def test_duckdb_reads_parquet_and_json_lines(parquet: Path) -> None:
    kws.save({"feed": log_of(every_kind())}, parquet.with_suffix(".jsonl"))
    for name in (parquet, parquet.with_suffix(".jsonl")):
        with duckdb.connect() as database:
            rows = database.execute(
                "SELECT kind, count(*) FROM (FROM '"
                + str(name)
                + "') WHERE direction = 'sent' GROUP BY kind ORDER BY kind"
            ).fetchall()
        assert rows == [("binary", 1), ("close", 1), ("ping", 1), ("text", 2)]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Dask's own, of pandas 3.1
def test_dask_reads_parquet(parquet: Path) -> None:
    frame = dask.dataframe.read_parquet(parquet)
    counted = frame[frame.direction == "sent"].groupby("kind").size().compute(scheduler="sync")
    assert counted.to_dict() == {"binary": 1, "close": 1, "ping": 1, "text": 2}


def test_pandas_and_polars_read_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    kws.save({"feed": log_of(every_kind())}, path)
    frame = pandas.read_json(path, lines=True)
    assert frame["kind"].to_list() == KINDS
    assert frame["data"][1] == '{"s":"é\n\u2028"}'
    assert pandas.to_datetime(frame["time"], utc=True).dt.as_unit("ns").astype("int64").to_list() == TIMES
    table = polars.read_ndjson(path.read_bytes())
    assert table["kind"].to_list() == KINDS
    assert table["data"][1] == '{"s":"é\n\u2028"}'


#: What mitmproxy's own reader finds in a flow file, and its own writer makes of it.
MITMPROXY = """
import json, sys
from mitmproxy.io import FlowReader, FlowWriter
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    flows = list(FlowReader(source).stream())
    writer = FlowWriter(target)
    for flow in flows:
        writer.add(flow)
print(json.dumps([
    {
        "url": flow.request.url,
        "headers": dict(flow.request.headers),
        "messages": [[int(m.type), m.from_client, m.content.hex(), m.timestamp] for m in flow.websocket.messages],
        "close": [flow.websocket.closed_by_client, flow.websocket.close_code, flow.websocket.close_reason],
        "certificates": len(flow.server_conn.certificate_list),
    }
    for flow in flows
]))
"""


@pytest.mark.peer("mitmproxy")
def test_mitmproxy_reads_our_flows_and_we_read_what_it_writes(tmp_path: Path) -> None:
    from dataclasses import replace

    listed = [one for one in every_kind() if one["connection"] == 1]
    known = record()
    # mitmproxy wants certificates that are some.
    known = replace(known, connections=(replace(known.connections[0], certificate=None),))
    with (tmp_path / "a.mitm").open("wb") as file:
        write_mitm(file, [SessionRows(known, log_of(listed))], Saving(True))
    done = subprocess.run(
        [peers.MITMPROXY.python, "-c", MITMPROXY, tmp_path / "a.mitm", tmp_path / "b.mitm"],
        capture_output=True,
        text=True,
        check=True,
    )
    (flow,) = json.loads(done.stdout)
    assert flow["url"] == "https://feed.example/feed?symbol=BTC&token=s3cr3t-s3cr3t"
    assert flow["headers"]["Authorization"] == "Bearer b34r3r-b34r3r"
    data = [one for one in listed if one["kind"] in ("text", "binary")]
    assert [(code, sent, bytes.fromhex(payload)) for code, sent, payload, _ in flow["messages"]] == [
        ({"text": 1, "binary": 2}[one["kind"]], one["sent"], one["payload"]) for one in data
    ]
    assert [time for *_, time in flow["messages"]] == [one["time_ns"] / 1e9 for one in data]
    assert flow["close"] == [True, 1000, "bye"]
    ours, theirs = kws.load(tmp_path / "a.mitm"), kws.load(tmp_path / "b.mitm")
    assert seen(ours.messages) == seen(theirs.messages)
    assert theirs.handshake is not None
    assert theirs.handshake.request == handshake().request
    assert list(theirs.sessions) == ["feed"]


@pytest.mark.peer("tshark")
@pytest.mark.peer("tcpdump")
def test_a_live_session_as_tcpdump_captured_it(tmp_path: Path, demo: Any) -> None:
    path = tmp_path / "live.pcap"
    port = demo.url().rpartition(":")[2].strip("/")
    with captured(path, port):
        with kws.connect(demo.url(), "live", ping_interval=None) as ws:
            ws.send("hello")
            assert ws.read(timeout=5) is not None
            ws.send(bytes(range(256)))
            assert ws.read(timeout=5) is not None
        rows = [
            (one.kind, one.direction, one.payload) for one in ws.messages if one.kind in ("text", "binary", "close")
        ]
    capture = kws.load(path)
    found = [(one.kind, one.direction, one.payload) for one in capture.messages]
    assert found == rows
    assert capture.handshake is not None
    assert capture.handshake.status == 101


def captured(path: Path, port: str) -> Any:
    from contextlib import contextmanager

    @contextmanager
    def run() -> Iterator[None]:
        command = ["tcpdump", "-i", "lo", "-U", "--immediate-mode", "-Z", "root", "-w", str(path), "tcp", "port", port]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert any("listening on" in line for line in iter(process.stderr.readline, ""))
            try:
                yield
            finally:
                # It writes what it has seen before it ends.
                process.terminate()
                process.stderr.read()

    return run()


#: Captures three feeds in the processes of a cluster, and reads what they wrote as one table.
CLUSTER = """
import sys

import dask.dataframe
import kontena_ws_nb as kws
from dask.distributed import Client, LocalCluster

if __name__ == "__main__":
    folder, urls = sys.argv[1], sys.argv[2:]
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster, Client(cluster) as client:
        saved = client.gather(client.map(kws.capture, urls, folder=folder, seconds=3600))
        frame = dask.dataframe.read_parquet(folder, columns=["kind", "text"])
        print(len(saved), int((frame.kind == "text").sum().compute()), len(kws.load(folder).where("kind:text")))
"""


def test_a_cluster_captures_many_feeds_into_one_dataset(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(b"".join(text(f'{{"n":{n}}}') for n in range(100)))
        peer.close(1000)

    program = tmp_path / "cluster.py"
    program.write_text(CLUSTER)
    with RawServer(script) as one, RawServer(script) as two, RawServer(script) as three:
        urls = [one.url, two.url, three.url]
        done = subprocess.run(
            [sys.executable, str(program), str(tmp_path / "feeds"), *urls],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3", "300", "300"]
