"""Who paid whom, dense or hashed, against a dictionary that adds up trade by trade."""

import numpy as np
import pytest

from simulator.kernels.pairs import FIRST_ROWS, Pairs


def draw(random, members, count):
    """A chunk of trades; one in ten members trades with itself."""
    buyers, sellers = random.integers(members, size=(2, count), dtype=np.int32)
    sellers[::10] = buyers[::10]
    return buyers, sellers, random.integers(0, 1 << 40, size=count)


def added_up(chunks):
    """[value, trades] by (buyer, seller), in Python's own integers."""
    found = {}
    for chunk in chunks:
        for buyer, seller, cash in zip(*(column.tolist() for column in chunk), strict=True):
            if buyer != seller:
                value, trades = found.get((buyer, seller), (0, 0))
                found[buyer, seller] = (value + cash, trades + 1)
    return found


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("members", [1, 2, 7, 600])
def test_every_pair_is_added_up_as_a_dictionary_does_it(members, dense):
    random = np.random.default_rng([3, members])
    chunks = [draw(random, members, count) for count in (0, 1, 50_000, 99_999)]
    pairs = Pairs(members, dense_pairs=members**2 if dense else 0)
    assert pairs.dense == dense
    for chunk in chunks:
        pairs.add(*chunk)
    buyers, sellers, value, trades = (column.tolist() for column in pairs.totals())
    expected = added_up(chunks)
    if members == 600:
        assert len(expected) > FIRST_ROWS  # more than a hash table begins with
    # In order of buyer and then seller, each pair once.
    assert list(zip(buyers, sellers, strict=True)) == sorted(expected)
    assert (
        dict(zip(zip(buyers, sellers, strict=True), zip(value, trades, strict=True), strict=True)) == expected
    )


def test_sums_just_short_of_two_to_the_62_are_exact():
    for dense_pairs in (0, 4):
        pairs = Pairs(2, dense_pairs)
        for cash in ((1 << 61) - 1, 1 << 60, (1 << 60) - 1):
            pairs.add(np.array([1], np.int32), np.array([0], np.int32), np.array([cash]))
        assert [column.tolist() for column in pairs.totals()] == [[1], [0], [(1 << 62) - 2], [3]]


def test_a_free_delivery_is_a_trade_without_value():
    pairs = Pairs(2)
    pairs.add(np.array([0], np.int32), np.array([1], np.int32), np.array([0]))
    assert [column.tolist() for column in pairs.totals()] == [[0], [1], [0], [1]]
