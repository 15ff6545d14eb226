"""`Arena`: memory for what is received, backed by huge pages where the kernel has them.

An arena belongs to one decoder, and is used by the holder of the receive role only.

Receiving is bound by page faults: the first touch of a fresh page costs more than copying into it (measured, for a
mebibyte: 0.35 ms of faults, 0.08 ms of copying). One fault for 2 MiB instead of 512 makes that 0.06 ms. What is never
touched costs nothing, so a large announcement gets its room at once.
"""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Final

#: Above 32 MiB glibc's malloc always asks the kernel for a mapping of its own (mallopt(3), M_MMAP_THRESHOLD): fresh,
#: nothing to clear, and with malloc's header it fills whole huge pages; only then does Linux align it with them
#: (mm/mmap.c, since 6.13). What is not touched is not there, so only address space is spent on the end of a block. A
#: log gives memory back by the block.
BLOCK: Final = (34 << 20) - 64
#: The first block, and by how much blocks grow: a short flood needs no huge page.
FIRST_BLOCK: Final = 512 << 10
_GROWTH: Final = 16

_CAN_ADVISE: Final = sys.platform == "linux" and sys.implementation.name == "cpython"
_PAGE: Final = 4096
_HUGE_PAGE: Final = 2 << 20
# include/uapi/asm-generic/mman-common.h
_MADV_HUGEPAGE: Final = 14
_MADV_NOHUGEPAGE: Final = 15
#: Seconds for a first huge page above which 512 small ones are cheaper: a virtual machine whose free memory was given
#: back to its host (free page reporting, by the huge page) waits for the host.
_SLOW_FAULT: Final = 0.001


class Arena:
    """Hands out ranges of bytearrays that are never resized, so that readers may look at them while others are written."""

    def __init__(self) -> None:
        self._block = bytearray()
        self._used = 0
        self._next = FIRST_BLOCK

    def take(self, size: int) -> tuple[bytearray, int]:
        """Reserve memory.

        Parameters
        ----------
        size : int
            Bytes.

        Returns
        -------
        (bytearray, int)
            A block, and the offset of the reserved range in it. What is in it is not defined. The block lives as long
            as anybody holds it.

        Raises
        ------
        MemoryError
            There is not so much.
        """
        if len(self._block) - self._used < size:
            self._block, self._used = _untouched(max(self._next, size)), 0
            self._next = min(BLOCK, _GROWTH * self._next)
        at = self._used
        self._used += size
        return self._block, at


def _untouched(size: int) -> bytearray:
    """Make a block nobody has written to, and ask the kernel for huge pages behind a large one."""
    if not _CAN_ADVISE:
        return bytearray(size)
    import ctypes

    # bytearray(size) would write zeros, and so take all pages now, and small ones.
    make = ctypes.pythonapi.PyByteArray_FromStringAndSize
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_char_p, ctypes.c_ssize_t)
    block: bytearray = make(None, size)
    if size < BLOCK:
        return block
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(block))
    page = begin // _PAGE * _PAGE  # malloc's header stands on the first one
    advise(
        page, begin + size - page, _MADV_HUGEPAGE
    )  # only advice: a kernel that knows no huge pages (EINVAL) goes on with small ones
    started = perf_counter()
    block[-begin % _HUGE_PAGE] = 0
    if perf_counter() - started > _SLOW_FAULT:
        advise(page, begin + size - page, _MADV_NOHUGEPAGE)
    return block
