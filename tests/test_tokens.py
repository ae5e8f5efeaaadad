"""Tokens in the ledger: what each movement does, and that conservation notices one that is not whole."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.kernels import state as st

from .books import random_ledger_book


def open_ledger():
    """A ledger with units in its first position, and that position."""
    for seed in range(50):
        book = random_ledger_book(seed, unlimited=True)
        if book.held is not None and book.held.max() >= 4:
            ledger, _ = book.ledger()
            member, security = (int(at) for at in np.unravel_index(book.held.argmax(), book.held.shape))
            return ledger, ledger.position(member, security), ledger.position(1 - min(member, 1), security)
    pytest.fail("no book has units")


def units(*figures: int) -> np.ndarray:
    return np.array(figures, dtype=np.int64)


def test_units_go_from_book_to_wallet_to_wallet_and_back(verified):
    ledger, slot, other = open_ledger()
    security = ledger.slot_owners()[0][slot]
    held = int(ledger.state.slots[slot, st.UNITS])
    there = int(ledger.state.slots[other, st.UNITS])
    assert ledger.leave_book(units(slot), units(3)).tolist() == [3]
    assert (ledger.on_the_way[slot], ledger.omnibus[security]) == (3, 0)
    ledger.mint(units(slot), units(3))
    assert (ledger.on_the_way[slot], ledger.tokens[slot], ledger.omnibus[security]) == (0, 3, 3)
    assert ledger.move_tokens(slot, other, 5) == 3
    assert (ledger.tokens[slot], ledger.tokens[other], ledger.omnibus[security]) == (0, 3, 3)
    assert ledger.burn(units(other), units(2)).tolist() == [2]
    assert (ledger.on_the_way[other], ledger.tokens[other], ledger.omnibus[security]) == (2, 1, 1)
    ledger.enter_book(units(other), units(2))
    assert ledger.state.slots[slot, st.UNITS] == held - 3
    assert ledger.state.slots[other, st.UNITS] == there + 2
    assert ledger.leave_book(units(slot), units(held)).tolist() == [held - 3]
    assert verified["leave_book"] == 2


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda ledger, slot: ledger.tokens.__setitem__(slot, 2), "omnibus"),
        (lambda ledger, _: ledger.omnibus.__setitem__(0, 9), "omnibus"),
        (lambda ledger, slot: ledger.on_the_way.__setitem__(slot, 1), "does not sum to 0"),
        (lambda ledger, slot: ledger.state.slots.__setitem__((slot, st.UNITS), 99), "does not sum to 0"),
        (lambda ledger, slot: ledger.mint(units(slot), units(1)), "on their way below 0"),
    ],
)
def test_a_unit_too_many_anywhere_is_noticed(spoil, said):
    ledger, slot, _ = open_ledger()
    ledger.leave_book(units(slot), units(3))
    ledger.mint(units(slot), units(3))
    ledger.verify()
    spoil(ledger, slot)
    with pytest.raises(AssertionError, match=said):
        ledger.verify()
