"""Spellings of other filter languages, and slips: recognized, and answered with what to type here.

The rule: what has the shape of a condition (a name, a comparison and a value; an option of grep; a field of Wireshark,
mitmproxy or Chrome's developer tools; jq, JSONPath, SQL, Lucene) is never searched for by its letters, which would find
nothing and say nothing. Each answer names what to type, and that quotes search for the text. Pure functions; any
thread.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Final

#: Characters of a word that may be an attempt at a condition.
_LONGEST: Final = 1000
#: A name as in JavaScript: ``data.items[0].price``.
_NAME: Final = r"[A-Za-z_][\w-]*(?:\.[\w-]+|\[[^\]\s]*\])*"
_COMPARED: Final = re.compile(
    rf"@?({_NAME})(?<!-)(===|!==|==|!=|<>|<=|>=|=~|!~|~=|[=<>~\u2260\u2264\u2265])([^\s=>].*)\Z", re.DOTALL
)
_COLON: Final = re.compile(rf"@?({_NAME}):(==|=|<=|>=|[<>])(.+)\Z", re.DOTALL)
_RANGE: Final = re.compile(rf"@?({_NAME}):[\[{{]")
_SIGN: Final = re.compile(r"(?:===|!==|==|!=|<>|<=|>=|=~|!~|~=|[=<>~\u2260\u2264\u2265])\Z")
_OURS: Final[Mapping[str, str]] = {
    **{"==": "=", "===": "=", "!==": "!=", "<>": "!=", "=~": "~", "~=": "~"},
    **{"\u2260": "!=", "\u2264": "<=", "\u2265": ">="},
}
_TURNED: Final[Mapping[str, str]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
#: Keys of JSON messages that people take for keys of the filter.
_JSON_KEYS: Final = frozenset(
    {"type", "event", "op", "method", "action", "channel", "topic", "status", "symbol", "name", "price"}
)
#: Keys of other tools' filters → what does the same here.
_FOREIGN: Final[Mapping[str, str]] = {
    "re": "/…/",
    "regex": "/…/",
    "regexp": "/…/",
    "text": "the words alone",
    "contains": "the words alone",
    "body": "the words alone",
    "payload": "the words alone, or hex:",
    "larger-than": "size:>1k",
    "smaller-than": "size:<1k",
    "has": "$.key",
    "_exists_": "$.…",
    "_missing_": "-$.…",
    "not": "-word",
    "json": "$.path=value",
    "jsonpath": "$.path=value",
    "mime-type": "kind:text or kind:binary",
    "time": "since: or before:",
    "at": "since: or before:",
    "last": "since:…",
    "newer": "since:…",
    "older": "before:…",
    "age": "since: or before:",
    "domain": "words: all of a log is of one URL",
    "status-code": "kind:error",
    "resource-type": "kind:",
}
#: mitmproxy's operators → what does the same here.
_MITMPROXY: Final[Mapping[str, str]] = {
    **dict.fromkeys(("~b", "~bs", "~bq"), "the words alone, or /regex/"),
    "~q": "dir:sent",
    "~s": "dir:received",
    **dict.fromkeys(("~a", "~c", "~comment", "~d", "~dst", "~e", "~h", "~hq", "~hs", "~http", "~m", "~marked"), ""),
    **dict.fromkeys(("~meta", "~src", "~t", "~tcp", "~tq", "~ts", "~u", "~udp", "~websocket", "~all"), ""),
}
_GREP: Final[Mapping[str, str]] = {
    "-i": "i:word, or /regex/i",
    "-v": "-word",
    "-e": "/regex/",
    "-E": "/regex/",
    "-P": "/regex/",
    "-F": "the word alone",
    "-w": r"/\bword\b/",
    "-iE": "/regex/i",
    "-Ei": "/regex/i",
    "-iv": "-i:word",
    "-vi": "-i:word",
    "--ignore-case": "i:word, or /regex/i",
    "--invert-match": "-word",
    "--regexp": "/regex/",
    "--extended-regexp": "/regex/",
    "--fixed-strings": "the word alone",
    "--word-regexp": r"/\bword\b/",
}
#: A size, with white space behind it.
_SIZED: Final = re.compile(r"\b(?:size|len|length|bytes)\s*[:<>=]+\s*[0-9.]+\s+\Z")
_TYPOGRAPHIC: Final = "\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u201a"
_DASHES: Final = "\u2013\u2014\u2212"
_CAPTURED: Final = re.compile(r"(?:websocket|_?ws|frame|tcp|http|data|payload|body|message|text)(?:\.\w+)*\Z")
#: Wireshark's fields → what does the same here.
_FIELDS: Final[Mapping[str, str]] = {
    "frame.len": "size:",
    "frame.number": "#",
    "tcp.stream": "conn:",
    "websocket.opcode": "kind:",
    "websocket.payload_length": "size:",
}
#: jq's paths: compared with something, or with quotes or brackets in them. ``.com`` is text.
_JQ_PATH: Final = re.compile(
    r"\.(?:[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)?(?:\[(?:\]|-?[0-9]+\]|[\"'])|(?<=\.)\")|"
    r"\.(?:[A-Za-z_][\w-]*|\[[^\]\s]*\])(?:\.[\w-]+|\[[^\]\s]*\])*\s*(?:===?|!=|<>|<=|>=|=~|!~|[=<>~\u2260\u2264\u2265])\s*[^\s=]"
)
#: What stands behind a path in other languages, instead of a sign and a value.
_SQL: Final = re.compile(
    r"\s+(?:(?P<is>is)\s+(?P<isnt>not\s+)?(?P<value>\S+)"
    r"|(?P<not>not\s+)?(?P<in>in)(?:\s*[(\[]|\s+(?P<range>[^\s.]\S*(?:\.\.|,)\S*))"
    r"|(?P<word>(?:not\s+)?(?:i?like|rlike|regexp?|between|(?:start|begin|end)s?\s*with|begins|equals?|has|includes?)|does\s+not\s+\w+)"
    r"\s+(?P<text>\S+)"
    r"|(?P<exists>exists)(?=\s|\Z|\)))",
    re.IGNORECASE,
)
#: What others call a key that is not there.
_ABSENT: Final = ("undefined", "missing")
#: CSS's comparisons with a part of a text: begins with, ends with, contains. ``$=a`` behind white space is a term.
_CSS: Final = re.compile(r"(?:\s*(?=[\^*]=)|(?=\$))([\^$*])=\s*([^\s=]{0,40})")
#: A text in quotes that only a regular expression would look like.
_QUOTED_REGEX: Final = re.compile(r"""\s*(["'])((?:\^|(?:(?!\1).)*(?:\.[*+]|\\[dwsb]|\$\1))(?:(?!\1).)*)""")
_SQL_WORDS: Final = ("LIKE", "ILIKE", "RLIKE", "REGEXP", "BETWEEN", "CONTAINS", "MATCHES")
_WIRESHARK: Final = ("contains", "matches", "eq", "ne", "gt", "lt", "ge", "le")
_UNITS: Final = frozenset({"b", "byte", "bytes", *(f"{many}{unit}" for many in "kmg" for unit in ("", "b", "i", "ib"))})
#: Words that may be a part of another language's condition, in lower case.
WORDS: Final = frozenset({*map(str.lower, _SQL_WORDS), *_WIRESHARK, *_UNITS, "in", "where"})
_WHOLE_REGEX: Final = re.compile(r"/(.+)/([a-z]*)\Z", re.DOTALL)


def tables() -> tuple[dict[str, object], dict[str, re.Pattern[str]]]:
    """Give the names of other tools and the patterns that recognize them, for the filter of a shared page.

    Returns
    -------
    (dict, dict)
        Plain values, and patterns.
    """
    plain: dict[str, object] = {
        "grep": _GREP,
        "mitmproxy": _MITMPROXY,
        "foreign": _FOREIGN,
        "jsonKeys": sorted(_JSON_KEYS),
        "units": sorted(_UNITS),
        "sql": _SQL_WORDS,
        "wireshark": _WIRESHARK,
    }
    return plain, {
        **{"name": re.compile(_NAME), "compared": _COMPARED, "colon": _COLON, "range": _RANGE, "compares": _SIGN},
        **{"sized": _SIZED, "captured": _CAPTURED, "jq": _JQ_PATH, "sqlPath": _SQL, "css": _CSS},
        "quotedRegex": _QUOTED_REGEX,
    }


def quoted(text: str) -> str:
    """Quote a text as the filter's grammar does, shortened.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    str
    """
    text = text if len(text) <= 40 else f"{text[:40]}…"
    return f"'{text}'" if '"' in text else f'"{text}"'


def negates(text: str, at: int) -> bool:
    """Tell whether ``!`` in front of `at` can only be meant to negate: a group, a path, a regex, quotes or a key stand there.

    Parameters
    ----------
    text : str
        The whole filter.
    at : int
        Behind the ``!``.

    Returns
    -------
    bool
    """
    return (
        re.compile(r"[(\"'/$]|#[0-9]|(?:dir|kind|size|len|conn|since|after|before|hex|i):").match(text, at) is not None
    )


def grep_option(text: str, at: int) -> str | None:
    """Recognize an option of grep where a term begins; one of a single letter only beside other terms.

    Parameters
    ----------
    text : str
        The whole filter.
    at : int
        Where a dash stands.

    Returns
    -------
    str or None
        What to say.
    """
    found = re.compile(r"--?[A-Za-z-]{1,20}(?=\s|\Z)").match(text, at)
    if found is None or found[0] not in _GREP or (found[0][1] != "-" and text.strip() == found[0]):
        return None
    letters = found[0].lstrip("-")
    return f"{found[0]} is grep's; type {_GREP[found[0]]}. To leave out messages with {quoted(letters)} type -{quoted(letters)}"


def jq_path(text: str, at: int) -> bool:
    """Tell whether a comparison in jq's spelling stands there, ``.a==1``: a path without its ``$``.

    Parameters
    ----------
    text : str
        The whole filter.
    at : int
        Where a term begins.

    Returns
    -------
    bool
    """
    return text[at] == "." and _JQ_PATH.match(text, at) is not None


def of(text: str, at: int, word: str, keys: Sequence[str], aliases: Mapping[str, str]) -> tuple[str, int] | None:
    """Recognize a word that looks like an attempt at a condition.

    Parameters
    ----------
    text : str
        The whole filter.
    at : int
        Where the word begins.
    word : str
        The word.
    keys : sequence of str
        The grammar's keys.
    aliases : mapping
        Their other names → the names.

    Returns
    -------
    (str, int) or None
        What to say, and at which character of the word.
    """
    search = f"; to search for this text, quote it: {quoted(word)}"
    if word == ")":
        return f"this ) closes nothing{search}", 0
    if word[0] in _TYPOGRAPHIC:
        return 'these quotes are typographic; type plain ones: "two words"', 0
    if word[0] in _DASHES and len(word) > 1:
        return f"this dash is typographic; type -{word[1:41]}{search}", 0
    key, colon, value = word.partition(":")
    before, behind = text[max(0, at - _LONGEST) : at].split()[-1:], text[at + len(word) :][:_LONGEST].split(None, 1)[:1]
    value = value or (behind or [""])[0]
    said = _of_key(key, value, keys, aliases) if colon and len(key) <= _LONGEST else ""
    if len(word) > _LONGEST:
        return (said + search, 0) if said else None
    if _SIGN.match(word):
        name, value = (before or ["key"])[0].lstrip("("), (behind or ["value"])[0]
        return f"{word} compares nothing here; type {_condition(name, word, value)}{search}", 0
    after = text[at + len(word) :][:_LONGEST]
    if (word in keys or word in aliases) and re.match(r"\s+(?:not\s+)?in\s*[(\[]", after, re.IGNORECASE):
        return f"there is no in here; type {word}:a,b{search}", 0
    sized = _SIZED.search(text[max(0, at - 40) : at]) if word.lower() in _UNITS else None
    if sized:
        return f"a number and its unit stand together: {sized[0].strip()}{word}{search}", 0
    whole = _of_whole(word, before, behind, after)
    if whole:
        return whole + search, 0
    compared = _COMPARED.match(word) or _COLON.match(word)
    if compared and set(compared[3]) != {"="}:
        field = "its size, number or kind" if compared[1].lower() in _FIELDS else "a value of JSON messages"
        return f"to compare {field} type {_condition(*compared.groups())}{search}", 0
    ranged = _RANGE.match(word)
    if ranged and ranged[1] not in ("data",):
        return f"a range of a value of JSON messages is $.{_path(ranged[1])}=10..20{search}", 0
    return (said + search, 0) if said else None


def _condition(name: str, sign: str, value: str) -> str:
    """Write a comparison of another language as one of ours."""
    sign, field = _OURS.get(sign, sign), _FIELDS.get(name.lower())
    if sign == "=" and _WHOLE_REGEX.match(value):
        sign = "~"
    if sign in _TURNED and re.fullmatch(r"[0-9.]+", name) and re.fullmatch(_NAME, value):
        name, sign, value = value, _TURNED[sign], name
    if re.match(r"[0-9]{1,2}:[0-9]{2}", value):
        return f"{'before' if sign[0] == '<' else 'since'}:{value[:40]}"
    if field:
        return f"{field}{'' if sign == '=' else sign}{value[:40]}"
    return f"$.{_named(name)}{sign}{value[:40]}"


def _named(name: str) -> str:
    return _path(name) if re.fullmatch(_NAME, name) and name.lower() not in ("and", "or", "not") else "key"


def _path(name: str) -> str:
    return re.sub(r"^(?:message|msg|json|this)\.", "", name)


def _of_whole(word: str, before: Sequence[str], behind: Sequence[str], after: str) -> str:
    """Answer for a word that stands for itself; empty when it looks like text."""
    if word[0] == "!" and len(word) > 1 and word[1].isalnum():
        return f"to leave messages out type -{word[1:41]}"
    if word in _MITMPROXY:
        return f"{word} is mitmproxy's; type {_MITMPROXY[word] or 'words, dir: or kind:'}"
    if re.match(r"[!=]?~[/\"'\w]", word):
        text = word.lstrip("!=~")[:40]
        return f"~ compares the value of a path: $.type~{text}; to look anywhere type {text}"
    if word in ("|=", "|~"):
        return f"{word} is Loki's; type the text alone, or /regex/"
    if word in ("\u2191", "\u2193"):
        return f"type dir:{'sent' if word == chr(0x2191) else 'received'}"
    if re.match(r"@\.?[A-Za-z_*\[]+[\w.\[\]]*(?:[=<>!~:]|\Z)", word) and word.startswith("@."):
        return f"a path begins with $: ${word[1:41]}"
    if re.match(r"(?:select|map|any|all|filter|jq)\(", word):
        return "a comparison is written $.type=trade, without jq's functions"
    if re.match(r"(?:len|length|size)\(\w*\)[<>=!]", word):
        return "type size:>10"
    if re.match(r"[A-Za-z_][\w.]*\.(?:includes|contains|startsWith|endsWith|indexOf|match|test)\(", word):
        return "a filter has no functions; type the text alone, /regex/, or $.path~text"
    if re.fullmatch(r"[<>]=?[0-9.]+", word) and ("=" in word or (before and before[0].lower() in ("and", "or"))):
        return f"a comparison has its own path: $.price{word[:40]}"
    if re.match(r"[0-9.]+(?:<|>)=?[A-Za-z_]", word):
        return "a comparison begins with the path: $.price>100"
    if word.lower() == "in" and before and before[0] in _JSON_KEYS and re.match(r"\s*[(\[]", after):
        return f"there is no in here; type $.{before[0]}=a|b"
    backwards = re.match(rf"({_NAME})=([<>])([0-9][\w.]*)", word)
    if backwards:
        return f"to compare a value of JSON messages type $.{backwards[1][:40]}{backwards[2]}={backwards[3][:40]}"
    if word.lower() == "between" and before and re.match(r"\s+[0-9.]+\s+and\s+[0-9.]", after, re.IGNORECASE):
        return f"there is no between here; type $.{_named(before[0])}=10..20"
    if re.fullmatch(r"[0-9.]+\.\.[0-9.]+", word) and before and before[0].lower() == "in":
        return f"a range of a value of JSON messages is $.price={word[:40]}"
    if re.fullmatch(r"[\w.*-]*(?:\w\.\*(?!\*)|\.\*\w)[\w.*-]*", word) or re.search(r"\\[dwsb](?![A-Za-z])", word):
        return f"a regular expression stands between slashes: /{word[:40]}/"
    function = re.match(r"[A-Za-z_]+\([$.@]\.?([A-Za-z_][\w.]*)", word)
    if function:
        return f"a path has no functions; type $.{function[1][:40]}"
    if word.lower() == "where" and behind and behind[0][0] == "$":
        return f"{word} is SQL's; type the condition alone"
    if re.fullmatch(r"(?:\\x[0-9A-Fa-f]{2})+", word):
        return f"bytes are hex:{word.replace(chr(92) + 'x', '')[:40]}"
    if re.fullmatch(r"\+[A-Za-z]\w*", word):
        return f"terms side by side must all hold; type {word[1:41]}"
    if re.fullmatch(r"\.\.[A-Za-z_][\w.]*", word):
        return f"a path begins with $: ${word[:40]}"
    if re.fullmatch(r"\.\.[0-9.]*", word) and before and before[0][-1].isdigit() and (word != ".." or behind):
        return "a range has no spaces in it: type 10..20"
    if "||" in word or "&&" in word:
        return "put spaces around it"
    if re.fullmatch(r"[\w.-]*\w\|\w[\w.-]*(?:\|\w[\w.-]*)*", word):
        return f"for either type {word.replace('|', ' or ')[:60]}"
    if "*" in word and re.fullmatch(r"\*?[\w-]+(?:\*[\w-]+)*\*?", word):
        bare = word.strip("*")
        how = f"type {bare}" if "*" not in bare else f"type /{bare.replace('*', '.*')}/"
        return f"words are found anywhere in a message, without *: {how}"
    if word in _SQL_WORDS and before and behind:
        return f"{word} is SQL's; type $.path~text, $.path=te*t or $.path=10..20"
    wireshark = word in _WIRESHARK and before and behind
    if wireshark and before[0] in ("label", "decoder", "kind", "dir"):
        return f"type {before[0]}:{behind[0][:40]}"
    if wireshark and _CAPTURED.match(before[0].lstrip("(")):
        return f"{word} is Wireshark's; type the text alone, /regex/, or $.path=value"
    return ""


def _of_key(key: str, value: str, keys: Sequence[str], aliases: Mapping[str, str]) -> str:
    """Answer for ``key:value`` with a key that is not ours; empty when it looks like text."""
    lower = key.lower()
    if lower in _FOREIGN and not value.startswith("//"):
        meant = _FOREIGN[lower]
        how = meant if value == "" else meant.replace("…", value[:40]).replace("the words alone", value[:40])
        return f"there is no key {key}:; type {how}"
    if lower in _JSON_KEYS or (key[:1] == "@" and key[1:].isidentifier()):
        if value.startswith("("):
            return f"to compare a value of JSON messages type $.{key.lstrip('@')}=a|b"
        sign = "~" if _WHOLE_REGEX.match(value) else "="
        return f"to compare a value of JSON messages type $.{key.lstrip('@')}{sign}{value[:40] or 'value'}"
    if lower in ("from", "to", "between") and re.match(r"[0-9]{1,2}:[0-9]{2}", value):
        return f"there is no key {key}:; type {'before' if lower == 'to' else 'since'}:{value.partition('..')[0][:40]}"
    near = difflib.get_close_matches(lower, [*keys, *aliases], 1, 0.7) if key.isalpha() else []
    if near:
        # "BTC:USD" is text to look for, "knid:text" a slip that would silently find nothing.
        return f"unknown key {key!r}; did you mean {near[0]}:{value[:40]}"
    return ""


def of_path(text: str, begin: int, at: int) -> tuple[str, int] | None:
    """Recognize what people write behind a path, or instead of one.

    Parameters
    ----------
    text : str
        The whole filter.
    begin : int
        Where the path begins.
    at : int
        Where it ends.

    Returns
    -------
    (str, int) or None
        What to say, and where.
    """
    path = text[begin:at]
    dotless = re.compile(r"\$([A-Za-z_][\w.-]*)").match(text, begin)
    if path == "$" and dotless:
        return f"a path is written with a dot: $.{dotless[1][:60]}; to search for this text, quote it", begin + 1
    if text[at : at + 1] == "!":
        return f"to find messages without it type -{path[:60]}; other values than x: {path[:60]}!=x", at
    if text[at : at + 1] == "*" and text[at - 1] == "*":
        return "any depth is written with two dots: $..key", at
    if text[at : at + 1] == "(":
        return "a path has no functions; compare the value itself, as in $.path~text", at
    css = _CSS.match(text, at)
    if css is not None:
        part = css[2].strip("\"'") or "text"
        how = {"^": f"={part}*", "$": f"=*{part}", "*": f"~{part}"}[css[1]]
        return f"{css[1]}= is CSS's; type {path[:60]}{how}", css.start(1)
    sql = _SQL.match(text, at)
    if sql is None:
        return None
    word = next(filter(None, (sql["is"], sql["in"], sql["word"], sql["exists"]))).lower()
    without = word.startswith(("not", "does"))
    shown = re.sub(r"\s+", " ", word)
    word = re.sub(r"\Anot\s+|\s", "", word)
    sign = "!=" if sql["isnt"] or sql["not"] else "="
    value, part = (sql["value"] or "").rstrip(")")[:40], (sql["text"] or "").rstrip(")")[:40]
    how = {
        "is": f"-{path}"
        if value.lower() in _ABSENT
        else f'{path}{sign}""'
        if value.lower() == "empty"
        else f"{path}{sign}{value}",
        "in": f"{path}{sign}{(sql['range'] or 'a|b')[:40]}",
        "between": f"{path}=10..20",
        **dict.fromkeys(("startswith", "startwith", "beginswith", "beginwith", "begins"), f"{path}=te*"),
        **dict.fromkeys(("endswith", "endwith"), f"{path}=*xt"),
        **dict.fromkeys(("equal", "equals"), f"{path}={part}"),
        **dict.fromkeys(("has", "include", "includes"), f"{path}[*]={part} or {path}~{part}"),
        "exists": path,
    }.get(word, f"{path}!~text" if without else f"{path}~text or {path}=te*t")
    place = at + len(sql[0]) - len(sql[0].lstrip())
    return f"there is no {shown} here; type {how}; to search for the word, quote it", place


def quoted_regex(text: str, at: int) -> str | None:
    """Recognize a regular expression in quotes behind ``=~`` or ``matches``, as other languages write it.

    Parameters
    ----------
    text : str
        The whole filter.
    at : int
        Behind the operator.

    Returns
    -------
    str or None
        What to say.
    """
    found = _QUOTED_REGEX.match(text, at)
    if found is None:
        return None
    return f"a regular expression stands between slashes: ~/{found[2][:40]}/; to find this text, type ~ in front of it"


def of_value(word: str, sign: str) -> str | None:
    """Recognize a value that cannot be meant as a text.

    Parameters
    ----------
    word : str
        The value, without quotes around it.
    sign : str
        What compares.

    Returns
    -------
    str or None
        What to say.
    """
    search = f"; to compare with this text, quote it: {quoted(word)}"
    if word[0] in _TYPOGRAPHIC:
        return 'these quotes are typographic; type plain ones: "two words"'
    if word[0] in "=<>!~":
        return f"{sign}{word[0]} is no comparison; type = != > >= < <= ~ or !~{search}"
    if word[0] in "[{":
        return f"a value is a text, a number, true, false or null; for what is inside type $.path[0]=1 or $.path.key=1{search}"
    if sign == "!=" and not word.strip("*"):
        return f"to find messages without it type -$.path{search}"
    if re.search(r"&&|[&;]\$\.", word):
        return f"put a space in front of what comes next{search}"
    if word.count("(") > word.count(")"):
        return f"several values have | between them, without parentheses: $.path{sign}a|b{search}"
    if re.match(r"\$[.\[]", word):
        return f"a path is compared with a value, not with another path{search}"
    if sign in ("~", "!~") and re.search(r"\A\^.|.\$\Z|\.[*+]|\\[dwsb]", word):
        return f"a regular expression stands between slashes: $.path{sign}/{word[:40]}/{search}"
    if word.lower() in _ABSENT:
        return f"to find messages without it type -$.path{search}"
    regex = _WHOLE_REGEX.match(word)
    if regex and sign in ("=", "!=") and (regex[2] or re.search(r"[\^$*+?\[\](){}|\\]", regex[1])):
        return f"a regular expression is compared with ~: $.path~{word[:40]}{search}"
    if re.match(r"%.*%\Z|%\w|\w+%\Z", word) and sign in ("~", "!~") and "%" in word:
        return f"% is SQL's; ~ finds it anywhere: $.path~{word.strip('%')[:40]}{search}"
    return None


def jsonpath_filter(text: str, begin: int, at: int) -> str | None:
    """Answer for JSONPath's ``$[?(@.a>1)]`` (RFC 9535 section 2.3.5).

    Parameters
    ----------
    text : str
        The whole filter.
    begin : int
        Where the path begins.
    at : int
        Where the bracket opens.

    Returns
    -------
    str or None
        What to say.
    """
    found = re.compile(r"\[\s*\?\s*\(?\s*@([^=<>!~\s)&|\]]*)\s*(==|!=|<=|>=|=~|[<>=])?\s*([^)\]&|]*)").match(text, at)
    if found is None:
        return None
    path = text[begin:at]
    path = path if path == "$" else f"{path}[*]"
    sign = _OURS.get(found[2] or "", found[2] or "")
    value = found[3].strip()[:40] if sign else ""
    return f"JSONPath's filters are written as comparisons: type {path}{found[1][:40]}{sign}{value}"
