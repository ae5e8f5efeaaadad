"""The shipped case of settlement in parts, against what its opening comment works out by hand."""

import pytest

from .shipped import cents, clock, measures, rows, settle


@pytest.fixture(scope="module")
def result():
    return settle("partial_settlement")


PART = {
    0: [(30, 300.02, "10:30"), (20, 200.01, "11:30"), (50, 500.02, "15:00")],
    1: [(20, 500.00, "10:30"), (20, 500.00, None)],
    4: [(4, 0, "10:30"), (6, 0, None)],
}
WHOLE = {0: [(100, 1000.05, "15:00")], 1: [(40, 1000.00, None)], 4: [(10, 0, None)]}
NEVER = {2: [(10, 200.00, None)], 3: [(50, 500.00, None)]}
BROUGHT = {5: [(20, 0, "11:05")], 6: [(50, 0, "15:00")]}


@pytest.mark.parametrize(
    ("arrangement", "pieces"),
    [
        ("whole", WHOLE),
        ("partial", PART),
        ("large", PART | {0: [(30, 300.02, "10:30"), (70, 700.03, "15:00")]}),
        ("two_members", WHOLE | {0: PART[0]}),
    ],
)
def test_each_instruction_settles_in_the_parts_that_the_hand_cuts(result, arrangement, pieces):
    found: dict[int, list] = {}
    for row in rows(result, arrangement):
        found.setdefault(row["id"], []).append((row["units"], row["cash"], clock(row["settled_at"])))
    expected = pieces | NEVER | BROUGHT
    assert found == {
        number: [(units, cents(cash), time) for units, cash, time in expected[number]] for number in expected
    }


@pytest.mark.parametrize(
    ("arrangement", "settled", "unsettled", "parts", "count"),
    [
        ("whole", 1000.05, 1700.00, 0, 0),
        ("partial", 1500.05, 1200.00, 1000.03, 4),
        ("large", 1500.05, 1200.00, 800.02, 3),
        ("two_members", 1000.05, 1700.00, 500.03, 2),
    ],
)
def test_parts_add_up_to_the_cent(result, arrangement, settled, unsettled, parts, count):
    found = measures(result, arrangement)
    assert found["settled_value"] == found["value_moved"] == cents(settled)
    assert found["unsettled_value"] == cents(unsettled)
    assert found["unsettled_count"] == 4
    assert (found["partial_value"], found["partial_count"]) == (cents(parts), count)
