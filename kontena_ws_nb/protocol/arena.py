"""Memory for what is received: blocks that are used again when nobody looks at them any more.

A flooded connection receives into blocks (`Arena`, one for each decoder), and what it received stays there. When a log
drops the last row of a block, it hands the block to `BLOCKS`, from which the next one is taken: in steady state
receiving touches no memory that the process did not have already. The first touch of a fresh page costs more than
copying into it (measured, for a mebibyte: 0.35 ms of faults, 0.08 ms of copying).

The rule that makes this safe: **a block is used again only when nothing but the list of spare blocks refers to it.**
Whoever can look at a payload in place (a segment, a batch, a memoryview, a running search) holds a reference to its
block, and a reference can only be had from somebody who has one. Counting references needs CPython with its global
lock; elsewhere blocks are given back and made anew.
"""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Final

from ..system import forks

#: Bytes of a block that are used. A payload that is looked at in place keeps so much alive, a log that drops gives
#: back so much at once.
BLOCK: Final = (4 << 20) + (64 << 10)
#: What a decoder begins with: most connections never receive more in bulk.
FIRST_BLOCK: Final = 1 << 20
#: Blocks that are kept for the next one who needs one, by the whole process.
SPARE: Final = 2
#: Above 32 MiB glibc's malloc always asks the kernel for a mapping of its own (mallopt(3), M_MMAP_THRESHOLD): fresh,
#: nothing to clear, and given back to the system as soon as it is freed. So a block is so large; what is never touched
#: of it is only addresses. It is used from its first huge page on that malloc's header does not stand in.
RESERVED: Final = (34 << 20) - 64

_CAN_ADVISE: Final = sys.platform == "linux" and sys.implementation.name == "cpython"
_PAGE: Final = 4096
_HUGE_PAGE: Final = 2 << 20
#: The part of a block that huge pages are asked for; the rest must not cost a whole one.
_HUGE: Final = BLOCK // _HUGE_PAGE * _HUGE_PAGE
# include/uapi/asm-generic/mman-common.h
_MADV_HUGEPAGE: Final = 14
_MADV_NOHUGEPAGE: Final = 15
#: Seconds for a first huge page above which 512 small ones are cheaper: a virtual machine whose free memory was given
#: back to its host (free page reporting, by the huge page) waits for the host.
_SLOW_FAULT: Final = 0.001


def _references(blocks: list[bytearray], at: int) -> int:
    block = blocks[at]
    return sys.getrefcount(block)


#: What `_references` tells of a block that nobody but the list refers to: it depends on the version of CPython.
_NOBODY: Final = _references([bytearray(1)], 0)
_CAN_COUNT: Final = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()


class Blocks:
    """The spare blocks of a process. Any thread."""

    def __init__(self) -> None:
        self._lock = forks.lock()
        self._spare: list[bytearray] = []

    def take(self) -> bytearray:
        """Get a block that nobody else looks at.

        Returns
        -------
        bytearray
            What `used` tells of it is to be used; what is in it is not defined. Never resized, so that others may look at
            a part while another is written.

        Raises
        ------
        MemoryError
            There is no more.
        """
        with self._lock:
            for at in range(len(self._spare)):
                if _CAN_COUNT and _references(self._spare, at) == _NOBODY:
                    return self._spare.pop(at)
        return _fresh()

    def offer(self, block: bytes | bytearray) -> None:
        """Hand over a block whose rows were dropped; others may still look at it. What is no block is ignored.

        Parameters
        ----------
        block : bytes or bytearray
            Where payloads are.
        """
        if not isinstance(block, bytearray) or not self.made(block):
            return
        with self._lock:
            if all(other is not block for other in self._spare):
                self._spare.append(block)
                del self._spare[:-SPARE]

    @staticmethod
    def made(data: bytes | bytearray) -> bool:
        """Tell whether this is a block, and no memory of one payload or segment.

        Parameters
        ----------
        data : bytes or bytearray
            Where payloads are.

        Returns
        -------
        bool
        """
        return len(data) in (BLOCK, RESERVED)

    def release(self) -> None:
        """Give the spare blocks back to the system; those that somebody looks at go when nobody does."""
        with self._lock:
            self._spare.clear()


#: The process's.
BLOCKS: Final = Blocks()


class Arena:
    """One decoder's memory. Used by the holder of the receive role only.

    Parameters
    ----------
    blocks : bool, default True
        Whether `take` gives ranges of blocks; else memory that lives no longer than what is in it.
    """

    def __init__(self, blocks: bool = True) -> None:
        self._blocks = blocks
        self._first = True
        self._block = bytearray()
        self._used = self._end = 0

    def block(self, size: int) -> tuple[bytearray, int, int]:
        """Get a block of one's own.

        Parameters
        ----------
        size : int
            Bytes that are needed at once, at most `BLOCK`.

        Returns
        -------
        (bytearray, int, int)
            A block, and the part of it that is to be used. It lives as long as anybody holds it.

        Raises
        ------
        MemoryError
            There is no more.
        """
        if self._first and size <= FIRST_BLOCK:
            self._first = False
            return _untouched(FIRST_BLOCK), 0, FIRST_BLOCK
        self._first = False
        block = BLOCKS.take()
        return block, *used(block)

    def take(self, size: int) -> tuple[bytearray, int]:
        """Reserve a range, behind the last one where that can be.

        Parameters
        ----------
        size : int
            Bytes; above half a block, or without blocks, they get memory of their own.

        Returns
        -------
        (bytearray, int)
            A block, and the offset of the range in it.

        Raises
        ------
        MemoryError
            There is not so much.
        """
        if not self._blocks or size > BLOCK // 2:
            return _untouched(size), 0
        if self._end - self._used < size:
            self._block, self._used, self._end = self.block(size)
        at = self._used
        self._used += size
        return self._block, at


def _untouched(size: int) -> bytearray:
    """Make a bytearray nobody has written to: bytearray(size) would write zeros, and so take all pages now."""
    if not _CAN_ADVISE:
        return bytearray(size)
    import ctypes

    make = ctypes.pythonapi.PyByteArray_FromStringAndSize
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_char_p, ctypes.c_ssize_t)
    made: bytearray = make(None, size)
    return made


def used(block: bytearray) -> tuple[int, int]:
    """Tell which part of a block is to be used.

    Parameters
    ----------
    block : bytearray
        From `Blocks.take`.

    Returns
    -------
    (int, int)
        Where it begins and ends: `BLOCK` bytes.
    """
    begin = 0
    if len(block) == RESERVED:
        import ctypes

        begin = -ctypes.addressof(ctypes.c_char.from_buffer(block)) % _HUGE_PAGE
    return begin, begin + BLOCK


def _fresh() -> bytearray:
    """Make a block, and ask the kernel for huge pages behind it: one fault for 2 MiB instead of 512."""
    if not _CAN_ADVISE:
        return bytearray(BLOCK)
    try:
        block = _untouched(RESERVED)
    except MemoryError:  # addresses are limited (RLIMIT_AS, vm.overcommit_memory=2)
        return bytearray(BLOCK)
    import ctypes

    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    address = ctypes.addressof(ctypes.c_char.from_buffer(block))
    page, begin = address // _PAGE * _PAGE, used(block)[0]
    # Only advice: a kernel that knows no huge pages (EINVAL) goes on with small ones.
    advise(page, address + RESERVED - page, _MADV_NOHUGEPAGE)
    advise(address + begin, _HUGE, _MADV_HUGEPAGE)
    started = perf_counter()
    block[begin] = 0
    small = begin + _HUGE
    if perf_counter() - started > _SLOW_FAULT:
        advise(address + begin, _HUGE, _MADV_NOHUGEPAGE)
        small = begin + _HUGE_PAGE
    # The rest, of small pages: not every round gets so far, and it would be touched for the first time much later.
    block[small : begin + BLOCK : _PAGE] = bytes(-(-(begin + BLOCK - small) // _PAGE))
    return block
