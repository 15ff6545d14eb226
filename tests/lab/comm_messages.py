"""``python -m tests.lab.comm_messages`` generates the front end's types and constants from ``feed/comm_messages.py``."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Final, get_args

from kontena_ws_nb.close import CLOSE_CODES, Close
from kontena_ws_nb.feed import comm_messages
from kontena_ws_nb.log.filter.grammar import FORMS
from kontena_ws_nb.log.kinds import LIFECYCLE

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "kontena_ws_nb/feed/comm_messages.py"
TARGET: Final = ROOT / "kontena_ws_nb/panel/frontend/src/messages.ts"

_PLAIN: Final = {
    "int": "number",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "None": "null",
    "Any": "unknown",
}


def typescript() -> str:
    """Write the file."""
    lines = SOURCE.read_text(encoding="utf-8").split("\n")
    parts = [
        "// Made by `python -m tests.lab.comm_messages` from feed/comm_messages.py: the messages between kernel and browser. Do not edit.",
        f"export type Kind = {_literal(comm_messages.Kind)};\n{_union('Capability', [json.dumps(one) for one in get_args(comm_messages.Capability)])}",
        f"/** Rows that are no frames. */\nexport const LIFECYCLE: readonly Kind[] = {json.dumps(sorted(LIFECYCLE))};",
        _close_codes(),
        _filter_forms(),
    ]
    answers = []
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if isinstance(node.value, ast.Constant):
                value = node.value.value
                parts.append(f"{_comment(lines, node)}export const {node.target.id} = {value:_};")
            elif node.target.id == "REQUESTS":
                parts.append(f"{_comment(lines, node)}{_requests(answers)}")
            elif node.target.id == "NOTICES":
                kinds = (_merged(f'{{ k: "{kind}" }}', said.__name__) for kind, said in comm_messages.NOTICES.items())
                parts.append(_comment(lines, node) + _union("Notice", [*kinds]))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            parts.append(f"{_comment(lines, node)}export type {node.targets[0].id} = {_type(node.value)};")
        elif isinstance(node, ast.ClassDef) and (bases := {ast.unparse(base) for base in node.bases}) & {
            "TypedDict",
            "NamedTuple",
        }:
            if node.name.endswith("Answer"):
                answers.append(node.name)
            if node.name != "NothingRequest":
                parts.append(_tuple(lines, node) if "NamedTuple" in bases else _interface(lines, node))
    return "\n\n".join(parts) + "\n"


def _sendable(code: int) -> bool:
    return Close(code).sendable


def _close_codes() -> str:
    codes = [*filter(_sendable, CLOSE_CODES), 3000, 4000]
    return "\n".join(
        [
            "/** Close codes that may be sent, and what they mean; 3000 and 4000 stand for all from there on. */",
            "export const CLOSE_CODES: readonly (readonly [code: number, meaning: string])[] = [",
            *(f'  [{code}, "{Close(code).meaning}"],' for code in codes),
            "];",
        ]
    )


def _filter_forms() -> str:
    return "\n".join(
        [
            "/** The forms of filters: what to type, and what it means. */",
            "export const FILTER_FORMS: readonly (readonly [form: string, meaning: string])[] = [",
            *(f"  [{_string(form)}, {_string(meaning)}]," for form, meaning in FORMS.items()),
            "];",
        ]
    )


def _string(text: str) -> str:
    # As biome formats it: in the quotes that need fewer escapes.
    if '"' in text and "'" not in text:
        return "'{}'".format(text.replace("\\", "\\\\"))
    return json.dumps(text, ensure_ascii=False)


def _merged(first: str, name: str) -> str:
    return first if name == "NothingRequest" else f"({first} & {name})"


def _requests(answers: list[str]) -> str:
    rows = []
    for kind, (ask, answer) in comm_messages.REQUESTS.items():
        asked = "Record<never, never>" if ask.__name__ == "NothingRequest" else ask.__name__
        rows.append(f"  {kind}: {{ ask: {asked}; answer: {answer.__name__} }};")
    known = _union("FromKernel", ["Tick", *answers])
    return "\n".join(["export interface Requests {", *rows, "}", "export type RequestKind = keyof Requests;", known])


def _union(name: str, types: list[str]) -> str:
    """Write a union that is longer than a line, as biome does."""
    return "\n  | ".join([f"export type {name} =", *types]) + ";"


def _interface(lines: list[str], node: ast.ClassDef) -> str:
    optional = "?" if any(keyword.arg == "total" for keyword in node.keywords) else ""
    fields = [
        f"{_comment(lines, field, '  ')}  {field.target.id}{optional}: {_type(field.annotation)};"
        for field in _fields(node)
    ]
    if node.name.endswith("Answer"):
        fields = ["  v: 1;", "  id: string;", *fields]
    return "\n".join([f"/** {ast.get_docstring(node)} */", f"export interface {node.name} {{", *fields, "}"])


def _tuple(lines: list[str], node: ast.ClassDef) -> str:
    fields = [
        f"{_comment(lines, field, '  ')}  {field.target.id}{'?' if field.value else ''}: {_type(field.annotation)},"
        for field in _fields(node)
    ]
    return "\n".join([f"/** {ast.get_docstring(node)} */", f"export type {node.name} = readonly [", *fields, "];"])


def _fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    return [field for field in node.body if isinstance(field, ast.AnnAssign)]


def _comment(lines: list[str], node: ast.stmt, indent: str = "") -> str:
    """Take the ``#:`` lines above a statement."""
    at, said = node.lineno - 1, []
    while at and lines[at - 1].strip().startswith("#:"):
        at -= 1
        said.insert(0, lines[at].strip()[2:].strip())
    return f"{indent}/** {' '.join(said)} */\n" if said else ""


def _type(node: ast.expr) -> str:
    match node:
        case ast.BinOp():
            return f"{_type(node.left)} | {_type(node.right)}"
        case ast.Subscript(value=ast.Name(id="Literal")):
            values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return " | ".join(_value(value) for value in values)
        case ast.Subscript(value=ast.Name(id="list")):
            each = _type(node.slice)
            return f"({each})[]" if " | " in each else f"{each}[]"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, ast.Constant(value=value)])) if (
            value is ...
        ):
            return f"{_type(item)}[]"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=items)):
            return f"[{', '.join(map(_type, items))}]"
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name):
            return _PLAIN.get(name, name)
    raise ValueError(f"no TypeScript for {ast.unparse(node)}")


def _value(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant)
    return f'"{node.value}"' if isinstance(node.value, str) else str(node.value)


def _literal(alias: object) -> str:
    return " | ".join(f'"{value}"' for value in get_args(alias))


if __name__ == "__main__":
    TARGET.write_text(typescript(), encoding="utf-8")
    sys.exit(0)
