"""Patterns of users: every search ends, and no other thread has to wait for it."""

from __future__ import annotations

import copy
import pickle
import random
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.conversation.matcher import Matcher
from kontena_ws_nb.log.filter import patterns
from kontena_ws_nb.log.filter.grammar import QueryError, parse
from kontena_ws_nb.log.filter.patterns import LIMIT, LONGEST, Pattern, SlowPatternError, limited, stoppable
from kontena_ws_nb.log.filter.query import Query, Scan
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.view import View
from tests.unit.log.rows_lab import batch_of


def log_of(*payloads: str) -> MessageLog:
    log = MessageLog()
    log.append(batch_of(*[payload.encode() for payload in payloads]), time.time_ns())
    return log


#: What backtracks, and a text on which it does.
EVIL = [
    (r"(a+)+$", "a" * 60 + "b"),
    (r"(a|aa)+$", "a" * 60 + "b"),
    (r"(.*)*x[^x]", "a" * 60),
    (r"^(\w+\s?)*$", "a" * 60 + "!"),
    (r"(x+x+)+y", "x" * 60),
    (r"(a{1,1000}){1,1000}$", "a" * 5000 + "b"),
    (r"(?:a?){30}a{30}", "a" * 29),
    (r"(?<=a)(b+)+$", "a" + "b" * 60 + "c"),
    (r"(?i)(straße|ſ+)+$", "ſ" * 60 + "!"),
    (r"a.*b.*c.*d", "a" * 3_000_000),
    (r".*.*=.*#", "a" * 34_000_000),
    (r"(?:a|b|ab)*c[^c]", "ab" * 10_000_000),
    (r"(a*)*\b\B", "a" * 100_000),
]


class Watcher:
    """Another thread of the kernel: the longest that it had to stand still."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.rounds = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        last = time.perf_counter()
        while not self._stop.is_set():
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last), now
            self.rounds += 1

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@pytest.mark.parametrize(("source", "text"), EVIL, ids=[source for source, _ in EVIL])
def test_a_pattern_ends_and_nobody_waits_for_it(source: str, text: str) -> None:
    pattern = stoppable(re.compile(source))
    began = time.monotonic()
    with Watcher() as other:
        with suppress(SlowPatternError):
            pattern.search(text)
    assert time.monotonic() - began < 30  # the limit is of processor time, and `re` would take years
    # 5 ms measured where nothing else runs, 100 ms on a busy machine.
    assert other.longest < 2


def test_the_message_it_was_stopped_on_is_told_and_what_was_found_before_is_kept() -> None:
    log = log_of("aaa", "none", "aaaa", "a" * 60 + "b", "aaa")
    query = Query.parse("/(a|aa)+$/")
    scan = Scan(query, log)
    assert list(scan.step()) == [0, 2]
    assert not scan.done
    assert scan.position == 3
    assert isinstance(scan.stopped, SlowPatternError)
    assert scan.stopped.index == 3
    assert re.fullmatch(
        r"the pattern /\(a\|aa\)\+\$/ was stopped after [\d.]+ s on message #3: it tries too many ways to match\. Avoid a repeat inside .*",
        str(scan.stopped),
    )
    began = time.monotonic()
    assert list(scan.step()) == []  # at once: it is not tried again
    assert time.monotonic() - began < LIMIT
    with pytest.raises(SlowPatternError, match="message #3"):
        query.scan(log)
    view = View(log, query)
    for _ in range(2):
        with pytest.raises(SlowPatternError, match="message #3"):
            len(view)
    assert list(view.indices) == [0, 2]
    assert view._repr_mimebundle_() == {"text/plain": repr(view)}
    assert "2 of 5 messages, still searching; the pattern /(a|aa)+$/ was stopped" in repr(view)
    log.clear()
    assert len(view) == 0


def test_two_patterns_the_first_row_that_either_is_stopped_on_counts() -> None:
    log = log_of("x", "b" * 60 + "c", "a" * 60 + "b")
    scan = Scan(Query.parse("-/(a|aa)+$/ -/(b|bb)+$/"), log)
    assert list(scan.step()) == [0]
    assert scan.stopped is not None
    assert scan.stopped.index == 1


def test_a_deadline_before_the_row_leaves_it_for_the_next_step() -> None:
    moments = iter(range(1000))
    log = log_of("aaa", "aaa", "a" * 60 + "b")
    scan = Scan(Query.parse("/(a|aa)+$/"), log, clock=lambda: next(moments))
    assert list(scan.step(deadline=0)) == [0]
    assert scan.stopped is None
    assert list(scan.step(deadline=0)) == [1]
    assert scan.stopped is None
    assert list(scan.step(deadline=0)) == []
    assert scan.stopped is not None


@pytest.mark.parametrize(
    "match",
    [
        re.compile("(a|aa)+$"),
        re.compile(b"(a|aa)+$"),
        "/(a|aa)+$/",
        {"k": re.compile("(a|aa)+$")},
        [re.compile("(a|aa)+$")],
    ],
    ids=["regex", "bytes", "filter", "subset", "list"],
)
def test_what_expect_takes_can_be_stopped(match: object) -> None:
    evil = "a" * 60 + "b"
    text = f'["{evil}"]' if isinstance(match, list) else f'{{"k":"{evil}"}}' if isinstance(match, dict) else evil
    log = log_of("first", text)
    with pytest.raises(SlowPatternError, match="on message #1: ") as caught:
        Matcher.of(match)(log[1])  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError)
    assert not isinstance(caught.value, TimeoutError)


@contextmanager
def interrupted_after(seconds: float) -> Iterator[list[float]]:
    """Ctrl+C, once the search is under way."""
    struck: list[float] = []

    def strike() -> None:
        struck.append(time.monotonic())
        signal.raise_signal(signal.SIGINT)

    old = signal.signal(signal.SIGALRM, lambda *_: strike())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield struck
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@pytest.mark.parametrize(
    "search",
    [
        lambda log: len(log.where("/(a|aa)+$/")),
        lambda log: Matcher.of(re.compile("(a|aa)+$"))(log[0]),
        lambda log: len(log.where(" ".join(f"-{n}x" for n in range(3000)))),
    ],
    ids=["where", "expect", "words"],
)
def test_an_interrupt_ends_a_search(search: Callable[[MessageLog], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT", 30.0)
    log = log_of("a" * 60 + "b", *["nothing at all" * 20] * 20_000)
    with interrupted_after(0.2) as struck, pytest.raises(KeyboardInterrupt):
        search(log)
    assert time.monotonic() - struck[0] < 5  # 0.2 ms measured


def test_places_to_mark_are_bounded_in_number_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Pattern(re.compile("a|b*")).spans("xabba", 9) == [
        (1, 2),
        (2, 4),
        (4, 5),
    ]  # where it matches nothing, nothing
    assert Pattern(re.compile("a")).spans("aaa", 2) == [(0, 1), (1, 2)]
    monkeypatch.setattr("kontena_ws_nb.log.filter.patterns._QUICK", 1e-9)  # a fast machine needs less than 5 ms for it
    source, text = EVIL[0]
    assert Pattern(re.compile(source)).spans(text, 9) == []


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = Pattern(re.compile("a"))

    def search(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pattern, "_search", search)
    monkeypatch.setattr(patterns, "_LONG", 0)
    with pytest.raises(SlowPatternError, match="was stopped for lack of memory after"):
        pattern.search("abc")


def test_the_error_is_bounded_masked_and_survives_pickle_and_copy() -> None:
    kws.secret("hunter2-hunter2")
    error = SlowPatternError("hunter2-hunter2\n" + "x" * 5000, 1.25)
    error.index = 7
    assert str(error).startswith(f"the pattern /***·{'x' * 44}…/ was stopped after 1.2 s on message #7: ")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert str(twin) == str(error)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (re.compile("a" * (LONGEST + 1)), "20,001 characters; at most 20,000"),
        (re.compile(rb"\w", re.LOCALE), "depends on the locale"),
        (re.compile("(?:" * 200 + "a" + ")" * 200), "nested too deeply"),
    ],
    ids=["long", "locale", "deep"],
)
def test_what_cannot_be_searched_so_is_refused(pattern: re.Pattern[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Matcher.of(pattern)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"/{'a' * 1_000_000}/", "1,000,000 characters; at most 20,000"),
        (f"/{'(' * 9000}{')' * 9000}/", "nested too deeply"),
        (f"/{'(?:' * 200}a{')' * 200}/", "nested too deeply"),
        ("/(a/", "missing \\), unterminated subpattern"),
        ("/(?L)a/", "bad inline flags"),
        ("size:>999999999999999999999", "is not a number of bytes"),
        ("size:" + "9" * 1_000_000, "'9{60}…' is not a number"),
        ("since:" + "9" * 1_000_000, "'9{60}…' is not a time"),
        ("kind:" + "x" * 1_000_000, "'x{60}…' is unknown"),
        ("knid:" + "x" * 1_000_000, "unknown key 'knid'"),
        ("$" + ".*" * 1000, "at most 100 steps"),
        ("$" + ".a" * 500_000, "at most 100 steps"),
        ('"' + "x" * 1_000_000, "never closed"),
    ],
    ids=lambda value: value[:20],
)
def test_filters_that_are_refused_at_once_and_in_few_words(text: str, why: str) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError, match=why) as caught:
        parse(text)
    assert time.monotonic() - began < 20
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "text",
    [
        "a " * 500_000,
        " ".join(f"-w{n}" for n in range(50)),
        "x" * 1_000_000,
        "$.a=" + "9" * 1_000_000,
        '$.a="' + "x" * 1_000_000 + '"',
        "$" + ".*" * 100,
        "$.*.*.*=7",
        "$[0]=7",
        "$.n=7",
    ],
    ids=lambda text: text[:12],
)
def test_large_filters_over_strange_json_end(text: str) -> None:
    deep, long = "[" * 10_000 + "]" * 10_000, "1" * 5_000_000
    rows = [deep, f"[{long}]", f'{{"n":{long}}}', f'{{"n":1.{long}}}', f'{{"n":{long}e9}}', "[" * 900 + "7" + "]" * 900]
    with Watcher() as other:
        began = time.monotonic()
        len(log_of(*rows).where(text))
        assert time.monotonic() - began < 60
    assert other.longest < 5


def test_a_miss_is_told_without_a_pattern() -> None:
    matcher = Matcher.of('"' + "A" * 300_000 + 'B"')
    log = log_of("a" * 1_000_000, "İ" + "a" * 300_000 + "b")
    began = time.monotonic()
    assert matcher.miss(log[0]).lines[0].endswith("missing")
    assert "missing; there is 'aaa" in matcher.miss(log[1]).lines[0]
    assert time.monotonic() - began < 20


#: Pieces of patterns, those among them that only one of the two engines knows.
PIECES = [
    *"ab1[]^-{}e,()*+?|.$",
    "(?:",
    r"\d",
    r"\w",
    r"\b",
    r"\1",
    "(?=",
    "(?<=",
    "(?i)",
    "[:alpha:]",
    r"\[",
    r"\{",
    "{2}",
    "{1,2}",
    "{,}",
    "{}",
]
PIECES += [
    "&&",
    "--",
    "||",
    r"\N{DIGIT ONE}",
    r"\x41",
    "(?P<n>",
    "(?P=n)",
    "(?#[{)",
    "{e}",
    "{i<=1}",
    "(?x)",
    "#[\n",
    "k",
    "\u212a",
]


def test_patterns_mean_what_they_mean_to_re() -> None:
    chance = random.Random(14)
    texts = [
        "a",
        "ab",
        "aab1",
        "[{e}]",
        ":alph]",
        "b{e<=1}1",
        "a\nb1",
        " -&|~",
        "{",
        "[[",
        "a,b",
        "AAA{2}",
        "a{}",
        "kK\u212a",
        "#[x",
    ]
    texts += ["".join(chance.choice("ab1[]{}e,<=:-&| \nAk") for _ in range(12)) for _ in range(10)]
    seen = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # FutureWarning: possible nested set
        while seen < 3000:
            source = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))
            try:
                pattern = re.compile(source)
            except re.error:
                continue
            seen += 1
            ours = Pattern(pattern)
            assert [
                (source, text) for text in texts if ours.search(text) is not (pattern.search(text) is not None)
            ] == []


@pytest.mark.parametrize("flags", [0, re.I, re.M, re.S, re.X, re.A, re.X | re.I])
def test_flags_mean_what_they_mean_to_re(flags: int) -> None:
    for source in ("A b", "^b$", "a.b", r"^\w+$", "a # {", "a #{\n b", "ab"):
        pattern = re.compile(source, flags)
        for text in ("ab", "a b", "A b", "a\nb", "äb", "a # {", "AB"):
            assert Pattern(pattern).search(text) is (pattern.search(text) is not None), (source, flags, text)
            if text.isascii():
                in_bytes = re.compile(source.encode(), flags)
                assert Pattern(in_bytes).search(text.encode()) is (in_bytes.search(text.encode()) is not None)


def test_a_thread_that_is_waited_for_may_have_less_time() -> None:
    pattern = stoppable(re.compile("(a|aa)+$"))
    with limited(0.05):
        with pytest.raises(SlowPatternError) as caught:
            pattern.search("a" * 60 + "b")
        assert caught.value.seconds < LIMIT / 2
        with limited(LIMIT):
            pass
    with pytest.raises(SlowPatternError) as caught:
        pattern.search("a" * 60 + "b")
    assert caught.value.seconds > LIMIT / 2
