"""Instructions typed by hand, as a flow."""

import numpy as np
import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.flow import DAY, HOUR, MINUTE, NO_DEADLINE, NO_SECURITY
from simulator.market.open import open_flow


def open_typed(
    *instructions: dict, participants: dict | None = None, days: int | None = None, **flow: object
):
    source = {
        "flow": {"instructions": list(instructions), **flow},
        "participants": participants or {},
        "arrangements": {"net": {"layer": 2}},
    }
    if days is not None:
        source["days"] = days
    return open_flow(load_config(source))


def column(flow, name: str) -> list[int]:
    return np.concatenate([getattr(chunk, name) for chunk in flow.chunks()]).tolist()


DELIVERY = {"time": "10:00", "buyer": "B", "seller": "A", "security": "Y", "units": 5, "cash": "10.00"}
PAYMENT = {"time": "09:30", "buyer": "A", "seller": "B", "cash": "2.50"}
FREE = {"time": "10:00", "buyer": "A", "seller": "A", "security": "X", "units": 1}


def test_instructions_are_queued_by_time_and_then_position():
    flow = open_typed(DELIVERY, PAYMENT, FREE)
    assert flow.identifiers(0, 3).tolist() == [1, 0, 2]
    assert column(flow, "time") == [9 * HOUR + 30 * MINUTE, 10 * HOUR, 10 * HOUR]
    assert column(flow, "buyer") == [0, 1, 0]
    assert column(flow, "seller") == [1, 0, 0]
    assert column(flow, "security") == [NO_SECURITY, 1, 0]
    assert column(flow, "units") == [0, 5, 1]
    assert column(flow, "cash") == [250, 1000, 0]
    assert (flow.members, flow.securities) == (("A", "B"), ("X", "Y"))
    assert (flow.size.trades, flow.size.total_cash, flow.size.total_units) == (3, 1250, 6)


def test_the_hours_run_from_the_first_to_the_last_instruction():
    (day,) = open_typed(DELIVERY, PAYMENT, {**FREE, "time": "15:59:59.5"}).days
    assert (day.opens, day.closes) == (9 * HOUR + 30 * MINUTE, 16 * HOUR)


def test_given_hours_stand():
    (day,) = open_typed(DELIVERY, hours="09:00–16:00").days
    assert (day.opens, day.closes) == (9 * HOUR, 16 * HOUR)


def test_trade_day_k_is_calendar_day_k():
    flow = open_typed({**DELIVERY, "day": 1}, PAYMENT)
    assert [(day.index, day.midnight) for day in flow.days] == [(0, 0), (1, DAY)]
    assert [(chunk.day, chunk.first, len(chunk)) for chunk in flow.chunks()] == [(0, 0, 1), (1, 1, 1)]
    assert column(flow, "time") == [9 * HOUR + 30 * MINUTE, DAY + 10 * HOUR]


def test_a_day_without_instructions_is_a_trade_day_if_its_hours_are_given():
    flow = open_typed(DELIVERY, days=3, hours="09:00–16:00")
    assert [(day.opens, day.closes) for day in flow.days] == [
        (day * DAY + 9 * HOUR, day * DAY + 16 * HOUR) for day in range(3)
    ]
    assert [chunk.day for chunk in flow.chunks()] == [0]


def test_members_stand_as_listed():
    flow = open_typed(DELIVERY, participants={"members": {"B": {}, "Idle": {}, "A": {}}})
    assert flow.members == ("B", "A")
    assert column(flow, "buyer") == [0]


def test_what_instructions_say_more_follows_them_into_queue_order():
    flow = open_typed(
        {**DELIVERY, "day": 1, "priority": 1, "deadline": "12:00", "partial": "no"},
        {**PAYMENT, "hold_until": "09:45"},
    )
    assert column(flow, "priority") == [5, 1]
    assert column(flow, "deadline") == [NO_DEADLINE, DAY + 12 * HOUR]
    assert column(flow, "hold_until") == [9 * HOUR + 45 * MINUTE, 0]
    assert column(flow, "partial") == [True, False]


def test_instructions_that_say_nothing_more_have_no_such_columns():
    (chunk,) = open_typed(DELIVERY, {**PAYMENT, "priority": 5, "partial": "yes"}).chunks()
    assert [chunk.priority, chunk.deadline, chunk.hold_until, chunk.partial] == [None] * 4


@pytest.mark.parametrize(
    ("said", "priorities", "holds"),
    [
        ({"priority": 2}, (2, 5), False),
        ({"hold_until": "11:00"}, (5,), True),
        ({"deadline": "11:00"}, (5,), False),
        ({}, (5,), False),
    ],
)
def test_a_flow_knows_which_priorities_it_has_and_whether_it_holds(said, priorities, holds):
    flow = open_typed({**DELIVERY, **said}, DELIVERY)
    assert (flow.priorities, flow.holds) == (priorities, holds)


def test_the_opening_price_is_that_of_the_first_instruction_with_both_legs():
    later = {**DELIVERY, "time": "11:00", "units": 1}
    flow = open_typed(later, FREE, PAYMENT, {**DELIVERY, "units": 3})
    assert flow.securities == ("X", "Y")
    assert flow.opening_prices.tolist() == [0, 333]  # X moved free; 10.00 for 3 of Y


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"priority": 0}, "priority: 0 is not allowed; give at least 1"),
        ({"priority": 10}, "priority: 10 is not allowed; give at most 9"),
        ({"partial": "maybe"}, "partial: maybe is not allowed; give yes or no"),
        (
            {"deadline": "noon"},
            (
                "deadline: noon is not allowed; give a time of the day as HH:MM, HH:MM:SS or "
                "HH:MM:SS.ffffff, such as 09:30"
            ),
        ),
        (
            {"holduntil": "10:00"},
            (
                "holduntil: not a known key; known here are time, day, buyer, seller, security, units, cash, "
                'priority, deadline, hold_until, partial (did you mean "hold_until"?)'
            ),
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused(said, message):
    with pytest.raises(InputError) as caught:
        open_typed({**DELIVERY, **said})
    assert str(caught.value) == f"flow.instructions.0.{message}"


def test_totals_that_could_wrap_around_are_refused():
    with pytest.raises(InputError, match="2\\^62"):
        open_typed(*[{**DELIVERY, "units": 2**61}, {**DELIVERY, "units": 2**61}])
