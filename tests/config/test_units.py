"""People's units: exact both ways, and a plain word where a value is not allowed."""

import contextlib
import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.config import units
from simulator.config.errors import NotAllowedError

MONEY = "give an amount of USD such as 100.00, 5_000, 20 M or 1.5 bn USD (suffixes k M bn tn)"
DURATION = "give a duration with its unit, such as 400 ms, 12 s, 1 min or 1 h"
TIME = "give a time of the day as HH:MM, HH:MM:SS or HH:MM:SS.ffffff, such as 09:30"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("100.00", "USD", 10_000),
        ("0.01", "USD", 1),
        ("798 bn", "USD", 79_800_000_000_000),
        ("798 bn USD", "USD", 79_800_000_000_000),
        ("20M", "USD", 2_000_000_000),
        ("20M USD", "USD", 2_000_000_000),
        ("1.5 k", "USD", 150_000),
        ("0.00001 k", "USD", 1),
        ("2 tn", "USD", 200_000_000_000_000),
        ("5_000", "USD", 500_000),
        ("1_00_000.50", "NPR", 10_000_050),
        ("50 JPY", "JPY", 50),
        ("0.001 KWD", "KWD", 1),
        ("1.10000", "USD", 110),
        ("1e3", "USD", 100_000),
        ("0", "USD", 0),
        (".5", "USD", 50),
        (7, "USD", 700),
        (12.3, "USD", 1_230),
        (0.1 + 0.7, "USD", None),
        (Decimal("0.10"), "USD", 10),
    ],
)
def test_money_is_read_to_the_minor_unit(text, currency, minor):
    if minor is None:
        # 0.1 + 0.7 is 0.7999999999999999 as Python prints it: no whole number of cents.
        with pytest.raises(NotAllowedError, match="whole minor units"):
            units.parse_money(text, currency)
    else:
        assert units.parse_money(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("20 mio", f"20 mio is not allowed; {MONEY}"),
        ("20 m", f"20 m is not allowed; {MONEY}"),
        ("twenty", f"twenty is not allowed; {MONEY}"),
        ("", f'"" is not allowed; {MONEY}'),
        ("1,000", f"1,000 is not allowed; {MONEY}"),
        ("5__000", f"5__000 is not allowed; {MONEY}"),
        ("_5", f"_5 is not allowed; {MONEY}"),
        ("5 M dollars", f"5 M dollars is not allowed; {MONEY}"),
        ("٥", f"٥ is not allowed; {MONEY}"),
        (True, f"True is not allowed; {MONEY}"),
        (None, f"null is not allowed; {MONEY}"),
        ({"a": 1}, f"a mapping is not allowed; {MONEY}"),
        ("20 M EUR", "20 M EUR is not allowed; amounts are in USD, the flow's currency"),
        ("0.001", "0.001 is not allowed; give whole minor units: the smallest amount is 0.01 USD"),
        (
            "1.0000000000000000000000000000000001",
            (
                "1.0000000000000000000000000000000001 is not allowed; "
                "give whole minor units: the smallest amount is 0.01 USD"
            ),
        ),
        ("-5", "-5 is not allowed; give 0 or more"),
        ("NaN", f"NaN is not allowed; a finite number is needed: {MONEY}"),
        (float("inf"), f"inf is not allowed; a finite number is needed: {MONEY}"),
        (".nan", f".nan is not allowed; a finite number is needed: {MONEY}"),
        ("1e9999", f"1e9999 is not allowed; that is out of range: {MONEY}"),
        (
            "46_117 tn",
            "46_117 tn is not allowed; amounts stay below 2^62 minor units, about 46100 tn USD",
        ),
    ],
)
def test_an_amount_that_is_not_one_is_told_what_is_allowed(text, message):
    with pytest.raises(NotAllowedError) as caught:
        units.parse_money(text, "USD")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("12 s", 12_000_000),
        ("768 s", 768_000_000),
        ("0.4 s", 400_000),
        ("400ms", 400_000),
        ("1 min", 60_000_000),
        ("1.5 h", 5_400_000_000),
        ("7 us", 7),
        ("7 µs", 7),
        ("0 s", 0),
        (datetime.timedelta(seconds=12), 12_000_000),
    ],
)
def test_durations_are_read_to_the_microsecond(text, microseconds):
    assert units.parse_duration(text) == microseconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("12", f"12 is not allowed; {DURATION}"),
        (12, f"12 is not allowed; {DURATION}"),
        ("12 sec", f"12 sec is not allowed; {DURATION}"),
        ("12 S", f"12 S is not allowed; {DURATION}"),
        ("0.5 us", "0.5 us is not allowed; give whole microseconds"),
        ("-1 s", "-1 s is not allowed; give at least 0 s"),
    ],
)
def test_a_duration_needs_its_unit(text, message):
    with pytest.raises(NotAllowedError) as caught:
        units.parse_duration(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("09:30", 34_200_000_000),
        ("9:30", 34_200_000_000),
        ("10:30:00", 37_800_000_000),
        ("16:00:00.000001", 57_600_000_001),
        ("00:00:00.5", 500_000),
        ("23:59:59.999999", 86_399_999_999),
        (datetime.time(9, 30), 34_200_000_000),
    ],
)
def test_times_of_the_day_are_read_to_the_microsecond(text, microseconds):
    assert units.parse_time(text) == microseconds


@pytest.mark.parametrize(
    "text", ["09:30Z", "09:30+05:45", "09:30 ET", "09:30:00-04:00", "09:30 Asia/Kathmandu"]
)
def test_a_time_with_a_zone_is_refused_as_such(text):
    with pytest.raises(NotAllowedError) as caught:
        units.parse_time(text)
    assert str(caught.value) == f"{text} is not allowed; times are market-local: leave the zone out"


@pytest.mark.parametrize(
    "text", ["0930", "9.30", "09:30 am", "noon", "09:3", 34_200, None, "09:30:00.1234567"]
)
def test_a_time_that_is_not_one_is_told_how_to_write_it(text):
    with pytest.raises(NotAllowedError, match=TIME.replace(".", r"\.")):
        units.parse_time(text)


@pytest.mark.parametrize("text", ["24:00", "12:60", "12:00:60"])
def test_a_time_beyond_the_day_is_refused(text):
    with pytest.raises(NotAllowedError) as caught:
        units.parse_time(text)
    assert str(caught.value) == f"{text} is not allowed; give a time from 00:00 to 23:59:59.999999"


@pytest.mark.parametrize(
    ("text", "share"),
    [("60 %", "0.6"), ("60%", "0.6"), ("25 bp", "0.0025"), ("0.6", "0.6"), (1, "1"), (0.07, "0.07")],
)
def test_shares_are_read_exactly(text, share):
    assert units.parse_share(text) == Decimal(share)


@pytest.mark.parametrize("text", ["60", "-1 %", "101 %", "60 percent", "nan"])
def test_a_share_is_between_nothing_and_all(text):
    with pytest.raises(NotAllowedError):
        units.parse_share(text)


@pytest.mark.parametrize(("text", "n"), [("T+0", 0), ("T+1", 1), ("t+2", 2), ("T + 1", 1)])
def test_settlement_dates_count_trade_days(text, n):
    assert units.parse_trade_days(text) == n


@pytest.mark.parametrize("text", ["T", "T-1", "1", 1, "T+1.5", "T+1000"])
def test_a_settlement_date_is_t_plus_n(text):
    with pytest.raises(NotAllowedError, match=r"give T\+n with n from 0 to 366, such as T\+1"):
        units.parse_trade_days(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5.5", "5.5 is not allowed; give whole units such as 150, 5_000 or 5 M"),
        ("-1", "-1 is not allowed; give at least 0"),
        ("5 USD", "5 USD is not allowed; give whole units such as 150, 5_000 or 5 M"),
        (True, "True is not allowed; give whole units such as 150, 5_000 or 5 M"),
    ],
)
def test_a_count_is_whole(text, message):
    with pytest.raises(NotAllowedError) as caught:
        units.parse_count(text, of="whole units")
    assert str(caught.value) == message


@pytest.mark.parametrize("code", ["usd", "US", "DOLLAR", "", None, 5])
def test_a_currency_is_three_capitals(code):
    with pytest.raises(NotAllowedError, match="give the three capital letters of a currency"):
        units.minor_digits(code)


CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF", "ZZZ"])


@given(st.integers(0, units.BOUND - 1), CURRENCIES)
def test_money_written_is_read_back(minor, currency):
    assert units.parse_money(units.write_money(minor, currency), currency) == minor


@given(st.integers(0, 10**15))
def test_a_duration_written_is_read_back(microseconds):
    assert units.parse_duration(units.write_duration(microseconds)) == microseconds


@given(st.integers(0, 24 * 3600 * 10**6 - 1))
def test_a_time_written_is_read_back(microseconds):
    assert units.parse_time(units.write_time(microseconds)) == microseconds


@given(st.floats(0, 1))
def test_a_share_written_is_read_back(share):
    assert float(units.parse_share(units.write_share(share))) == share


@given(st.integers(-(10**22), 10**22))
def test_money_to_be_read_is_within_half_of_its_last_digit(minor):
    number, *suffix, currency = units.format_money(minor).split()
    power = units.MULTIPLES[suffix[0]] if suffix else 0
    told = Fraction(number) * 10**power
    assert currency == "USD"
    assert abs(told - Fraction(minor, 100)) <= abs(Fraction(minor, 100)) / 200


@given(st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.none(), st.lists(st.integers())))
def test_no_value_makes_a_parser_crash(value):
    for parse in (
        units.parse_money,
        units.parse_count,
        units.parse_number,
        units.parse_duration,
        units.parse_share,
        units.parse_time,
        units.parse_trade_days,
    ):
        with contextlib.suppress(NotAllowedError):
            parse(value)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (units.format_money(3_410_000_000_000), "34.1 bn USD"),
        (units.format_money(10_000), "100.00 USD"),
        (units.format_money(999_999), "9999.99 USD"),
        (units.format_money(1_000_000), "10.0 k USD"),
        (units.format_money(99_999_999), "1.00 M USD"),
        (units.format_money(0), "0.00 USD"),
        (units.format_money(-3_410_000_000_000), "-34.1 bn USD"),
        (units.format_money(1_234, "JPY"), "1234 JPY"),
        (units.format_count(5_000_000), "5.00 M"),
        (units.format_count(9_999), "9999"),
        (units.format_duration(12_000_000), "12 s"),
        (units.format_duration(1), "1 us"),
        (units.format_duration(400_000), "400 ms"),
        (units.format_duration(6_123_456), "6.12 s"),
        (units.format_duration(0), "0 s"),
        (units.format_share(0.043), "4.3 %"),
        (units.format_share(1.0), "100 %"),
        (units.format_share(0.0), "0 %"),
        (units.format_share(0.00005), "0.5 bp"),
    ],
)
def test_values_to_be_read(written, text):
    assert written == text
