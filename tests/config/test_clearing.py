"""What a config may say of clearing: carried fails, night cycle, buy-ins, settling banks, the calendar."""

# ruff: noqa: E501 - messages stand as they are read

from fractions import Fraction

import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.study.size import check
from simulator.study.words import describe_arrangement

HEAD = """\
flow: {daily_value: 1 bn, trades_per_day: 1000}
participants: {count: 10, holdings: 1 day}
arrangements:
"""
DAYS = "give a number of settlement days from 1 to 1_000, such as 2 days"
CARRY = "needs carry: true; without it"

WRONG = [
    ("carry: perhaps", "carry", "perhaps is not allowed; give yes or no"),
    ('night_cycle: "01:30"', "night_cycle", f"{CARRY} fails are not carried from the night into the day"),
    ('night_cycle: "00:00"', "night_cycle", f"{CARRY} fails are not carried from the night into the day"),
    ("delivery_priority: {A: 1}", "delivery_priority", f"{CARRY} longs are filled in member order"),
    ("buy_in: {after: 2 days}", "buy_in", f"{CARRY} nothing stays open"),
    (
        "carry: true, exemptions: {A: [X]}",
        "exemptions",
        'needs night_cycle, such as night_cycle: "01:30"; it is what they are exempt from',
    ),
    (
        'carry: true, night_cycle: "09:30"',
        "night_cycle",
        "09:30 is not allowed; the hours are 09:30–16:00, and a night cycle is before the open",
    ),
    (
        'carry: true, night_cycle: "01:30", exemptions: {A: X}',
        "exemptions.A",
        "X is not allowed; give all, or a list of securities such as [X, Y]",
    ),
    (
        'carry: true, night_cycle: "01:30", exemptions: [A]',
        "exemptions",
        "a list is not allowed; give securities by member, such as {North: [X], South: all}",
    ),
    ("carry: true, delivery_priority: {A: 0}", "delivery_priority.A", "0 is not allowed; give at least 1"),
    ("carry: true, delivery_priority: {A: 10}", "delivery_priority.A", "10 is not allowed; give at most 9"),
    ("carry: true, buy_in: {after: 0 days}", "buy_in.after", f"0 days is not allowed; {DAYS}"),
    (
        "carry: true, buy_in: {after: 2 dys}",
        "buy_in.after",
        f'2 dys is not allowed; {DAYS} (did you mean "days"?)',
    ),
    ("carry: true, buy_in: {after: 1.5 days}", "buy_in.after", f"1.5 days is not allowed; {DAYS}"),
    (
        "carry: true, buy_in: {premium: 1 %}",
        "buy_in.after",
        "missing; needed: age from which an open long position is bought in, in settlement days, such as 2 days",
    ),
    (
        "settling_banks: {One: [A, B], Two: [B]}",
        "settling_banks.Two.0",
        "B settles through One already; a member has one settling bank",
    ),
    (
        "settling_banks: {One: A}",
        "settling_banks.One",
        "A is not allowed; give a list of members such as [A, B]",
    ),
    ("settling_banks: {One: [A, A]}", "settling_banks.One.1", "A is listed twice; keep one"),
    (
        "settling_banks: [A]",
        "settling_banks",
        "a list is not allowed; give members by bank, such as {Big Bank: [A, B]}",
    ),
]


@pytest.mark.parametrize(("given", "key", "message"), WRONG)
def test_a_fault_in_clearing_has_one_clear_message(write, wrong, given, key, message):
    text = f"{HEAD}  net: {{layer: 2, {given}}}\n"
    assert wrong(write(text)) == [f"a.yaml:4: arrangements.net.{key}: {message}"]


def test_a_premium_is_a_share_from_zero_on(write, wrong):
    (line,) = wrong(
        write(f"{HEAD}  net: {{layer: 2, carry: true, buy_in: {{after: 1 day, premium: -1 %}}}}\n")
    )
    assert line.startswith("a.yaml:4: arrangements.net.buy_in.premium: -1 % is not allowed; ")


def test_a_night_cycle_is_before_the_cut_off(write, wrong):
    text = HEAD.replace("flow: {daily_value: 1 bn, trades_per_day: 1000}\n", "") + (
        '  net: {layer: 2, carry: true, night_cycle: "08:30", cut_off: "08:00"}\n'
        'flow: {instructions: [{time: "09:00", buyer: A, seller: B, cash: 1}]}\n'
    )
    text = text.replace("participants: {count: 10, holdings: 1 day}\n", "")
    assert wrong(write(text)) == [
        "a.yaml:2: arrangements.net.night_cycle: 08:30 is not allowed; cut_off is 08:00, and a night cycle is before it"
    ]


@pytest.mark.parametrize(
    "given",
    [
        "carry: false",
        'night_cycle: "01:30"',
        "exemptions: {A: all}",
        "delivery_priority: {A: 1}",
        "buy_in: {after: 1 day}",
        "settling_banks: {One: [A]}",
    ],
)
def test_gross_settlement_has_none_of_it(write, wrong, given):
    key = given.partition(":")[0]
    assert wrong(write(f"{HEAD}  gross: {{layer: 3, {given}}}\n")) == [
        f"a.yaml:4: arrangements.gross.{key}: needs layer 2; gross settlement has no clearing house"
    ]


def test_a_calendar_is_one_that_is_known_and_needs_a_date(write, wrong):
    text = HEAD.replace("1000}", "1000, start: 2026-11-25, calendar: NYSEE}") + "  net: {layer: 2}\n"
    (line,) = wrong(write(text))
    assert line.startswith(
        "a.yaml:1: flow.calendar: NYSEE is not allowed; give the name of a market's calendar: ASX, "
    )
    assert " NYSE, " in line
    assert line.endswith('(did you mean "NYSE"?)')
    text = HEAD.replace("1000}", "1000, calendar: NYSE}") + "  net: {layer: 2}\n"
    assert wrong(write(text)) == [
        "a.yaml:1: flow.calendar: needs the date of the first trade day; give flow.start, such as start: 2026-11-25"
    ]


ALL = (
    'layer: 2, carry: true, night_cycle: "01:30", exemptions: {M001: [S0001], M002: all}, '
    "delivery_priority: {M003: 1, M004: 9}, buy_in: {after: 2 days, premium: 1.25 %}, "
    "settling_banks: {Big Bank: [M001, M002], Other: [M003]}"
)


def test_all_of_it_is_read_told_and_written_out_to_load_back_equal(write):
    text = HEAD.replace("1000}", "1000, start: 2026-11-25, calendar: XNYS}")
    config = load_config(write(f"{text}  net: {{{ALL}}}\n  plain: {{layer: 2, carry: no}}\n"))
    net = config.arrangements["net"]
    assert (net.carry, net.night_cycle, net.exemptions) == (
        True,
        5_400_000_000,
        {"M001": ("S0001",), "M002": None},
    )
    assert (net.buy_in.after, net.buy_in.premium) == (2, Fraction(1, 80))
    assert net.settling_banks == {"Big Bank": ("M001", "M002"), "Other": ("M003",)}
    assert load_config(config.resolved()) == config
    assert describe_arrangement(net) == (
        "netting T+1, night cycle 01:30, fails carried, bought in after 2 days at 1.25 % more, 2 settling banks"
    )
    assert describe_arrangement(config.arrangements["plain"]) == "netting T+1"
    assert "1 night cycle and 1 cycle a day" in str(check(config))
    assert "1 day of XNYS, 09:30–16:00" in str(check(config))


TYPED = """\
flow: {instructions: [{time: "09:00", buyer: North, seller: South, security: ABC, units: 1, cash: 1}]}
participants: {members: {North: {}, South: {holdings: {XYZ: 1}}, Idle: {}}}
arrangements:
  net: {layer: 2, carry: true, night_cycle: "01:30", GIVEN}
"""
NOBODY = "nobody of that name trades or is listed among the participants"
UNKNOWN = [
    (
        "settling_banks: {Bank: [North, Soth]}",
        "settling_banks.Bank.1",
        f'Soth is not a member; {NOBODY} (did you mean "South"?)',
    ),
    (
        "delivery_priority: {Nrth: 1}",
        "delivery_priority.Nrth",
        f'Nrth is not a member; {NOBODY} (did you mean "North"?)',
    ),
    (
        "exemptions: {Nort: all}",
        "exemptions.Nort",
        f'Nort is not a member; {NOBODY} (did you mean "North"?)',
    ),
    (
        "exemptions: {North: [ABD]}",
        "exemptions.North.0",
        'ABD is not traded (did you mean "ABC"?)',
    ),
    (
        'night_cycle: "09:00"',
        "night_cycle",
        "09:00 is not allowed; the flow opens at 09:00, and a night cycle is before the open",
    ),
]


@pytest.mark.parametrize(("given", "key", "message"), UNKNOWN)
def test_names_are_held_against_the_flow_once_it_is_open(write, given, key, message):
    text = TYPED.replace("GIVEN", given)
    if key == "night_cycle":
        text = text.replace('night_cycle: "01:30", ', "")
    config = load_config(write(text))
    with pytest.raises(InputError) as caught:
        check(config)
    assert str(caught.value) == f"a.yaml:4: arrangements.net.{key}: {message}"


def test_names_of_clearing_and_of_wallets_are_told_together(write):
    net = "{layer: 2, carry: true, delivery_priority: {Nrth: 1}, settling_banks: {Bank: [Soth]}}"
    text = f"{HEAD}  net: {net}\n  gross: {{layer: 3, wallets: {{registered: [Est]}}}}\n"
    with pytest.raises(InputError) as caught:
        check(load_config(write(text)))
    assert all(f"{name} is not a member" in str(caught.value) for name in ("Nrth", "Soth", "Est"))


def test_an_idle_member_and_a_security_only_held_may_be_named(write):
    given = "settling_banks: {Bank: [Idle, North]}, exemptions: {Idle: all, South: [XYZ]}, delivery_priority: {Idle: 2}"
    assert "1 settling bank" in str(check(load_config(write(TYPED.replace("GIVEN", given)))))
