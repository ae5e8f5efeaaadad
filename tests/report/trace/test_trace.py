"""One instruction's life in sentences, against cases worked by hand."""

from pathlib import Path

import polars as pl
import pytest

import simulator
from simulator.report.trace import trace_folder

CONFIGS = Path(__file__).parents[3] / "configs"
MINUTE = 60_000_000


def at(clock: str) -> int:
    """µs since midnight."""
    hours, minutes = clock.split(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE


def told(life) -> list[tuple[str, str]]:
    return [(step.when, step.text) for step in life.steps]


@pytest.fixture(scope="module")
def two_banks():
    return simulator.run(CONFIGS / "two_banks.yaml", instructions=True)


@pytest.fixture(scope="module")
def ring():
    return simulator.run(CONFIGS / "ring.yaml", instructions=True)


def test_a_wait_for_cash_ends_with_the_payment_that_was_lacking(two_banks):
    """4, at 10:30: North has −100 and 500 of credit. At 11:00 it has 900 to spend, at 11:15 it pays 500."""
    (life,) = two_banks.trace(4, "gross").lives
    assert (life.waited_for, life.freed_by) == ("cash", (7,))
    assert (life.entered, life.first_eligible) == (at("10:30"), at("10:30"))
    assert (life.settled_at, life.final_at) == (at("11:30"), at("11:30"))
    assert told(life)[1:] == [
        ("10:30", "It waited for cash: North could spend 400.00 USD of the 1200.00 USD it needed."),
        (
            "11:30",
            (
                "Instruction 7 freed it: South paid North 1500.00 USD for 15 ALPHA; "
                "North could then spend 1900.00 USD."
            ),
        ),
        ("11:30", "It settled, 1 h after it first could have, and was final with that."),
    ]


def test_a_wait_for_securities_ends_with_the_delivery_that_was_lacking(two_banks):
    (life,) = two_banks.trace(1, "gross").lives
    assert (life.waited_for, life.freed_by) == ("securities", (2,))
    assert told(life)[1:3] == [
        ("09:40", "It waited for securities: North could deliver 0 of 8 ALPHA."),
        ("09:45", "Instruction 2 freed it: South delivered 10 ALPHA to North; North then had 10 ALPHA."),
    ]


def test_where_nobody_passes_the_one_before_it_frees_it(two_banks):
    """6, at 11:15: North has 400 and 500 of credit, which would do, but 4 waits before it until 11:30."""
    (life,) = two_banks.trace(6, "gross_strict").lives
    assert (life.waited_for, life.freed_by, life.settled_at) == ("cash", (4,), at("11:30"))
    assert told(life)[1:3] == [
        ("11:15", "It waited behind an earlier instruction of North."),
        ("11:30", "Instruction 4, which stood before it in a queue, settled and freed it."),
    ]


def test_what_never_settled_says_what_it_still_lacked(two_banks):
    for name in ("gross", "gross_strict"):
        (life,) = two_banks.trace(11, name).lives
        assert (life.settled_at, life.final_at, life.freed_by) == (None, None, ())
        assert (life.lacking_cash, life.lacking_units) == (100_00, 0)
        assert told(life)[-1] == (
            "16:00",
            (
                "It was cancelled at the close, never settled: "
                "North could spend 1900.00 USD and lacked 100.00 USD."
            ),
        )


def test_what_never_settled_says_who_still_stood_before_it():
    """A has 5 and owes 9, then 5: the second could be paid, but not before the first."""
    config = {
        "flow": {
            "hours": "09:00–10:00",
            "instructions": [
                {"time": "09:10", "buyer": "A", "seller": "B", "cash": 9},
                {"time": "09:20", "buyer": "A", "seller": "B", "cash": 5},
            ],
        },
        "participants": {"members": {"A": {"cash": 5}, "B": {}}},
        "arrangements": {"gross": {"layer": 3, "queue": "fifo_strict"}},
    }
    (life,) = simulator.run(config, instructions=True).trace(1).lives
    assert told(life)[1:] == [
        ("09:20", "It waited behind an earlier instruction of A."),
        ("10:00", "It was cancelled at the close, never settled: instruction 0 still stood before it."),
    ]
    assert (life.lacking_cash, life.lacking_units) == (0, 0)


def test_netting_tells_the_cycle_and_what_it_left_to_pay(two_banks):
    """The net debit is North's 2100; 10 BETA bought, 5 and 10 sold: it owes 5."""
    (life,) = two_banks.trace(4, "net").lives
    assert (life.group, life.settled_at) == (12, at("16:00") + 24 * 60 * MINUTE)
    assert told(life) == [
        ("10:30", "It entered, and the clearing house became counterparty to both sides."),
        (
            "day 1, 16:00",
            (
                "It fell due in the netting cycle, 29.5 h after it entered, as one of 12 instructions "
                "worth 11.7 k USD (11660.00)."
            ),
        ),
        (
            "day 1, 16:00",
            (
                "Netted over the cycle, North paid 2100.00 USD and owed 5 BETA; "
                "South received 2100.00 USD and was due 5 BETA."
            ),
        ),
        ("day 1, 16:00", "It settled with them, and was final with that."),
    ]


def test_a_cycle_that_withheld_says_so():
    """B holds 6 of the 9 X it sold A at 10 each: 30 are withheld."""
    config = {
        "flow": {
            "currency": "JPY",
            "instructions": [
                {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 9, "cash": 90}
            ],
        },
        "participants": {"members": {"A": {"cash": 90}, "B": {"holdings": {"X": 6}}}},
        "arrangements": {"net": {"layer": 2, "settles": "T+0"}},
    }
    (life,) = simulator.run(config, instructions=True).trace(0).lives
    assert told(life)[-2][1] == (
        "Of what was due that day 30 JPY was withheld for units not delivered, by net positions: "
        "no instruction alone fails."
    )


def test_what_moves_nothing_and_what_settles_at_once_say_so(two_banks):
    inside = two_banks.trace(9, "gross")
    assert inside.headline == "Instruction 9: South buys 3 BETA of itself for 360.00 USD."
    assert told(inside.lives[0])[1][1].startswith("Buyer and seller are one, so it settled without a check")
    free = two_banks.trace(8, "gross")
    assert free.headline == "Instruction 8: North delivers 2 GAMMA to South, free of payment."
    assert told(free.lives[0])[1] == ("12:00", "It settled at once, and was final with that.")
    assert two_banks.trace(5, "gross").headline == "Instruction 5: South pays North 500.00 USD."


def test_every_arrangement_is_told_unless_one_is_named(two_banks):
    trace = two_banks.trace(4)
    assert [life.arrangement for life in trace.lives] == ["net", "gross_free", "gross", "gross_strict"]
    assert (trace.id, trace.day) == (4, 0)
    text = str(trace)
    assert text.startswith(
        "Instruction 4: North buys 10 BETA of South for 1200.00 USD.\n\nnet (netting T+1)\n"
    )
    assert "\n  10:30  It waited for cash" in text


def test_one_coin_frees_the_ring_link_by_link(ring):
    """C pays D at 10:02, D then E, E then A; at 10:04 A pays B, and B then C."""
    freed = {number: ring.trace(number, "gross_coin").lives[0].freed_by for number in range(5)}
    assert freed == {0: (1,), 1: (2,), 2: (), 3: (4,), 4: ()}


def test_a_group_is_told_with_its_number_and_what_it_left_to_pay(ring):
    (life,) = ring.trace(3, "gross_lsm").lives
    assert (life.waited_for, life.settled_at) == ("cash", at("10:04"))
    assert told(life)[2][0] == "10:04"
    assert life.group == 5
    assert set(life.freed_by) == {0, 1, 2, 3, 4}
    assert told(life)[2][1] == (
        "It was offset: 5 instructions worth 500.00 USD settled together on their net effect; "
        "B neither paid nor received cash on net and C neither paid nor received cash on net."
    )


def test_results_without_numbers_of_groups_still_tell_an_offset():
    result = simulator.run(CONFIGS / "ring.yaml", instructions=True)
    result._instructions = result.instructions.drop("group")
    (life,) = result.trace(3, "gross_lsm").lives
    assert (life.group, life.freed_by) == (None, ())
    assert told(life)[2][1] == "It was offset: it settled together with others, on their net effect."


BLOCKS = {
    "flow": {
        "hours": "09:00–10:00",
        "instructions": [
            {"time": "09:03", "buyer": "A", "seller": "B", "cash": 6},  # block at 09:10
            {"time": "09:04", "buyer": "A", "seller": "B", "cash": 3},
            {"time": "09:05", "buyer": "B", "seller": "C", "cash": 8},
            {"time": "09:20", "buyer": "C", "seller": "A", "cash": 1},  # a block of its own time
            {"time": "09:55", "buyer": "B", "seller": "C", "cash": 50},  # the close
        ],
    },
    "participants": {"members": {"A": {"cash": 9}, "B": {}, "C": {"cash": 1}}},
    "arrangements": {
        "at_once": {"layer": 3, "block": "10 min"},
        "next_block": {"layer": 3, "block": "10 min", "reuse": "next_block"},
        "at_close": {"layer": 3, "block": "10 min", "reuse": "at_close"},
    },
}


@pytest.fixture(scope="module")
def blocks():
    return simulator.run(BLOCKS, instructions=True)


def test_in_a_block_receipts_free_what_comes_after_them(blocks):
    (life,) = blocks.trace(2, "at_once").lives
    assert (life.entered, life.first_eligible, life.settled_at) == (at("09:05"), at("09:10"), at("09:10"))
    assert told(life) == [
        ("09:05", "It entered; the first block that could settle it was at 09:10."),
        ("09:10", "It settled in that block, and was final with that."),
    ]


def test_what_is_locked_until_the_next_block_frees_from_there(blocks):
    (life,) = blocks.trace(2, "next_block").lives
    assert (life.waited_for, life.settled_at) == ("cash", at("09:20"))
    assert told(life)[1:] == [
        ("09:10", "It waited for cash: B could spend 0.00 USD of the 8.00 USD it needed."),
        (
            "09:20",
            (
                "The cash that B received at 09:10 by 2 instructions, the last of them 1 freed it, to be "
                "used from the next block on; B could then spend 9.00 USD."
            ),
        ),
        ("09:20", "It settled, 10 min after it first could have, and was final with that."),
    ]


def test_what_is_locked_until_the_close_frees_nothing(blocks):
    (life,) = blocks.trace(2, "at_close").lives
    assert (life.settled_at, life.lacking_cash) == (None, 8_00)
    assert told(life)[-1][0] == "10:00"


def test_an_instruction_of_a_blocks_own_time_and_one_after_the_last_but_the_close(blocks):
    assert told(blocks.trace(3, "at_once").lives[0])[0] == (
        "09:20",
        "It entered as a block was made, which could settle it.",
    )
    assert blocks.trace(4, "at_once").lives[0].first_eligible == at("10:00")


TAPE = """time,order,buyer,seller,security,units,cash
2024-07-15T09:00:00,A-1,Alpha,Beta,X,5,100
2024-07-15T09:30:30,A-2,Beta,Alpha,,,150
2024-07-15T15:00:00,A-9,Beta,Alpha,,,1
2024-07-19T09:00:00,A-1,Beta,Alpha,X,2,30
2024-07-19T09:01:00,A-3,Alpha,Beta,X,2,30
"""


@pytest.fixture
def tape(tmp_path):
    """Two trade days, ids that are text and repeat; Alpha brings 50, Beta 200, both two days of sales."""
    (tmp_path / "tape.csv").write_text(TAPE)
    (tmp_path / "funding.csv").write_text("member,cash,credit_limit\nAlpha,50,0\nBeta,200,0\n")
    names = ("time", "order", "buyer", "seller", "security", "units", "cash")
    config = {
        "flow": {"tape": {"path": str(tmp_path / "tape.csv"), "columns": {name: name for name in names}}},
        "participants": {"funding": str(tmp_path / "funding.csv"), "holdings": "2 days"},
        "arrangements": {"gross": {"layer": 3}, "net": {"layer": 2, "holdings": "ample"}},
    }
    return simulator.run(config, instructions=True, out=tmp_path / "run")


def test_ids_that_are_text_are_found_and_dates_are_told(tape):
    trace = tape.trace("A-2", "net")
    assert trace.headline == "Instruction A-2 of 2024-07-15: Beta pays Alpha 150.00 USD."
    assert [step.when for step in trace.lives[0].steps][:2] == ["09:30:30", "2024-07-19, 09:01"]
    # The settlement day of the last trade day is the next calendar day, with its regular hours.
    assert [step.when for step in tape.trace("A-3", "net").lives[0].steps][-1] == "2024-07-20, 09:01"


def test_ids_that_repeat_over_days_ask_for_the_day(tape):
    with pytest.raises(simulator.InputError) as error:
        tape.trace("A-1")
    assert str(error.value) == (
        "2 trade days have an instruction A-1: 0 (2024-07-15), 1 (2024-07-19); choose one, as with --day 0"
    )
    assert tape.trace("A-1", day=0).headline.endswith("Alpha buys 5 X of Beta for 100.00 USD.")
    second = tape.trace("A-1", day=1)
    assert second.headline == "Instruction A-1 of 2024-07-19: Beta buys 2 X of Alpha for 30.00 USD."
    assert (second.day, len(second.lives)) == (1, 2)
    with pytest.raises(simulator.InputError, match="trade day 7 has no instruction A-1; it stands on 0"):
        tape.trace("A-1", day=7)


def test_what_members_brought_is_read_from_files_and_from_the_flow(tape):
    """A-1: Alpha has 50 of 100, and gets 150 at 09:30:30. Beta sold 5 + 2 in two days: two days' are 7 X."""
    (life,) = tape.trace("A-1", "gross", day=0).lives
    assert told(life)[1:3] == [
        ("09:00", "It waited for cash: Alpha could spend 50.00 USD of the 100.00 USD it needed."),
        (
            "09:30:30",
            "Instruction A-2 freed it: Beta paid Alpha 150.00 USD; Alpha could then spend 200.00 USD.",
        ),
    ]


@pytest.mark.usefixtures("tape")
def test_where_what_members_brought_is_gone_the_last_payment_is_told(tmp_path):
    (tmp_path / "funding.csv").unlink()
    (tmp_path / "tape.csv").unlink()
    (life,) = trace_folder(tmp_path / "run", "A-1", "gross", 0).lives
    assert life.freed_by == ("A-2",)
    assert told(life)[1:3] == [
        ("09:00", "It waited for cash: Alpha could not spend the 100.00 USD it needed."),
        (
            "09:30:30",
            "The last settlement before it that helped was instruction A-2: Beta paid Alpha 150.00 USD.",
        ),
    ]


def test_a_file_tells_the_same_as_memory(tape, tmp_path):
    kept = simulator.run(tape.config, instructions=True)
    for number in ("A-2", "A-3", "A-9"):
        assert trace_folder(tmp_path / "run", number) == tape.trace(number) == kept.trace(number)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("A-4", "there is no instruction A-4; ids run from A-1 to A-9, nearest to it A-3"),
        ("B", "there is no instruction B; ids run from A-1 to A-9"),
        ("", 'there is no instruction ""; ids run from A-1 to A-9'),
    ],
)
def test_an_unknown_id_is_told_with_those_there_are(tape, number, said):
    with pytest.raises(simulator.InputError) as error:
        tape.trace(number)
    assert str(error.value) == said


@pytest.mark.parametrize("number", [12, -1, 10**30, "12", "x", "1.5"])
def test_an_unknown_number_is_an_error_of_the_input(two_banks, number):
    with pytest.raises(simulator.InputError, match=r"there is no instruction"):
        two_banks.trace(number)


def test_a_run_without_instructions_tells_how_to_keep_them(tmp_path):
    result = simulator.run(BLOCKS, out=tmp_path / "run")
    for trace in (lambda: result.trace(0), lambda: trace_folder(tmp_path / "run", "0")):
        with pytest.raises(simulator.InputError, match="run it again with --instructions"):
            trace()


def test_parts_of_an_instruction_are_told_one_by_one():
    """A journal with two rows of one id: 5 X at 09:10 and the other 5 at 09:20."""
    result = simulator.run(BLOCKS, instructions=True)
    whole = result.instructions.filter(pl.col("arrangement") == "at_once", pl.col("id") == 2)
    parts = pl.concat(
        [
            whole.with_columns(cash=pl.lit(300, pl.Int64)),
            whole.with_columns(cash=pl.lit(500, pl.Int64), settled_at=pl.lit(at("09:20"), pl.Int64)),
        ]
    )
    result._instructions = parts
    trace = result.trace(2, "at_once")
    assert trace.headline == "Instruction 2: B pays C 8.00 USD."
    assert [life.part for life in trace.lives] == [(1, 2), (2, 2)]
    assert [life.settled_at for life in trace.lives] == [at("09:10"), at("09:20")]
    assert "at_once (gross, 10 min blocks), part 2 of 2\n" in str(trace)


def test_what_settles_in_parts_waits_as_a_whole_and_is_told_part_by_part():
    """A has 50 of the 100 it owes for 10 units, and 20 more from 10:30; windows are at 10:00, 11:00 …"""
    config = {
        "flow": {
            "hours": "09:00–16:00",
            "instructions": [
                {"time": "09:00", "buyer": "A", "seller": "B", "security": "X", "units": 10, "cash": 100},
                {"time": "10:30", "buyer": "C", "seller": "A", "cash": 20},
            ],
        },
        "participants": {"members": {"A": {"cash": 50}, "B": {"holdings": {"X": 10}}, "C": {"cash": 20}}},
        "arrangements": {"parts": {"layer": 3, "partial_settlement": {"every": "1 h"}}},
    }
    first, second, rest = simulator.run(config, instructions=True).trace(0).lives
    waited = ("09:00", "It waited for cash: A could spend 50.00 USD of the 100.00 USD it needed.")
    for life in (first, second, rest):
        assert (life.steps[1].when, life.steps[1].text) == waited
    assert first.steps[-1].text.startswith(
        "A part settled, 5 of 10 X for 50.00 USD, 1 h after the whole could"
    )
    assert second.steps[-1].text.startswith("A part settled, 2 of 10 X for 20.00 USD, 2 h after the whole")
    assert rest.steps[-1].text.endswith("never settled: A could spend 0.00 USD and lacked 30.00 USD.")


def test_what_is_on_hold_past_the_close_never_entered_and_moves_no_close():
    owed = {"time": "10:00", "buyer": "A", "seller": "B"}
    config = {
        "flow": {
            "hours": "09:00–16:00",
            "instructions": [{**owed, "cash": 1, "hold_until": "17:00"}, {**owed, "cash": 2}],
        },
        "participants": {"members": {"A": {}, "B": {}}},
        "arrangements": {"gross": {"layer": 3}},
    }
    result = simulator.run(config, instructions=True)
    (held,), (short,) = result.trace(0).lives, result.trace(1).lives
    told = [(step.when, step.text) for step in held.steps]
    assert told == [("16:00", "It was cancelled at the close, still on hold: it never entered.")]
    assert held.lacking_cash is None
    assert short.steps[-1].when == "16:00"


def test_a_delivery_that_waits_for_its_sellers_credit_says_so():
    """A buys 10 X for 100 on 90 of credit against them, and 10 of its own; it has nothing to give one for."""
    config = {
        "flow": {
            "instructions": [
                {"time": "10:00", "buyer": "A", "seller": "B", "security": "X", "units": 10, "cash": 100},
                {"time": "11:00", "buyer": "B", "seller": "A", "security": "X", "units": 1},
            ],
        },
        "participants": {"members": {"A": {"cash": 10}, "B": {"holdings": {"X": 10}}}},
        "credit": {"auto": {"against": "flow", "haircut": "10 %"}},
        "arrangements": {"gross": {"layer": 3}},
    }
    (life,) = simulator.run(config, instructions=True).trace(1).lives
    assert life.waited_for == "credit"
    assert life.steps[1].text == "It waited for credit: the delivery takes away collateral that A needed."


def test_in_a_notebook_names_show_literally():
    config = {
        "flow": {"instructions": [{"time": "09:00", "buyer": "<b>&", "seller": "银行 🏦", "cash": 1}]},
        "arrangements": {'"><script>': {"layer": 3}},
    }
    html = simulator.run(config, instructions=True).trace(0)._repr_html_()
    assert "&lt;b&gt;&amp; pays 银行 🏦 1.00 USD" in html
    assert "<script" not in html
    assert html.count("<table") == 1


def test_a_name_that_would_steer_the_terminal_is_spelled_out():
    config = {
        "flow": {"instructions": [{"time": "09:00", "buyer": "a\u202eb", "seller": "c", "cash": 1}]},
        "arrangements": {"gross": {"layer": 3}},
    }
    assert "a\\u202eb pays c" in str(simulator.run(config, instructions=True).trace(0))


@pytest.fixture(scope="module")
def deliver_orders():
    return simulator.run(CONFIGS / "deliver_orders.yaml", instructions=True)


def test_a_delivery_by_book_entry_pends_and_recycles(deliver_orders):
    (life,) = deliver_orders.trace(1, "delivered").lives
    assert (life.entered, life.first_eligible, life.settled_at) == (at("10:10"), at("10:10"), at("10:20"))
    assert told(life) == [
        ("10:10", "It was traded, and entered."),
        ("10:10", "It pended for a limit: A would have owed more than its net debit cap allows."),
        ("10:20", "It settled, 10 min after it entered, and was final with that."),
    ]


def test_look_ahead_settles_two_together(deliver_orders):
    (life,) = deliver_orders.trace(8, "delivered").lives
    assert (life.group, life.settled_at) == (2, at("13:40"))
    assert "together with one that look-ahead found" in life.steps[-1].text


def test_what_still_pends_at_the_cut_off_is_dropped(deliver_orders):
    (life,) = deliver_orders.trace(9, "delivered").lives
    assert told(life)[1:] == [
        ("14:00", "It pended for securities: F could not deliver 40 Y."),
        ("15:10", "It was dropped, never settled."),
    ]
