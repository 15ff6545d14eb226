"""Protocol Buffers: with a message class, and without a schema, by the wire format alone.

Source: https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar, Final

from .decoder import Decoded, Decoder, Encoded
from .json_text import line, short
from .limits import FIELD_DEPTH, FIELDS
from .packages import missing, package
from .plain import printable


class Protobuf(Decoder):
    """Decodes messages without a schema: fields by their numbers.

    A field that holds bytes is a text where it is one, else a message where it is one, else bytes. Eight or four bytes
    are a float where that is likely, else an integer.
    """

    name = "protobuf"

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = None if message.text else fields(message.payload)
        return Decoded(value, line(short(value))) if value else None


class ProtobufMessage(Decoder):
    """Decodes messages of one class; made by `of`."""

    name = "protobuf message"
    message_class: ClassVar[Any] = None

    @classmethod
    def of(cls, source: Any, message: str | None = None) -> type[ProtobufMessage]:
        """Make a decoder of a message class, or of a schema in a file.

        Parameters
        ----------
        source : type, str or path
            A class that protoc generated; or a file: a ``.proto``, or a descriptor set (``protoc --include_imports
            --descriptor_set_out=FILE``).
        message : str, optional
            The message's name in the file, with its package or without; by default the file's only message.

        Returns
        -------
        type
            A `Decoder`.

        Raises
        ------
        ValueError
            The file has no such message, or is no schema; the error says what is there.
        OSError
            The file cannot be read.
        ImportError
            A package is missing; the error says which.
        """
        if isinstance(source, (str, os.PathLike)):
            source = _class_in(Path(source), message)
        descriptor = getattr(source, "DESCRIPTOR", None)
        if not hasattr(source, "FromString") or descriptor is None:
            raise TypeError(f"a Protobuf message class or a file with a schema, got {type(source).__name__}")
        return type("ProtobufMessage", (cls,), {"name": f"protobuf {descriptor.full_name}", "message_class": source})

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        from google.protobuf.json_format import MessageToDict

        try:
            read = self.message_class.FromString(message.payload)
            value = MessageToDict(read, preserving_proto_field_name=True)
        except Exception:  # noqa: BLE001  the library has an error for every part: DecodeError, TypeError, ValueError
            return None
        return Decoded(value, line(self.message_class.DESCRIPTOR.name, short(value)))


def _class_in(path: Path, name: str | None) -> Any:
    """Make the class of a message that a file describes."""
    if package("google.protobuf") is None:
        raise ImportError(missing("protobuf", "a Protobuf schema").label)
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from google.protobuf.message import DecodeError

    data = _compiled(path) if path.suffix == ".proto" else path.read_bytes()
    try:
        files = list(descriptor_pb2.FileDescriptorSet.FromString(data).file)
    except DecodeError:
        files = []
    pool = descriptor_pool.DescriptorPool()
    try:
        for file in files:
            pool.Add(file)
        names = [f"{file.package}.{one.name}".lstrip(".") for file in files for one in file.message_type]
        # The last file is the one that was compiled; those before it are imported.
        own = [f"{file.package}.{one.name}".lstrip(".") for file in files[-1:] for one in file.message_type]
        found = (
            own
            if name is None
            else [one for one in names if one == name] or [one for one in names if one.rpartition(".")[2] == name]
        )
        if len(found) == 1:
            return message_factory.GetMessageClass(pool.FindMessageTypeByName(found[0]))
        if name is not None and "." in name:  # a message in a message
            return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path.name} has no message {name or ''}: {str(error)[:200]}") from None
    there = ", ".join(names[:20]) or "none: is it a descriptor set?"
    raise ValueError(
        f"{path.name} has {'no' if name else 'not one'} message {name or 'only, name it'}; messages there: {there}"
    )


def _compiled(path: Path) -> bytes:
    """Compile a ``.proto`` with protoc: the one of ``grpcio-tools``, or the system's."""
    path.stat()  # an error of the file's own
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        arguments = [f"-I{path.parent}", "--include_imports", f"--descriptor_set_out={out}", str(path)]
        program = shutil.which("protoc")
        if importlib.util.find_spec("grpc_tools") is not None:
            command = [sys.executable, "-m", "grpc_tools.protoc", *arguments]
        elif program is not None:
            command = [program, *arguments]
        else:
            raise ImportError("a .proto needs a compiler: pip install grpcio-tools, or install protoc")
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
        if done.returncode:
            raise ValueError(f"{path.name} is no schema: {done.stderr.strip()[:500]}")
        return out.read_bytes()


def fields(data: bytes) -> dict[str, Any] | None:
    """Read a message without its schema.

    Parameters
    ----------
    data : bytes
        All of it must be fields.

    Returns
    -------
    dict or None
        By field number; a list where a number stands several times. None when it is no message.

    Examples
    --------
    >>> fields(bytes.fromhex("0896011203616263"))
    {'1': 150, '2': 'abc'}
    """
    return _fields(data, 0, [max(FIELDS, len(data) // 8)])


def _fields(data: bytes, depth: int, budget: list[int]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        budget[0] -= 1
        if at < 0 or not 0 < number < 1 << 29 or budget[0] < 0:
            return None
        value: Any
        if wire == 0:
            value, at = _varint(data, at)
            if at < 0:
                return None
        elif wire in _FIXED:
            size = 8 if wire == 1 else 4
            if at + size > len(data):
                return None
            value, at = _number(data[at : at + size], _FIXED[wire]), at + size
        elif wire == 2:
            size, at = _varint(data, at)
            if at < 0 or at + size > len(data):
                return None
            value, at = _bytes(data[at : at + size], depth, budget), at + size
        else:  # groups are deprecated, 6 and 7 are nothing
            return None
        found.setdefault(str(number), []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


#: How eight and four bytes are read, by their wire type.
_FIXED: Final = {1: "<d", 5: "<f"}


def _number(data: bytes, form: str) -> float | int:
    (value,) = struct.unpack(form, data)
    if value == 0 or 1e-9 < abs(value) < 1e15:
        return float(value)
    return int.from_bytes(data, "little")


def _bytes(data: bytes, depth: int, budget: list[int]) -> Any:
    text = printable(data)
    if text is not None:
        return text
    inner = _fields(data, depth + 1, budget) if data and depth < FIELD_DEPTH else None
    return inner or data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number and where it ends; -1 when it is cut or too long."""
    value = 0
    for place in range(10):
        if at + place >= len(data):
            return 0, -1
        byte = data[at + place]
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value & (1 << 64) - 1, at + place + 1
    return 0, -1
