from array import array

def add_row(
    data: bytearray,
    bounds: array[int],
    times: array[int],
    flags: bytearray,
    row: int,
    payload: bytes | bytearray,
    time_ns: int,
    code: int,
    /,
) -> bool: ...
def frame(first: int, payload: bytes | memoryview, key: bytes, /) -> bytes: ...
def run(
    starts: array[int], ends: array[int], times: array[int], flags: bytes, low: int, high: int, /
) -> tuple[int, str, int]: ...
def utf8_end(data: bytes | bytearray | memoryview, start: int, stop: int, /) -> int: ...
def walk(buffer: bytearray, at: int, stop: int, starts: list[int], ends: list[int], max_size: int | None, /) -> int: ...
