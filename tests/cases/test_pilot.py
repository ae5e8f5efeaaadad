"""The shipped case of the pilot, against the hand in its opening comment."""

import pytest

from .shipped import cents, clock, settle

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def result():
    return settle("pilot")


def by_day(result, arrangement, *columns):
    """Columns of the settlement days, in cents where they are money."""
    return result.days.filter(arrangement=arrangement).select(columns).rows()


def told(result, arrangement, *columns):
    return result.pilot.filter(arrangement=arrangement).select(columns).rows()


def happened(result, arrangement):
    """Day, time, event, its change, units moved and why not more."""
    rows = result.events.filter(arrangement=arrangement).to_dicts()
    return [
        (
            row["day"],
            clock(row["time"] - row["day"] * DAY),
            " ".join(filter(None, (row["event"], row["change"]))),
            row["units"],
            row["reason"],
        )
        for row in rows
    ]


def test_each_event_does_what_the_table_says_at_its_time(result):
    assert happened(result, "tokens") == [
        (0, "10:00", "tokenize begins", 6, None),
        (0, "10:01", "tokenize ends", 6, None),
        (0, "10:05", "tokenize", 0, "not_eligible"),
        (0, "10:10", "tokenize", 0, "no_wallet"),
        (0, "11:00", "transfer", 4, None),
        (0, "11:30", "reverse", 1, None),
        (0, "13:00", "detokenize begins", 2, None),
        (0, "13:15", "detokenize ends", 2, None),
        (0, "14:45", "detokenize", 0, "cut_off"),
        (0, "20:00", "transfer", 2, None),
        (1, "09:30", "detokenize begins", 1, None),
        (1, "09:45", "detokenize ends", 1, None),
        (1, "12:30", "reverse", 1, None),
        (1, "13:00", "outage begins", None, None),
        (1, "13:30", "outage ends", None, None),
        (1, "13:30", "detokenize begins", 1, None),
        (1, "13:45", "detokenize ends", 1, None),
    ]
    first = result.events.filter(arrangement="tokens").row(0, named=True)
    assert (first["member"], first["security"], first["asked"], first["to"]) == ("North", "X", 6, None)


def test_what_is_tokenized_fails_and_is_delivered_when_it_is_back(result):
    columns = ("settled_value", "unsettled_value", "unsettled_count", "carried_value", "marks", "oldest_fail")
    assert by_day(result, "tokens", *columns) == [
        (cents(60), cents(20), 1, 0, 0, 0),
        (cents(24 + 5 + 24), 0, 0, cents(24), cents(4), 0),
    ]
    assert by_day(result, "book", *columns) == [(cents(80), 0, 0, 0, 0, 0), (cents(29), 0, 0, 0, 0, 0)]
    fails = result.fails.filter(arrangement="tokens").select("day", "participant", "security", "units").rows()
    assert fails == [(0, "North", "X", -2), (0, "East", "X", 2)]
    # A cycle at 12:00 and one at 16:00: 4 X, then 2 X, wait four hours each.
    assert by_day(result, "tokens", "units_moved") == [(6,), (1 + 2 + 1 + 1,)]


def test_the_day_of_the_pilot_is_told(result):
    assert told(result, "tokens", "tokens", "tokenized_value", "on_the_way", "tokenized_securities") == [
        (4, cents(40), 0, 1),
        (2, cents(24), 0, 1),
    ]
    assert told(result, "tokens", "wallets", "chains") == [(3, "ethereum")] * 2
    assert told(result, "tokens", "tokenizations", "tokenizations_value") == [(1, cents(60)), (0, 0)]
    assert told(result, "tokens", "transfers", "transfers_value") == [(2, cents(60)), (0, 0)]
    assert told(result, "tokens", "reversals", "reversals_value") == [(1, cents(10)), (1, cents(12))]
    assert told(result, "tokens", "detokenizations", "detokenizations_value") == [
        (1, cents(20)),
        (2, cents(24)),
    ]
    refused = ("refused_not_eligible", "refused_no_wallet", "refused_units", "refused_collateral")
    assert told(result, "tokens", *refused) == [(1, 1, 0, 0), (0, 0, 0, 0)]
    assert told(result, "tokens", "outages", "outage_minutes") == [(0, 0.0), (1, 30.0)]


def test_measures_of_the_pilot_are_means_of_its_days(result):
    found = result.summary["arrangements"]
    names = ("tokenized_value", "token_transfers", "token_reversals")
    assert tuple(found["tokens"][name] for name in names) == (cents(32), 1, 1)
    assert tuple(found["orders"][name] for name in names) == (cents(100), 0, 0)
    assert tuple(found["book"][name] for name in names) == (0, 0, 0)


def test_a_share_of_each_position_is_rounded_down_and_comes_back(result):
    assert happened(result, "shares") == [
        (0, "09:30", "tokenize begins", 3 + 1, None),
        (0, "09:31", "tokenize ends", 4, None),
        (0, "14:00", "detokenize begins", 4, None),
        (0, "14:15", "detokenize ends", 4, None),
    ]
    assert by_day(result, "shares", "unsettled_value", "units_moved") == [(0, 8), (0, 3)]
    # The eighth unit waits four hours for its cash: 10.00 of 80.00.
    (first, _) = by_day(result, "shares", "mean_delay_seconds")
    assert first[0] == 4 * 3600 * 10 / 80


def test_orders_for_tokens_are_minted_after_their_cycle_or_fall_back(result):
    assert told(result, "orders", "orders_flagged", "orders_fallen_back") == [(1, 0), (2, 1)]
    assert told(result, "orders", "tokens", "tokenized_value") == [(8, cents(80)), (10, cents(120))]
    assert by_day(result, "orders", "unsettled_value") == [(0,), (0,)]


def test_a_buyer_without_a_wallet_gets_book_units():
    alone = settle("pilot", {"arrangements.orders.pilot.wallets": ["South"]})
    assert told(alone, "orders", "orders_flagged", "orders_fallen_back", "tokens") == [(1, 1, 0), (2, 1, 2)]


def test_layer_1_is_the_book_to_the_last_unit(result):
    one, two = (dict(result.summary["arrangements"][name]) for name in ("represented", "book"))
    assert (one.pop("layer"), two.pop("layer")) == (1, 2)
    assert one == two


def test_results_read_back_are_the_same(result, tmp_path):
    import simulator

    read = simulator.read(result.write(tmp_path / "pilot"))
    assert read.pilot.equals(result.pilot)
    assert read.summary == result.summary
    assert (
        result.words["tokens"]
        == "netting at 12:00, 16:00, fails carried, pilot on ethereum for 1 security, all wallets but 1, "
        "11 events of tokens"
    )
