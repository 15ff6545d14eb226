"""Queries: matching a message and searching segments give the results of a plain implementation."""

from __future__ import annotations

import json
import re
import time
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kontena_ws_nb.log.filter import grammar, search
from kontena_ws_nb.log.filter.query import Query, Scan
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.log.segment import SENT
from kontena_ws_nb.protocol.frames import Batch

SECOND = 10**9


def log_of(*payloads, kind=0x1, time_ns=SECOND):
    log = MessageLog()
    fill(log, *payloads, kind=kind, time_ns=time_ns)
    return log


def fill(log, *payloads, kind=0x1, time_ns=SECOND):
    data = [p.encode() if isinstance(p, str) else p for p in payloads]
    log.append(Batch(b"".join(data), list(accumulate(map(len, data), initial=0)), bytes([kind]) * len(data)), time_ns)


def hits(log, text, now_ns=100 * SECOND):
    """Scan, and insist that asking message by message says the same."""
    query = Query.parse(text, now_ns)
    found = list(query.scan(log))
    assert found == [message.index for message in log if query.match(message)]
    return found


def mixed():
    log = MessageLog()
    fill(log, '{"type":"trade","p":"64210.55","id":7}', "ping pong", "", time_ns=10 * SECOND)
    fill(log, b"\x00\xff binary trade", kind=0x2, time_ns=20 * SECOND)
    fill(log, "sent trade", kind=0x1 | SENT, time_ns=30 * SECOND)
    fill(log, b"\x03\xe8bye now", kind=0x8, time_ns=40 * SECOND)
    log.add("open", b"connected", time_ns=50 * SECOND)
    return log


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("trade", [0, 3, 4]),
        ("Trade", []),
        ('"ping pong"', [1]),
        ("-trade", [1, 2, 5, 6]),
        ("trade -sent", [0, 3]),
        ("trade binary", [3]),
        ("dir:sent", [4]),
        ("-dir:sent kind:text", [0, 1, 2]),
        ("kind:close,open", [5, 6]),
        ("-kind:text dir:received", [3, 5, 6]),
        ("kind:pong", []),
        ("trade dir:received", [0, 3]),
        ("size:0", [2]),
        ("size:9..10", [1, 4, 5, 6]),
        ("-size:>5", [2]),
        ("since:70s", [4, 5, 6]),
        ("-since:70s", [0, 1, 2, 3]),
        ("/^bye/", [5]),
        ("/tr[a-z]+e/", [0, 3, 4]),
        ("/TRADE/i", [0, 3, 4]),
        ("-/trade/ kind:text dir:received", [1, 2]),
        ("/\ufffd binary/", [3]),
        ("$.type", [0]),
        ("-$.type trade", [3, 4]),
        ("$.type=trade", [0]),
        ("$.id=7", [0]),
        ("$.p=64210.55", [0]),
        ("$.p=64210.5", []),
        ('."type"', [0]),
        ('.["type"]=trade', [0]),
        ('$."type" == "trade"', [0]),
        (".[0]", []),
        ("$.type $=a", []),
        ("$.id=7 $.type=trade -nothing", [0]),
    ],
)
def test_filters_on_a_mixed_log(text, expected):
    assert hits(mixed(), text) == expected


def strange():
    """One row of each sort there is, and JSON in all its spellings."""
    log = MessageLog()
    rows = [
        r'{"type":"trade","s":"BTC-USD","p":"70000.50000000","qty":12,"id":7,"ok":true,"a":[{"id":1},{"id":7}]}',  # 0
        r'{"type":"quote","s":"ETH-USD","p":69999.5,"qty":20,"id":8,"ok":false,"note":null,"x":{"y":{"id":7}}}',  # 1
        r'{"type":"Trades","city":"K\u00f6ln","url":"http:\/\/a\/b","qty":"15","t":"2026-01-31"}',  # 2
        "Köln or bust (really)",  # 3
    ]
    fill(log, *rows, time_ns=10 * SECOND)
    fill(log, '{"op":"sub","id":"7","args":["a|b","x,y"]}', kind=0x1 | SENT, time_ns=20 * SECOND)  # 4
    fill(log, b"\x90\x03\xff pack", kind=0x2, time_ns=30 * SECOND)  # 5
    fill(log, b'\xef\xbb\xbf{"type":"bom","n":1e2}', time_ns=30 * SECOND)  # 6
    fill(log, b"hb", kind=0x9, time_ns=40 * SECOND)  # 7
    fill(log, b"hb", kind=0xA | SENT, time_ns=40 * SECOND)  # 8
    fill(log, b"\x03\xe8bye", kind=0x8, time_ns=50 * SECOND)  # 9
    log.add("open", b"connected", time_ns=60 * SECOND, connection=2)  # 10
    log.add("text", '{"type":"tick","n":5}'.encode("utf-16"), time_ns=70 * SECOND, connection=2)  # 11
    log.add("text", b"12345 !shout #tag -5", time_ns=80 * SECOND, connection=3)  # 12
    return log


EVERY = list(range(13))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # comparisons
        ("$.p>70000", [0]),
        ("$.p>=69999.5", [0, 1]),
        ("$.p<70000", [1]),
        ("$.p<=70000.5", [0, 1]),
        ("$.p > 70000", [0]),
        ("$.p gt 70000", [0]),
        ("$.p≥70000.5", [0]),
        ("$.p=70000.5", [0]),
        ('$.p="70000.5"', []),
        ("$.p!=70000.5", [1]),
        ("$.p<>70000.5", [1]),
        ("-$.p=70000.5", EVERY[1:]),
        ("$.qty=10..15", [0, 2]),
        ("$.qty=..12", [0]),
        ("$.qty=13..", [1, 2]),
        ("$.qty!=10..15", [1]),
        ("$.qty=12|20", [0, 1]),
        ("$.qty=12,15", [0, 2]),
        ("$.qty=1..12|20", [0, 1]),
        ('$.t>"2026-01-30"', [2]),
        ('$.t<"2026-01-30"', []),
        ("$.n=100", [6]),
        ("$.n>1", [6, 11]),
        ("$.type=trade|quote", [0, 1]),
        ('$.type="trade"|"bom"', [0, 6]),
        ("$.type!=trade|quote", [2, 6, 11]),
        ("$.args[*]=a|b", [4]),
        ("$.args[*]=x,y", [4]),
        ('$.args[*]="x,y"', [4]),
        ("$.type=tr*", [0]),
        ("$.type=*r*e*", [0, 2]),
        ('$.type="tr*"', []),
        ("$.type=*", [0, 1, 2, 6, 11]),
        ("$.a=*", [0]),
        ("$.p=7*", [0]),
        ("$.type~tra", [0]),
        ("$.type contains tra", [0]),
        ("$.type~tra|quo", [0, 1]),
        ("$.type~/^tr/i", [0, 2]),
        ("$.type matches /^tr/i", [0, 2]),
        ("$.type!~tr", [1, 2, 6, 11]),
        ("$.a~7", [0]),
        ("$.p~50", [0]),
        ("$.ok~tru", [0]),
        ("$.a[*].id=7", [0]),
        ("$.a[].id=7", [0]),
        ("$..id=7", [0, 1, 4]),
        ("$.a.1.id=7", [0]),
        ("$..a.1.id=7", [0]),
        ("$.args.1=x,y", [4]),
        ("$.args.5", []),
        ("$.id.0", []),
        ("$..id", [0, 1, 4]),
        ("$..y..id=7", [1]),
        ("$..[1].id", [0]),
        ("$..*=8", [1]),
        ("i:$.type=TRADE", [0]),
        ("i:$.type=TR*", [0, 2]),
        ("i:$.type~TRAD", [0, 2]),
        ("i:$.id=7", [0, 4]),
        ("i:$.id=8..9", [1]),
        # spellings of other tools that mean something plain
        ("$.id==7", [0, 4]),
        ("$.id = 7", [0, 4]),
        ("$.id: 7", [0, 4]),
        ("$.id:7", [0, 4]),
        (".id==7", [0, 4]),
        (".a[].id == 7", [0]),
        ("$.ok=True", [0]),
        ("$.ok=False", [1]),
        ("$.note=None", [1]),
        ("size>80", [0, 1, 2]),
        ("size > 80", [0, 1, 2]),
        ("len:>80", [0, 1, 2]),
        ("length>80", [0, 1, 2]),
        ("size:2|5", [7, 8, 9]),
        ("kind=ping", [7]),
        ("kind==ping|pong", [7, 8]),
        ("kind!=text", [5, 7, 8, 9, 10]),
        ("kind:TEXT dir:out", [4]),
        ("opcode:0x9", [7]),
        ("kind:control", [7, 8, 9]),
        ("dir=sent", [4, 8]),
        ("dir:out", [4, 8]),
        ("direction:in kind:ping", [7]),
        ("dir:recv kind:pong", []),
        # or, and, not, parentheses
        ("bye or connected", [9, 10]),
        ("bye OR connected", [9, 10]),
        ("bye || connected", [9, 10]),
        ("hb and dir:sent", [8]),
        ("hb && dir:sent", [8]),
        ("hb dir:sent or bye", [8, 9]),
        ("hb (dir:sent or bye)", [8]),
        ("hb not dir:sent", [7]),
        ("hb AND NOT dir:sent", [7]),
        ("hb !dir:sent", [7]),
        ("not (kind:text or kind:ping)", [5, 8, 9, 10]),
        ("-(kind:text or (kind:ping hb))", [5, 8, 9, 10]),
        ("not (dir:received kind:text)", [4, 5, 7, 8, 9, 10]),
        ("not not bye", [9]),
        ("(dir:sent or conn:2) -hb", [4, 10, 11]),
        ("(/by./ or $.n=5 or conn:3) kind:text", [11, 12]),
        ('"or"', [3]),
        ('"(really)"', [3]),
        ("bust(", []),
        ("(bust or (really))", [3]),
        # case
        ("i:KÖLN", [2, 3]),
        ("i:TRADE", [0, 2]),
        ("i:(QUOTE or BYE)", [1, 9]),
        ("i: QUOTE or BYE", [1, 9]),
        ("-i:TRADE $.type", [1, 6, 11]),
        ("i:/^BYE/", [9]),
        # what a person reads
        ("Köln", [2, 3]),
        (r"K\u00f6ln", [2]),
        ("http://a/b", [2]),
        (r"http:\/\/a", [2]),
        ("/K.ln/", [2, 3]),
        ("/http:..a/", [2]),
        (r"/K\\u00f6ln/", [2]),
        ('$.city="Köln"', [2]),
        ('$.city="K\\u00f6ln"', [2]),
        ("/^{.type.:.bom/", [6]),
        ("$.type=bom", [6]),
        ("$.type=tick", [11]),
        # bytes, numbers of rows and connections, times
        ("hex:9003", [5]),
        ('hex:"90 03"', [5]),
        ("hex:0x90,0x03", [5]),
        ("hex:03e8", [9]),
        (r"/\x90\x03/", [5]),
        (r"/[\x80-\x9f]\x03/", [5]),
        ("conn:2", [10, 11]),
        ("conn:>1", [10, 11, 12]),
        ("connection=1..2 kind:open", [10]),
        ("#3", [3]),
        ("#3..5", [3, 4, 5]),
        ("#>10", [11, 12]),
        ("#0,12", [0, 12]),
        ("row:3", [3]),
        ("before:#2", [0, 1]),
        ("after:#10", [11, 12]),
        ("since:#10", [10, 11, 12]),
        ("before:85s", [0, 1, 2, 3]),
        ("before:70s", [0, 1, 2, 3, 4]),
        ("since:30s", [11, 12]),
        ("after:30s before:25s", [11]),
        ("since:0.5m", [11, 12]),
        ("since:20s or #0", [0, 12]),
        # text that stays text
        ("12345", [12]),
        ('"!shout"', [12]),
        ("#tag", [12]),
        ('"-5"', [12]),
    ],
)
def test_every_form_on_a_strange_log(text, expected):
    assert hits(strange(), text) == expected


JSON = [
    ("$.a=1", '{"a":1}', True),
    ("$.a=1", '{"a":1.0}', True),
    ("$.a=1", '{"a" : \n\t"1"}', True),
    ("$.a=1", '{"a":10e-1}', True),
    ("$.a=1", '{"a":true}', False),
    ("$.a=1", '{"a":11}', False),
    ("$.a=1500", '{"a":1.5E3}', True),
    ("$.a=1.50", '{"a":1.5}', True),
    ("$.a=-0.5", '{"a":-0.500}', True),
    ("$.a=0", '{"a":-0}', True),
    ("$.a=0.1", '{"a":0.1000000000000000055}', False),
    ("$.a=9007199254740993", '{"a":9007199254740992}', False),
    ("$.a=9007199254740993", '{"a":9007199254740993.0}', True),
    ("$.a=1", '{"a":1e99999999999999999999}', False),
    ("$.a=" + "9" * 60, '{"a":' + "9" * 60 + "}", True),
    ('$.a="1"', '{"a":1}', False),
    ("$.a=x", '{"a":"x"}', True),
    ("$.a=x", '{"a":"\\u0078"}', True),
    ("$.abc=x", '{"a\\u0062c":"x"}', True),
    ("$.a=x", '{"a":{"a":"x"}}', False),
    ("$.a.a=x", '{"a":{"a":"x"}}', True),
    ("$.a=a/b", '{"a":"a\\/b"}', True),
    ('$["a/b"]=x', '{"a\\/b":"x"}', True),
    ("$.é=ü", '{"é":"ü"}', True),
    ("$.é=ü", '{"\\u00e9":"\\u00fc"}', True),
    ("$.a=true", '{"a":true}', True),
    ("$.a=true", '{"a":"true"}', True),
    ("$.a=true", '{"a":1}', False),
    ("$.a=false", '{"a":false}', True),
    ("$.a=null", '{"a":null}', True),
    ("$.a=null", '{"b":null}', False),
    ("$.a", '{"a":null}', True),
    ("$.a", '["a"]', False),
    ("$[0]", "[]", False),
    ("$[0]", "[1]", True),
    ("$[-1]=z", '["y","z"]', True),
    ("$[1]=y", '["y","z"]', False),
    ("$[-3]", '["y","z"]', False),
    ("$[0]", '{"0":1}', False),
    ("$.a[0].b=1", '{"a":[{"b":1}]}', True),
    ("$.*.x=1", '{"p":{"x":0},"q":{"x":1}}', True),
    ("$[*].x=1", '[{"x":0},{"x":1}]', True),
    ("$.*", "5", False),
    ("$.*", "{}", False),
    ("$[*]=1", "[2,1]", True),
    ("$=5", " 5\r\n", True),
    ("$", "", False),
    ("$", "5 5", False),
    ("$", "\ufeff5", True),
    ("$.a=1", '\ufeff{"a":1}', True),
    ("$.a", '{"a":1', False),
    ("$.a", '{"a":' + "[" * 100_000, False),
]


@pytest.mark.parametrize(("text", "payload", "expected"), JSON)
def test_json_paths(text, payload, expected):
    assert bool(hits(log_of("decoy", payload, "decoy"), text)) is expected


def test_what_is_nested_as_deeply_as_can_be_read_raises_nothing():
    for depth in range(850, 1050, 2):
        payload = "[" * depth + "7" + "]" * depth
        hits(log_of(payload), "$~7")
        hits(log_of(payload), "$..[0]=7")


def test_wildcards_take_time_that_grows_with_the_payload():
    payload = json.dumps([[[[[1] * 8] * 8] * 8] * 8] * 8)
    began = time.process_time()
    assert hits(log_of(payload), "$" + "..*" * 30 + "..zz") == []
    assert time.process_time() - began < 20  # 0.6 s measured; each way for itself would take for ever


def test_json_paths_look_into_binary_rows_but_not_into_broken_utf8():
    assert hits(log_of(b'{"a":1}', b'{"a":"\xff"}', kind=0x2), "$.a") == [0]


@pytest.mark.parametrize(
    ("text", "payload"), [("/kelvin/i", "\u212aELVIN"), ("/mass/i", "ma\u017f\u017f"), ("/ix/i", "\u0130X")]
)
def test_letters_that_are_equal_only_without_case_are_found(text, payload):
    assert hits(log_of("decoy", payload), text) == [1]


@pytest.mark.parametrize(
    ("text", "char"),
    [
        ('"a\tb"', "\t"),
        ('"a\x01b"', "\x01"),
        ("aéb", "é"),
        ('"a/b"', "/"),
        ("'a\"b'", '"'),
        (r'"a\\b"', "\\"),
        ("/a.b/", "."),
    ],
)
def test_whatever_way_json_spells_it(text, char):
    code = ord(char)
    log = log_of("decoy", json.dumps(f"a{char}b"), f"a\\u{code:04x}b", f"a\\u{code:04X}b")
    assert hits(log, text) == [1, 2, 3]


def test_a_needle_across_two_rows_is_no_hit():
    assert hits(log_of("xxab", "cdxx", "abcd", "", "ab", "cd"), "abcd") == [2]
    assert hits(log_of('{"k":"v', '"}', '{"k":"v"}', '{"k":', '"v"}'), "$.k=v") == [2]


def test_a_row_is_asked_again_when_the_pattern_ran_over_its_end():
    # "k":1 ends the first row, and the digits of the second would go on.
    assert hits(log_of('{"x":0,"k":1}', '{"k":1}', '{"k"', ":1}", '{"k":"1"}'), "$.k=1") == [0, 1, 4]


def test_dense_hits_and_rare_ones_after_them():
    log = log_of(*["abc"] * 300, *["x"] * 300, "abc", "")
    assert hits(log, "abc") == [*range(300), 600]
    assert hits(log, "/ABC/i") == [*range(300), 600]


def test_long_payloads_are_searched_piecewise(monkeypatch):
    monkeypatch.setattr(search, "_PIECE", 10)
    log = log_of("x" * 8 + "needle" + "y" * 30, "z" * 25, "needle", "y" * 9 + "n")
    assert hits(log, "needle") == [0, 2]


def test_a_query_says_what_it_is():
    assert repr(Query.parse("a b")) == "Query('a b')"
    assert Query.parse("a")
    assert not Query.parse(" ")


class Clock:
    def __init__(self, step):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


def test_a_scan_goes_on_where_it_was():
    log = MessageLog()
    for _ in range(3):
        fill(log, *["abc", "x"] * 3000)
    scan = Scan(Query.parse("abc"), log, clock=Clock(1.0))
    steps = []
    while not scan.done:
        steps.append(scan.step(deadline=0.0))
    assert len(steps) >= 5
    assert [i for step in steps for i in step] == list(range(0, 18000, 2))
    assert list(scan.step()) == []
    fill(log, "abc")
    assert not scan.done
    assert list(scan.step()) == [18000]


def test_a_scan_can_be_limited():
    log = log_of(*["abc"] * 10)
    scan = Scan(Query.parse("abc"), log, start=3)
    assert list(scan.step(stop=5)) == [3, 4]
    assert scan.position == 5
    assert list(Query.parse("abc").scan(log, 8, 100)) == [8, 9]
    assert list(Query.parse("abc").scan(log, -5, 1)) == [0]


def test_a_scan_survives_clear_and_retention():
    log = log_of(*["abc"] * 10)
    scan = Scan(Query.parse("abc"), log)
    log.clear()
    assert list(scan.step()) == []
    assert scan.done
    fill(log, "abc")
    assert list(scan.step()) == [10]
    small = MessageLog(max_messages=1)
    late = Scan(Query.parse("abc"), small)
    for _ in range(3):
        fill(small, "abc" * 30_000)
    assert list(late.step()) == [2]


def test_slow_filters_are_reported_once(caplog):
    log = log_of("abc", "abc")
    fast = Scan(Query.parse("/a.c/"), log, clock=Clock(0.001))
    fast.step()
    assert fast.slow is None
    assert not caplog.records
    waiting = Scan(Query.parse("/a.c/"), log, clock=Clock(0.5), worked=Clock(0.001))
    waiting.step()
    assert waiting.slow is None
    slow = Scan(Query.parse("/a.c/"), log, clock=Clock(0.5), worked=Clock(0.75))
    slow.step()
    slow.step()
    assert slow.slow == "this filter took 0.5 s for message 0 (3 bytes)"
    assert [record.getMessage() for record in caplog.records] == [f"slow filter /a.c/: {slow.slow}"]


def test_costly_conditions_stop_between_rows():
    payloads = ['{"a": 1}', '{"a": 2}', '{"a": 1}', '{"b": 1}', '{"a": 1, "n": 4}'] * 3
    log = log_of(*payloads)
    for text in ("/a.{4}1/", "-/a.{4}1/", "$.a=1", "-$.a=1", "$.a=1 /n/", "-$.n /1/ -$.b"):
        query = Query.parse(text)
        scan = Scan(query, log, clock=Clock(1.0))
        hits, steps = [], 0
        while not scan.done:
            hits += scan.step(deadline=0.0)
            steps += 1
        assert hits == list(query.scan(log)) == [m.index for m in log if query.match(m)]
        assert steps > 3


def undone(text):
    """One layer of JSON escapes undone, without a byte order mark, spelled out."""
    out, at = "", 0
    while at < len(text):
        two, six = text[at : at + 2], text[at : at + 6]
        if two[:1] == "\\" and two[1:] in tuple('"\\/bfnrt'):
            out += {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}.get(two[1], two[1])
            at += 2
        elif two == "\\u" and re.fullmatch("[0-9a-fA-F]{4}", six[2:]):
            out += chr(int(six[2:], 16))
            at += 6
        else:
            out, at = out + text[at], at + 1
    return out.removeprefix("\ufeff")


def naive(term, message):
    """The meaning of a term, spelled out, without any of the shortcuts."""
    return plain(term, message) is not term.negated


def plain(term, message):
    if isinstance(term, grammar.Every):
        return all(naive(part, message) for part in term.terms)
    if isinstance(term, grammar.Some):
        return any(naive(part, message) for part in term.terms)
    if isinstance(term, grammar.Word):
        texts = [message.text, undone(message.text)]
        if term.caseless:
            return any(term.text.lower() in text.lower() for text in texts)
        return any(term.text in text for text in texts)
    if isinstance(term, grammar.Regex):
        return any(term.pattern.search(text) for text in (message.text, undone(message.text)))
    if isinstance(term, grammar.Hex):
        return term.bytes in message.payload
    if isinstance(term, grammar.Kind):
        return message.kind in term.values
    if isinstance(term, grammar.Direction):
        return message.direction in term.values
    if isinstance(term, grammar.Between):
        number = {grammar.Size: message.size, grammar.Index: message.index, grammar.Connection: message.connection}
        return term.low <= number[type(term)] <= (float("inf") if term.high is None else term.high)
    assert isinstance(term, grammar.Path)
    try:
        value = json.loads(message.text.removeprefix("\ufeff"), parse_float=Decimal)
    except ValueError:
        return False
    # A name means the members of an object; where a message is several objects, those of any.
    several = [value]
    if isinstance(value, list) and all(isinstance(one, dict) for one in value) and isinstance(term.steps[0], str):
        several += value
    return any(compared(term, found) for one in several for found in reached(one, term.steps))


def reached(value, steps):
    if not steps:
        yield value
        return
    step, *rest = steps
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if step is ...:
        yield from reached(value, rest) if isinstance(value, (dict, list)) else ()
        for _, child in children:
            yield from reached(child, steps)
        return
    for key, child in children:
        if step is None or (key == step and isinstance(step, str) is isinstance(value, dict)):
            yield from reached(child, rest)


def compared(term, value):
    if term.values is None:
        return True
    number = None
    if isinstance(value, str):
        number = Decimal(value) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value) else None
    elif not isinstance(value, bool) and isinstance(value, (int, Decimal)):
        number = Decimal(value)
    if term.operator in ("<", ">=") and isinstance(term.values[0], Decimal):
        return number is not None and (number < term.values[0] if term.operator == "<" else number >= term.values[0])
    if term.operator == "~":
        text = (
            value
            if isinstance(value, str)
            else str(value)
            if isinstance(value, Decimal)
            else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=float)
        )
        return any(wanted in text for wanted in term.values)
    equal = any(
        number == wanted
        if isinstance(wanted, Decimal)
        else (number is not None and wanted.low <= number <= wanted.high)
        if isinstance(wanted, grammar.Range)
        else type(value) is type(wanted) and value == wanted
        for wanted in term.values
    )
    return equal is (term.operator == "=")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-20, 20)
    | st.sampled_from([0.5, 1.5, -2.25, 1e3])
    | st.text('ab/é"\\ ', max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "a b", "é"]), inner, max_size=2)
    ),
    max_leaves=5,
)
PAYLOADS = st.lists(
    st.builds(lambda value, escape: json.dumps(value, ensure_ascii=escape), VALUES, st.booleans())
    | st.text("abcABC é\n", max_size=8),
    max_size=12,
)
FILTERS = st.sampled_from(
    [
        "a",
        "ab",
        "-a",
        "/a.b/",
        "/A/i",
        "/^a|b$/",
        "$.a",
        "$.a=1",
        "$.b=a",
        "$.*=a",
        "$[0]=1",
        "-$.a",
        '$["a b"]',
        "$.é=true",
        "size:2..4",
        "$=a",
    ]
)


SEVERAL = (
    '[{"ev":"T","p":{"x":1}},{"ev":"Q"}]',
    '[{"ev":"Q"}]',
    '[{"ev":"T"},1]',  # it is not several objects
    '{"ev":"T"}',
    "[]",
    '[[{"ev":"T"}]]',
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("$.ev=T", [0, 3]),
        ("$.ev", [0, 1, 3]),
        ("$.ev!=T", [0, 1]),
        ("-$.ev=T", [1, 2, 4, 5]),
        ("$.ev~t", []),
        ("i:$.ev~t", [0, 3]),
        ("$.p.x=1", [0]),
        ("$.p.*=1", [0]),
        ("$[0].ev=T", [0, 2]),
        ("$[*].ev=T", [0, 2]),
        ("$.0.ev=T", [0, 2]),
        ("$..ev=T", [0, 2, 3, 5]),
    ],
)
def test_an_array_of_objects_is_several(text, rows):
    log = log_of(*SEVERAL)
    query = Query.parse(text)
    assert [message.index for message in log if query.match(message)] == rows
    assert list(Scan(query, log).step()) == rows


@given(PAYLOADS, st.lists(FILTERS, max_size=3), st.integers(1, 40))
@example(["aab", "b"], ["ab"], 1)
def test_scanning_means_what_matching_means(payloads, filters, stride):
    log = log_of(*payloads) if payloads else MessageLog()
    query = Query.parse(" ".join(filters))
    scan = Scan(query, log)
    scan.query.stride = stride
    assert list(scan.step()) == [m.index for m in log if query.match(m)]


LEAVES = st.sampled_from(
    [
        *("a", "ab", "é", '"\\""', "i:A", "i:É", "/a.b/", "/^[{a]/", "/é/i", "hex:61", "size:2..4", "#1..3", "#>4"),
        *("kind:text", "dir:sent", "$.a", "$.a=1", "$.b=a", "$.a>=0", "$.a<1", "$.b!=1", "$.a~a", "$.*=a|1", "$..a=1"),
        *("$..b", "$[0]=1", "$.a=0..5", "$.é=true", '$["a b"]=null', "$.a=-2.25", '$.a="1"', "$..a..b", "$[*]<2"),
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} or {})".format, inner, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} {})".format, inner, inner),
        st.builds("not {}".format, inner),
        st.builds("-({})".format, inner),
    ),
    max_leaves=6,
)


@given(PAYLOADS, TREES, st.integers(1, 40), st.integers(0, 3))
@example([r'{"a":"\u0061b"}', "ab"], "(ab or i:É)", 1, 0)
def test_the_fast_search_agrees_with_the_plain_meaning(payloads, text, stride, sent):
    log = log_of(*payloads) if payloads else MessageLog()
    for payload in payloads[:sent]:
        log.add("binary", payload.encode(), sent=True)
    query = Query.parse(text)
    scan = Scan(query, log)
    scan.query.stride = stride
    found = list(scan.step())
    assert found == [m.index for m in log if all(naive(term, m) for term in query.terms)]
    assert found == [m.index for m in log if query.match(m)]


def reference(path, wanted, payload):
    """The meaning of `$.a=…`, spelled out."""
    try:
        value = json.loads(payload)
    except ValueError:
        return False
    if not isinstance(value, dict) or path not in value:
        return False
    found = value[path]
    return (not isinstance(found, bool) and isinstance(found, (int, float)) and found == wanted) or found == str(wanted)


@given(PAYLOADS, st.sampled_from(["a", "b", "é"]), st.integers(-3, 20))
def test_prefilters_lose_nothing(payloads, key, wanted):
    log = log_of(*payloads) if payloads else MessageLog()
    assert list(Query.parse(f"$.{key}={wanted}").scan(log)) == [m.index for m in log if reference(key, wanted, m.text)]


# ---- what decoders say


def socketio() -> MessageLog:
    log = MessageLog()
    log.meanings.choose("socket.io")
    for payload, sent in (
        (b'0{"sid":"a","pingInterval":2}', False),
        (b'42["chat","K\\u00f6ln",{"a":5}]', False),
        (b'421["ask",{"b":[1,2]}]', True),
        (b'431["ok"]', False),
        (b"nothing of it", False),
    ):
        log.add("text", payload, sent=sent)
    log.add("ping", b"chat")
    log.add("text", b'42["chat"]', connection=2)
    return log


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$.event=chat", [1, 6]),
        ("$.data[1].a>4", [1]),
        ("$..b[1]=2", [2]),
        ("$.of=ask", [3]),
        ("-$.event=chat", [0, 2, 3, 4, 5]),
        ("$.event!=chat", [2]),
        ("EVENT", [1, 2, 6]),
        ("-EVENT", [0, 3, 4, 5]),
        ("i:event", [1, 2, 6]),
        ("/^.{0,10}EVENT/", [1, 2, 6]),
        ("chat", [1, 5, 6]),
        ("chat kind:text", [1, 6]),
        ("Köln", [1]),
        ("431", [3]),  # as it was received
        ("hex:45", []),  # bytes are the payload's
        ("label:EVENT", [1, 2, 6]),
        ('label:"EVENT chat"', [1, 6]),
        ("label=ACK", [3]),
        ("label!=EVENT", [0, 3, 4, 5]),
        ("-label:/^E/", [0, 3, 4, 5]),
        ("label:/^ack/i", [3]),
        ("label:/^ack/", []),
        ("i:label:ack|open", [0, 3]),
        ('label!="EVENT chat"', [0, 2, 3, 4, 5]),
        ("label!=/^EVENT/", [0, 3, 4, 5]),
        ("label:ACK or label:open or nothing", [0, 3, 4]),
        ("not (label:EVENT or kind:ping)", [0, 3, 4]),
        ("decoder:socket.io", [0, 1, 2, 3, 4, 6]),
        ("decoder:socketio conn:2", [6]),
        ("-decoder:SocketIO", [5]),
        ("decoder:mqtt,socket.io dir:sent", [2]),
        ("decoder:mqtt", []),
        ("decoder:mqtt or $.event=chat", [1, 6]),
        ("decoder:socketio or nothing", [0, 1, 2, 3, 4, 6]),
        ("-decoder:mqtt", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_filters_look_at_the_decoded_value(text: str, found: list[int]) -> None:
    log = socketio()
    query = Query.parse(text)
    assert query.scan(log).tolist() == found
    assert [message.index for message in log if query.match(message)] == found
    assert Query.parse(text).scan(log, 2).tolist() == [index for index in found if index >= 2]


def test_messages_of_no_log_have_no_decoder() -> None:
    message = Message(0, 0, 0x2, 1, 1, b"\x81\xa1a\x05")
    assert Query.parse("$.a=5").match(message)
    assert Query.parse('label:"{"').match(message)
    assert not Query.parse("decoder:plain").match(message)
    assert not Query.parse("label:x").match(Message(0, 0, 0x9, 1, 1, b"x"))


def test_exact_numbers_stay_exact() -> None:
    log = MessageLog()
    log.add("text", b'{"a":0.1000000000000000055}')
    assert not Query.parse("$.a=0.1").match(log[0])
    assert len(log.where("$.a=0.1")) == 0


def test_json_has_no_label_whatever_stands_beside_it() -> None:
    """Neither where a binary message is in the same segment, nor before there is one, nor for a message by itself."""
    log = MessageLog()
    query, otherwise = Query.parse("label:next"), Query.parse("-label:next")
    log.add("text", b'{"type":"next"}')
    assert (query.scan(log).tolist(), otherwise.scan(log).tolist()) == ([], [0])
    log.add("binary", b"\x81\xa4type\xa4next")
    assert (query.scan(log).tolist(), otherwise.scan(log).tolist()) == ([1], [0])
    assert [query.match(message) for message in log] == [False, True]
    assert [otherwise.match(message) for message in log] == [True, False]
    assert not query.match(Message(0, 0, 0x1, 1, 1, b'{"type":"next"}'))


def test_what_stands_for_a_label_is_the_value_and_not_how_it_is_spelled() -> None:
    log = MessageLog()
    log.meanings.choose("msgpack")
    log.add("text", b'{"type":"n\\u0065xt"}')
    query = Query.parse("label:next")
    assert query.scan(log).tolist() == [0]
    assert query.match(log[0])


def test_the_beginning_of_the_value_stands_for_a_label() -> None:
    log = MessageLog()
    log.meanings.choose("msgpack")
    log.add("text", b'{"type":"next"}')
    log.add("binary", b"\x81\xa4type\xa4next")
    query = Query.parse("label:next")
    assert query.scan(log).tolist() == [0, 1]
    assert [query.match(message) for message in log] == [True, True]
