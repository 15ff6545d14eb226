"""One list of kinds."""

from __future__ import annotations

from kontena_ws_nb.log.kinds import ALL, CODES, KIND_MASK, KINDS, LIFECYCLE


def test_every_kind_has_a_code_and_the_flags_have_room_for_it() -> None:
    assert set(ALL) == set(KINDS.values()) == set(CODES)
    assert all(KINDS[code] == kind and code & KIND_MASK == code for kind, code in CODES.items())


def test_rows_that_are_no_frames_have_codes_that_the_rfc_reserves() -> None:
    assert all(CODES[kind] in range(0xB, 0x10) for kind in LIFECYCLE)
