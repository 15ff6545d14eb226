"""Every mistake, with what is said and where the caret stands; and what stays text."""

from __future__ import annotations

import re

import pytest

from kontena_ws_nb.decoders.registry import DECODERS
from kontena_ws_nb.log.filter import mistakes
from kontena_ws_nb.log.filter.grammar import Every, QueryError, Word, parse


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("type=x", 0, 'to compare a value of JSON messages type $.type=x; to search for this text, quote it: "type=x"'),
        ('type == "x"', 5, '== compares nothing here; type $.type="x"; to search for this text, quote it: "=="'),
        (
            "data.price>=100",
            0,
            'to compare a value of JSON messages type $.data.price>=100; to search for this text, quote it: "data.price>=100"',
        ),
        (
            "data.items[0].id=7",
            0,
            'to compare a value of JSON messages type $.data.items[0].id=7; to search for this text, quote it: "data.items[0].id=7"',
        ),
        ("type = x", 5, '= compares nothing here; type $.type=x; to search for this text, quote it: "="'),
        ("price > 100", 6, '> compares nothing here; type $.price>100; to search for this text, quote it: ">"'),
        ("a b == c", 4, '== compares nothing here; type $.b=c; to search for this text, quote it: "=="'),
        (
            "type:trade",
            0,
            'to compare a value of JSON messages type $.type=trade; to search for this text, quote it: "type:trade"',
        ),
        (
            "type: trade",
            0,
            'to compare a value of JSON messages type $.type=trade; to search for this text, quote it: "type:"',
        ),
        (
            "@event:join",
            0,
            'to compare a value of JSON messages type $.event=join; to search for this text, quote it: "@event:join"',
        ),
        (
            "price:>100",
            0,
            'to compare a value of JSON messages type $.price>100; to search for this text, quote it: "price:>100"',
        ),
        (
            "price:[10 TO 20]",
            0,
            'a range of a value of JSON messages is $.price=10..20; to search for this text, quote it: "price:[10"',
        ),
        (
            "price:{1",
            0,
            'a range of a value of JSON messages is $.price=10..20; to search for this text, quote it: "price:{1"',
        ),
        ("re:foo", 0, 'there is no key re:; type /foo/; to search for this text, quote it: "re:foo"'),
        ("contains:foo", 0, 'there is no key contains:; type foo; to search for this text, quote it: "contains:foo"'),
        (
            "payload:ff",
            0,
            'there is no key payload:; type ff, or hex:; to search for this text, quote it: "payload:ff"',
        ),
        (
            "larger-than:1k",
            0,
            'there is no key larger-than:; type size:>1k; to search for this text, quote it: "larger-than:1k"',
        ),
        ("is:sent", 3, "is: 'sent' is unknown; it is is:bookmarked. For others type kind: or dir:"),
        ("is: ", 3, "is: a value is missing; type is:bookmarked"),
        ("note:", 5, "note: a text is missing; type note:wrong"),
        (
            "time:12:00",
            0,
            'there is no key time:; type since: or before:; to search for this text, quote it: "time:12:00"',
        ),
        ("last:10s", 0, 'there is no key last:; type since:10s; to search for this text, quote it: "last:10s"'),
        ("older:5m", 0, 'there is no key older:; type before:5m; to search for this text, quote it: "older:5m"'),
        (
            "knid:text",
            0,
            "unknown key 'knid'; did you mean kind:text; to search for this text, quote it: \"knid:text\"",
        ),
        (
            "sicne:10s",
            0,
            "unknown key 'sicne'; did you mean since:10s; to search for this text, quote it: \"sicne:10s\"",
        ),
        ("!important", 0, 'to leave messages out type -important; to search for this text, quote it: "!important"'),
        ("trade|quote", 0, 'for either type trade or quote; to search for this text, quote it: "trade|quote"'),
        ("a||b", 0, 'put spaces around it; to search for this text, quote it: "a||b"'),
        ("a&&b", 0, 'put spaces around it; to search for this text, quote it: "a&&b"'),
        (
            "trade*",
            0,
            'words are found anywhere in a message, without *: type trade; to search for this text, quote it: "trade*"',
        ),
        (
            "tra*de",
            0,
            'words are found anywhere in a message, without *: type /tra.*de/; to search for this text, quote it: "tra*de"',
        ),
        ("a Or b", 2, 'is Or an operator? Then type or; to search for the word, quote it: "Or"'),
        ("Not a", 0, 'is Not an operator? Then type not; to search for the word, quote it: "Not"'),
        ("or", 0, 'a term is missing in front of or; to search for the word, quote it: "or"'),
        ("and a", 0, 'a term is missing in front of and; to search for the word, quote it: "and"'),
        ("a or", 2, 'a term is missing behind or; to search for the word, quote it: "or"'),
        ("a or or b", 2, 'a term is missing behind or; to search for the word, quote it: "or"'),
        ("a and or b", 2, 'a term is missing behind and; to search for the word, quote it: "and"'),
        ("not", 0, 'a term is missing behind not; to search for the word, quote it: "not"'),
        ("(a", 0, 'this ( is never closed; to search for it, quote it: "("'),
        ("(", 0, 'this ( is never closed; to search for it, quote it: "("'),
        ("()", 0, 'this group is empty; to search for parentheses, quote them: "()"'),
        ("( )", 0, 'this group is empty; to search for parentheses, quote them: "()"'),
        ("a (b", 2, 'this ( is never closed; to search for it, quote it: "("'),
        (")", 0, 'this ) closes nothing; to search for this text, quote it: ")"'),
        ("a )", 2, 'this ) closes nothing; to search for this text, quote it: ")"'),
        ("(a)b", 3, "expected a space before the next term; quote text that contains quotes: '\"a\":1'"),
        ("“two words”", 0, 'these quotes are typographic; type plain ones: "two words"'),
        ("a –b", 2, 'this dash is typographic; type -b; to search for this text, quote it: "–b"'),
        ("-i foo", 0, '-i is grep\'s; type i:word, or /regex/i. To leave out messages with "i" type -"i"'),
        ("foo -v", 4, '-v is grep\'s; type -word. To leave out messages with "v" type -"v"'),
        (
            "--ignore-case foo",
            0,
            '--ignore-case is grep\'s; type i:word, or /regex/i. To leave out messages with "ignore-case" type -"ignore-case"',
        ),
        ("~b foo", 0, '~b is mitmproxy\'s; type the words alone, or /regex/; to search for this text, quote it: "~b"'),
        ("~u x", 0, '~u is mitmproxy\'s; type words, dir: or kind:; to search for this text, quote it: "~u"'),
        ("~q", 0, '~q is mitmproxy\'s; type dir:sent; to search for this text, quote it: "~q"'),
        (
            "~/foo/",
            0,
            '~ compares the value of a path: $.type~/foo/; to look anywhere type /foo/; to search for this text, quote it: "~/foo/"',
        ),
        (
            "~foo",
            0,
            '~ compares the value of a path: $.type~foo; to look anywhere type foo; to search for this text, quote it: "~foo"',
        ),
        (
            'websocket.payload contains "x"',
            18,
            'contains is Wireshark\'s; type the text alone, /regex/, or $.path=value; to search for this text, quote it: "contains"',
        ),
        (
            "frame matches x",
            6,
            'matches is Wireshark\'s; type the text alone, /regex/, or $.path=value; to search for this text, quote it: "matches"',
        ),
        (
            "ws eq 1",
            3,
            'eq is Wireshark\'s; type the text alone, /regex/, or $.path=value; to search for this text, quote it: "eq"',
        ),
        (
            "price LIKE x",
            6,
            'LIKE is SQL\'s; type $.path~text, $.path=te*t or $.path=10..20; to search for this text, quote it: "LIKE"',
        ),
        (
            "name CONTAINS x",
            5,
            'CONTAINS is SQL\'s; type $.path~text, $.path=te*t or $.path=10..20; to search for this text, quote it: "CONTAINS"',
        ),
        (
            "select(.a==1)",
            0,
            'a comparison is written $.type=trade, without jq\'s functions; to search for this text, quote it: "select(.a==1)"',
        ),
        ("@.a>1", 0, 'a path begins with $: $.a>1; to search for this text, quote it: "@.a>1"'),
        ("$[?(@.a>1)]", 2, "JSONPath's filters are written as comparisons: type $.a>1"),
        ("$.items[?(@.price>100)]", 8, "JSONPath's filters are written as comparisons: type $.items[*].price>100"),
        (
            "$.items[?@.price == 100 && @.b]",
            8,
            "JSONPath's filters are written as comparisons: type $.items[*].price=100",
        ),
        ("$[?@.a]", 2, "JSONPath's filters are written as comparisons: type $.a"),
        ("$type=trade", 1, "a path is written with a dot: $.type; to search for this text, quote it"),
        ("$user.name", 1, "a path is written with a dot: $.user.name; to search for this text, quote it"),
        ('$.a LIKE "tr%"', 4, "there is no like here; type $.a~text or $.a=te*t; to search for the word, quote it"),
        ("$.a in (1,2)", 4, "there is no in here; type $.a=a|b; to search for the word, quote it"),
        ("$.a NOT IN (1,2)", 4, "there is no in here; type $.a!=a|b; to search for the word, quote it"),
        ("$.a is null", 4, "there is no is here; type $.a=null; to search for the word, quote it"),
        ("$.a is not null", 4, "there is no is here; type $.a!=null; to search for the word, quote it"),
        ("$.a BETWEEN 1 and 2", 4, "there is no between here; type $.a=10..20; to search for the word, quote it"),
        ("$.a startsWith x", 4, "there is no startswith here; type $.a=te*; to search for the word, quote it"),
        ("$.a endswith x", 4, "there is no endswith here; type $.a=*xt; to search for the word, quote it"),
        ("$.a!", 3, "to find messages without it type -$.a; other values than x: $.a!=x"),
        ("$.a!b", 3, "to find messages without it type -$.a; other values than x: $.a!=x"),
        ("$.a.length()>3", 10, "a path has no functions; compare the value itself, as in $.path~text"),
        ("$.a?.b", 3, "expected '.', '[', '=' or a space in this path; to search for this text, quote it"),
        ("$.a=", 4, "a value is missing after '='; for an empty text write \"\""),
        ("$.a =", 5, "a value is missing after '='; for an empty text write \"\""),
        ("$.a=1|", 6, "a value is missing here; to compare with this text, quote it"),
        ("$.a=,1", 4, "a value is missing here; to compare with this text, quote it"),
        (
            "$.a=/^tr/",
            4,
            'a regular expression is compared with ~: $.path~/^tr/; to compare with this text, quote it: "/^tr/"',
        ),
        (
            "$.a=/tr/i",
            4,
            'a regular expression is compared with ~: $.path~/tr/i; to compare with this text, quote it: "/tr/i"',
        ),
        (
            "$.a=[1,2]",
            4,
            'a value is a text, a number, true, false or null; for what is inside type $.path[0]=1 or $.path.key=1; to compare with this text, quote it: "[1"',
        ),
        (
            '$.a={"b":1}',
            4,
            "a value is a text, a number, true, false or null; for what is inside type $.path[0]=1 or $.path.key=1; to compare with this text, quote it: '{\"b\":1}'",
        ),
        (
            "$.a=undefined",
            4,
            'to find messages without it type -$.path; to compare with this text, quote it: "undefined"',
        ),
        ("$.a=>5", 4, '=> is no comparison; type = != > >= < <= ~ or !~; to compare with this text, quote it: ">5"'),
        ("$.a=<5", 4, '=< is no comparison; type = != > >= < <= ~ or !~; to compare with this text, quote it: "<5"'),
        ("$.a=“x”", 4, 'these quotes are typographic; type plain ones: "two words"'),
        ("$.a~%tr%", 4, '% is SQL\'s; ~ finds it anywhere: $.path~tr; to compare with this text, quote it: "%tr%"'),
        ("$.a>x", 4, '> compares with a number; to compare texts, quote this one: >"x"'),
        ("$.p>1k", 4, '> compares with a number; to compare texts, quote this one: >"1k"'),
        ("$.a>1|2", 4, "> compares with one value"),
        ("$.a=20..10", 4, "the range is empty, 20 is more than 10"),
        ("$.a..", 4, 'a key is missing here; write $.key, $["odd key"] or $.*'),
        ("$.a[0:2]", 4, 'expected an index, * or a quoted key: [0], [*] or ["key"]'),
        ("decoder:socketoi", 8, "decoder: 'socketoi' is unknown; did you mean socket.io?"),
        ("decoder:", 8, f"decoder: a name is missing; it is one of {', '.join(DECODERS)}"),
        ("decoder:mqtt,", 13, f"decoder: a name is missing; it is one of {', '.join(DECODERS)}"),
        ("decoder>x", 7, "decoder: has no >; type decoder:x"),
        ("label:", 6, "label: a text is missing; type label:PUBLISH"),
        ("label:|", 6, "label: a text is missing; type label:PUBLISH"),
        ("label>5", 5, "label: has no >; type label:5"),
        ("hex:", 4, "hex: the bytes are missing; type hex:9003"),
        ("hex:9", 4, "hex: '9' is not bytes; type two digits for each, as in hex:9003"),
        ("hex:zz", 4, "hex: 'zz' is not bytes; type two digits for each, as in hex:9003"),
        ("#5x", 1, "# '5x' is not a whole number"),
        ("#20..10", 1, "# the range is empty, 20 is more than 10"),
        ("#<0", 1, "# nothing is smaller than 0"),
        ("#1-5", 1, "# a range is written with dots: #1..5"),
        ("conn:x", 5, "conn: 'x' is not a whole number"),
        ("conn:", 5, "conn: a number is missing"),
        ("size:100-200", 5, "size: a range is written with dots: size:100..200"),
        ("since>10s", 5, "since: has no >; type since:10s"),
        ("since<10s", 5, "since: has no <; type before:10s"),
        ("before>12:00", 6, "before: has no >; type since:12:00"),
        ("kind>text", 4, "kind: has no >; type kind:text"),
        (
            "since:10",
            6,
            "since: '10' is not a time; write 10s, 5m, 12:03:44 or 2026-01-31T12:00; 10s, if seconds are meant",
        ),
        ("since:", 6, "since: a time is missing; write 10s, 5m, 12:03:44 or 2026-01-31T12:00"),
        ("before:", 7, "before: a time is missing; write 10s, 5m, 12:03:44 or 2026-01-31T12:00"),
        ("before:#x", 7, "before: '#x' is not a row; type before:#123"),
        ("after:#", 6, "after: '#' is not a row; type after:#123"),
        ("dir:upwards", 4, "dir: 'upwards' is unknown; it is one of received, sent"),
        ("kind:!ping", 5, "kind: has no ! within; to leave these out type -kind:ping"),
        (
            "kind:text kind:binary",
            10,
            "no message is both: terms side by side must all hold. For either type kind:binary,text",
        ),
        (
            "dir:sent dir:received",
            9,
            "no message is both: terms side by side must all hold. For either type dir:received,sent",
        ),
        # Of SQL, Lucene and Kibana.
        ("$.type is trade", 7, "there is no is here; type $.type=trade; to search for the word, quote it"),
        ("($.ok IS NOT True)", 6, "there is no is here; type $.ok!=True; to search for the word, quote it"),
        ("$.a is undefined", 4, "there is no is here; type -$.a; to search for the word, quote it"),
        ("$.type equals trade", 7, "there is no equals here; type $.type=trade; to search for the word, quote it"),
        ("$.tags has a", 7, "there is no has here; type $.tags[*]=a or $.tags~a; to search for the word, quote it"),
        ("$.err exists", 6, "there is no exists here; type $.err; to search for the word, quote it"),
        ("($.err EXISTS)", 7, "there is no exists here; type $.err; to search for the word, quote it"),
        ("$.p in 100..200", 4, "there is no in here; type $.p=100..200; to search for the word, quote it"),
        ("$.p = 100 .. 200", 10, 'a range has no spaces in it: type 10..20; to search for this text, quote it: ".."'),
        ("$.p=100 ..200", 8, 'a range has no spaces in it: type 10..20; to search for this text, quote it: "..200"'),
        ("_exists_:err", 0, 'there is no key _exists_:; type $.err; to search for this text, quote it: "_exists_:err"'),
        (
            "_missing_:err",
            0,
            'there is no key _missing_:; type -$.err; to search for this text, quote it: "_missing_:err"',
        ),
        (
            "@timestamp>5",
            0,
            'to compare a value of JSON messages type $.timestamp>5; to search for this text, quote it: "@timestamp>5"',
        ),
        (
            "where $.type=trade",
            0,
            'where is SQL\'s; type the condition alone; to search for this text, quote it: "where"',
        ),
        (
            "WHERE $.type=trade",
            0,
            'WHERE is SQL\'s; type the condition alone; to search for this text, quote it: "WHERE"',
        ),
        ("kind in (text, binary)", 0, 'there is no in here; type kind:a,b; to search for this text, quote it: "kind"'),
        ("size NOT IN [1]", 0, 'there is no in here; type size:a,b; to search for this text, quote it: "size"'),
        (
            "+trade -quote",
            0,
            'terms side by side must all hold; type trade; to search for this text, quote it: "+trade"',
        ),
        (
            "$.type=(trade|quote)",
            7,
            'several values have | between them, without parentheses: $.path=a|b; to compare with this text, quote it: "(trade"',
        ),
        (
            "($.type!=(a or b))",
            9,
            'several values have | between them, without parentheses: $.path!=a|b; to compare with this text, quote it: "(a"',
        ),
        (
            "$.price>$.qty",
            8,
            'a path is compared with a value, not with another path; to compare with this text, quote it: "$.qty"',
        ),
        (
            "$.a=$[0]",
            4,
            'a path is compared with a value, not with another path; to compare with this text, quote it: "$[0]"',
        ),
        # Of CSS, and functions of jq and JavaScript.
        ("$.type^=tr", 6, "^= is CSS's; type $.type=tr*"),
        ('$.type ^= "tr"', 7, "^= is CSS's; type $.type=tr*"),
        ("$.type$=de", 6, "$= is CSS's; type $.type=*de"),
        ("$.type *= ra", 7, "*= is CSS's; type $.type~ra"),
        (
            "exists($.err)",
            0,
            'a path has no functions; type $.err; to search for this text, quote it: "exists($.err)"',
        ),
        ("len(.a.b)>3", 0, 'a path has no functions; type $.a.b; to search for this text, quote it: "len(.a.b)>3"'),
        ("..id", 0, 'a path begins with $: $..id; to search for this text, quote it: "..id"'),
        # Regular expressions as other languages write them.
        (
            "$.type ~ ^tr",
            9,
            'a regular expression stands between slashes: $.path~/^tr/; to compare with this text, quote it: "^tr"',
        ),
        (
            "$.type!~.*de",
            8,
            'a regular expression stands between slashes: $.path!~/.*de/; to compare with this text, quote it: ".*de"',
        ),
        (
            '$.type =~ "^tr"',
            9,
            "a regular expression stands between slashes: ~/^tr/; to find this text, type ~ in front of it",
        ),
        (
            "$.type matches 'tr[a-z]+.*'",
            14,
            "a regular expression stands between slashes: ~/tr[a-z]+.*/; to find this text, type ~ in front of it",
        ),
        # Bytes and sizes, and Wireshark's fields.
        ("hex:93 01", 4, 'hex: bytes with spaces between them are quoted: hex:"93 01"'),
        ("(hex:93 01 fF)", 5, 'hex: bytes with spaces between them are quoted: hex:"93 01 fF"'),
        (r"\x93\x01", 0, r'bytes are hex:9301; to search for this text, quote it: "\x93\x01"'),
        ("size>1 kb", 7, 'a number and its unit stand together: size>1kb; to search for this text, quote it: "kb"'),
        (
            "len > 5 bytes",
            8,
            'a number and its unit stand together: len > 5bytes; to search for this text, quote it: "bytes"',
        ),
        (
            "frame.len>=20",
            0,
            'to compare its size, number or kind type size:>=20; to search for this text, quote it: "frame.len>=20"',
        ),
        ("frame.number == 3", 13, '== compares nothing here; type #3; to search for this text, quote it: "=="'),
        # More of them.
        ("$.a in x,y", 4, "there is no in here; type $.a=x,y; to search for the word, quote it"),
        ("$.a starts with x", 4, "there is no starts with here; type $.a=te*; to search for the word, quote it"),
        ("$.a ends with x", 4, "there is no ends with here; type $.a=*xt; to search for the word, quote it"),
        ("$.a begins x", 4, "there is no begins here; type $.a=te*; to search for the word, quote it"),
        (
            "$.a does  not contain x",
            4,
            "there is no does not contain here; type $.a!~text; to search for the word, quote it",
        ),
        ("$.a not like x", 4, "there is no not like here; type $.a!~text; to search for the word, quote it"),
        ("$.a is empty", 4, 'there is no is here; type $.a=""; to search for the word, quote it'),
        ("$.**.a", 3, "any depth is written with two dots: $..key"),
        ("$.a!=*", 5, 'to find messages without it type -$.path; to compare with this text, quote it: "*"'),
        (
            "$.a=1&&$.b=2",
            4,
            'put a space in front of what comes next; to compare with this text, quote it: "1&&$.b=2"',
        ),
        ("$.a=x;$.b=y", 4, 'put a space in front of what comes next; to compare with this text, quote it: "x;$.b=y"'),
        (
            "=~/btc/",
            0,
            '~ compares the value of a path: $.type~/btc/; to look anywhere type /btc/; to search for this text, quote it: "=~/btc/"',
        ),
        ('|= "trade"', 0, '|= is Loki\'s; type the text alone, or /regex/; to search for this text, quote it: "|="'),
        ("|~ tra", 0, '|~ is Loki\'s; type the text alone, or /regex/; to search for this text, quote it: "|~"'),
        ("\u2191", 0, 'type dir:sent; to search for this text, quote it: "\u2191"'),
        ("\u2193 trade", 0, 'type dir:received; to search for this text, quote it: "\u2193"'),
        ("len(payload)>10", 0, 'type size:>10; to search for this text, quote it: "len(payload)>10"'),
        (
            "data.includes(x)",
            0,
            'a filter has no functions; type the text alone, /regex/, or $.path~text; to search for this text, quote it: "data.includes(x)"',
        ),
        (
            "100<price<200",
            0,
            'a comparison begins with the path: $.price>100; to search for this text, quote it: "100<price<200"',
        ),
        ("100 < price", 4, '< compares nothing here; type $.price>100; to search for this text, quote it: "<"'),
        ("$.a>1 and < 2", 10, '< compares nothing here; type $.key<2; to search for this text, quote it: "<"'),
        ("$.a>1 and <2", 10, 'a comparison has its own path: $.price<2; to search for this text, quote it: "<2"'),
        ("$.a>1 >=2", 6, 'a comparison has its own path: $.price>=2; to search for this text, quote it: ">=2"'),
        (
            "price=>100",
            0,
            'to compare a value of JSON messages type $.price>=100; to search for this text, quote it: "price=>100"',
        ),
        (
            "price between 1 and 2",
            6,
            'there is no between here; type $.price=10..20; to search for this text, quote it: "between"',
        ),
        (
            "price in 1..2",
            9,
            'a range of a value of JSON messages is $.price=1..2; to search for this text, quote it: "1..2"',
        ),
        ("type IN (a, b)", 5, 'there is no in here; type $.type=a|b; to search for this text, quote it: "IN"'),
        (
            "type:(a OR b)",
            0,
            'to compare a value of JSON messages type $.type=a|b; to search for this text, quote it: "type:(a"',
        ),
        (
            "type:/tra/",
            0,
            'to compare a value of JSON messages type $.type~/tra/; to search for this text, quote it: "type:/tra/"',
        ),
        (
            "kind=/tra/ x=/tra/",
            5,
            "kind: '/tra/' is unknown; it is one of text, binary, ping, pong, close, open, error, reconnect",
        ),
        (
            "x=/tra/",
            0,
            'to compare a value of JSON messages type $.x~/tra/; to search for this text, quote it: "x=/tra/"',
        ),
        (
            "x~=tra",
            0,
            'to compare a value of JSON messages type $.x~tra; to search for this text, quote it: "x~=tra"',
        ),
        (
            "@price:>100",
            0,
            'to compare a value of JSON messages type $.price>100; to search for this text, quote it: "@price:>100"',
        ),
        (
            "tra.*de",
            0,
            'a regular expression stands between slashes: /tra.*de/; to search for this text, quote it: "tra.*de"',
        ),
        (
            r"\btra\b",
            0,
            r'a regular expression stands between slashes: /\btra\b/; to search for this text, quote it: "\btra\b"',
        ),
        ("(?i)tra", 0, 'a regular expression stands between slashes: /word/i; to search for (?, quote it: "(?"'),
        ("label contains tr", 6, 'type label:tr; to search for this text, quote it: "contains"'),
        ("time > 12:00", 5, '> compares nothing here; type since:12:00; to search for this text, quote it: ">"'),
        (
            "ts<=12:00",
            0,
            'to compare a value of JSON messages type before:12:00; to search for this text, quote it: "ts<=12:00"',
        ),
        ("from:10:00", 0, 'there is no key from:; type since:10:00; to search for this text, quote it: "from:10:00"'),
        ("to:10:00", 0, 'there is no key to:; type before:10:00; to search for this text, quote it: "to:10:00"'),
        (
            "between:10:00..11:00",
            0,
            'there is no key between:; type since:10:00; to search for this text, quote it: "between:10:00..11:00"',
        ),
        ("since:2026-11-27 10:00", 6, "since: a T stands between day and time: since:2026-11-27T12:00"),
        ("#-1", 1, "# '-1' is not a whole number"),
        ("i:", 0, "i: ignores case, of what? Type i:word"),
        ("a i:", 2, "i: ignores case, of what? Type i:word"),
    ],
)
def test_what_looks_like_an_attempt_is_answered_with_what_to_type(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.message, caught.value.position) == (message, position)
    assert str(caught.value) == f"{message}\n  {text}\n  {' ' * position}^"


@pytest.mark.parametrize(
    "word",
    [
        "BTC:USD",
        "room:lobby",
        "http://a/b?x=1&y=2",
        "user:1234",
        "content-type:text/plain",
        "wss://host:443/path",
        "text://x",
        ".com",
        "35=D",
        "token=",
        "aGVsbG8=",
        "abc==",
        "a->b",
        "key=>value",
        "std::x",
        "don't",
        "f(x)",
        "a)",
        ":)",
        "and-gate",
        "not-found",
        "and/or",
        "orders",
        "*.btc",
        "*",
        "**",
        "@someone",
        "#tag",
        "#",
        "!",
        "!!",
        "-",
        "–",
        "a|",
        "1,2",
        "50%",
        "LIKE",
        "contains",
        "<b>bold</b>",
        ".example.com",
        "..",
        "...",
        "../a",
        "+49",
        r"\xzz",
        "kb",
        "where",
        "fetch(x)",
        r"C:\windows",
        "^GSPC",
        "access_token.***",
        "len(log)",
        "<3",
        "from:alice",
        "[level]",
        "#-x",
        '{"type":"trade"}',
        "x" * 2000 + "=1",
        "x" * 2000 + ":1",
    ],
)
def test_text_stays_text(word: str) -> None:
    assert parse(word) == (Word(0, False, word),)


@pytest.mark.parametrize("word", ["or", "AND", "not", "a=b", "!x", "a|b", "tra*", "type:x", "(", ")", "-i", "~b"])
def test_what_is_refused_as_a_word_is_found_in_quotes(word: str) -> None:
    assert parse(f'"{word}"') == (Word(0, False, word),)


@pytest.mark.parametrize(
    "text",
    [
        "where is it",
        "5 kb",
        "a .. b",
        "hex:93 abc",
        "$.error has",
        "$.error is",
        "kind in text",
        "in it",
        "log in (x)",
        "between us",
        "1..2 in",
    ],
)
def test_what_is_no_condition_is_text(text: str) -> None:
    assert any(isinstance(term, Word) for term in parse(text))


def test_what_is_advised_can_be_typed() -> None:
    (mark,) = test_what_looks_like_an_attempt_is_answered_with_what_to_type.pytestmark  # type: ignore[attr-defined]
    advised = [
        found
        for _, _, message in mark.args[1]
        for found in re.findall(r"type ((?:-?(?:i:)?\$\.|since:|before:[0-9]|size:>|#[0-9])[^\s;,]+)", message)
    ]
    assert len(advised) > 60
    for one in advised:
        assert parse(one)


def test_placeholders_are_text() -> None:
    (group,) = parse("(?, ?)")
    assert isinstance(group, Every)
    assert group.terms == (Word(1, False, "?,"), Word(4, False, "?"))


def test_english_is_text() -> None:
    assert [term.text for term in parse("it contains what you like") if isinstance(term, Word)] == [
        "it",
        "contains",
        "what",
        "you",
        "like",
    ]
    assert len(parse("-i")) == len(parse("-e")) == 1  # alone it leaves out a letter


def test_quotes_are_those_of_the_grammar() -> None:
    assert mistakes.quoted("a b") == '"a b"'
    assert mistakes.quoted('say "hi"') == "'say \"hi\"'"
    assert mistakes.quoted("x" * 41) == f'"{"x" * 40}…"'
