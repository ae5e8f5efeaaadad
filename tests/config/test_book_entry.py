"""What a config may say of book-entry deliveries, and the message for each thing that it may not."""

from __future__ import annotations

import pytest

from simulator.config.load import load_config

FLOW = "flow: {hours: 09:30–16:00, instructions: [{time: '10:00', buyer: A, seller: B, cash: 1.00}]}\n"
MEMBERS = "participants: {members: {A: {}, Bank: {}, B: {}}}\n"
AMPLE = "participants: {holdings: ample}\n"
SHARE = "give a number of per cent such as 40 %, of basis points such as 50 bp, or a fraction such as 0.4"

WRONG = [
    (
        "layer: 3, book_entry: {}",
        "book_entry: needs layer 2; what settles on a chain has a balance of its own for each delivery",
    ),
    (
        "layer: 2, book_entry: {}, credit: {}",
        "credit: not allowed beside book_entry, whose net_debit_cap is the credit there is; delete it",
    ),
    (
        "layer: 2, settles: T+0, cycles: 3, book_entry: {}",
        "cycles: everything is delivered by book entry, so that no cycle has anything to net; delete it",
    ),
    (
        "layer: 2, book_entry: {trades: most}",
        (
            "book_entry.trades: most is not allowed; give all, {types: [custodian]}, {members: [A, B]} or "
            "{share: 30 %}"
        ),
    ),
    (
        "layer: 2, book_entry: {trades: {types: [custodians]}}",
        (
            "book_entry.trades.types.0: custodians is not allowed; give client_broker or market_maker or "
            'custodian (did you mean "custodian"?)'
        ),
    ),
    (
        "layer: 2, book_entry: {trades: {share: 30 %, members: [A]}}",
        (
            "book_entry.trades: more than one of them is not allowed; give all, {types: [custodian]}, "
            "{members: [A, B]} or {share: 30 %}"
        ),
    ),
    (
        "layer: 2, book_entry: {trades: {member: [A]}}",
        (
            "book_entry.trades.member: not a known key; known here are types, members, share "
            '(did you mean "members"?)'
        ),
    ),
    (
        "layer: 2, book_entry: {net_debit_cap: {A: 5 M}}",
        "book_entry.net_debit_cap: no default; give one for the members not listed, such as default: 100 M",
    ),
    (
        "layer: 2, book_entry: {net_debit_cap: {}}",
        "book_entry.net_debit_cap: an empty mapping is not allowed; give money, or {A: 5 M, default: 100 M}",
    ),
    (
        "layer: 2, book_entry: {fund: {Banc: 1 M, default: 0}}",
        (
            "book_entry.fund.Banc: Banc is not a member; the members are listed in participants.members "
            '(did you mean "Bank"?)'
        ),
    ),
    (
        "layer: 2, book_entry: {look_ahead: 2}",
        (
            "book_entry.look_ahead: 2 is not allowed; give a duration with its unit, such as 400 ms, 12 s, "
            "1 min or 1 h, or none"
        ),
    ),
    (
        "layer: 2, book_entry: {approval: {takes: 10 min}}",
        (
            "book_entry.approval: says of no delivery that it needs approval; give above: 15 M, or after: "
            '"15:00", or both'
        ),
    ),
    (
        "layer: 2, book_entry: {approval: {above: 1 M}}",
        (
            "book_entry.approval.takes: missing; needed: from entry to approval, a duration; the delivery "
            "is on hold until then"
        ),
    ),
    (
        'layer: 2, book_entry: {until: "17:00"}',
        "book_entry.until: 17:00 is not allowed; the hours are 09:30–16:00, and until is between them",
    ),
    (
        'layer: 2, book_entry: {approval: {takes: 1 min, after: "08:00"}}',
        (
            "book_entry.approval.after: 08:00 is not allowed; the hours are 09:30–16:00, and after is "
            "between them"
        ),
    ),
    (
        'layer: 2, cut_off: "15:00", book_entry: {until: "15:10"}',
        "book_entry.until: 15:10 is not allowed; money settles at cut_off, 15:00, and until is not after it",
    ),
    (
        "layer: 2, book_entry: {progress_payments: {every: 15 min, when: 50 %, to: 80 %}}",
        (
            "book_entry.progress_payments.to: 80 % is not allowed; members pay when their net debit has "
            "passed 50 %, and to is no more"
        ),
    ),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_each_fault_has_one_clear_message(write, wrong, given, message):
    name = write(f"{FLOW}{MEMBERS}arrangements:\n  dvp: {{{given}}}\n")
    assert wrong(name) == [f"a.yaml:4: arrangements.dvp.{message}"]


def test_ample_holdings_leave_a_monitor_nothing_to_bind(write, wrong):
    name = write(f"{FLOW}{AMPLE}arrangements:\n  dvp: {{layer: 2, book_entry: {{}}}}\n")
    assert wrong(name) == [
        (
            "a.yaml:4: arrangements.dvp.book_entry.collateral_monitor: needs limited holdings, and these are "
            "ample, collateral without bound; give holdings, such as 1.2 days, or collateral_monitor: no"
        )
    ]


EVERYTHING = """
trades: all
net_debit_cap: {A: 5 M, default: 100 M}
fund: {A: 1 M, default: 10.50}
haircut: {default: 10 %, X: 50 %}
collateral_monitor: yes
look_ahead: 2 min
approval: {above: 15 M, takes: 10 min, after: "15:00"}
until: "15:10"
progress_payments: {every: 15 min, when: 80 %, to: 50 %}
"""


def test_what_is_stated_and_what_is_not_comes_back_as_it_was(write):
    stated = "".join(f"      {line}\n" for line in EVERYTHING.strip().splitlines())
    name = write(
        f"{FLOW}{MEMBERS}arrangements:\n  all:\n    layer: 2\n    book_entry:\n{stated}"
        "  none: {layer: 2, book_entry: {look_ahead: none, approval: none, until: none, "
        "progress_payments: none}}\n  default: {layer: 2, book_entry: {}}\n"
    )
    config = load_config(name)
    assert load_config(config.resolved()) == config
    one, default = config.arrangements["all"].book_entry, config.arrangements["default"].book_entry
    assert (one.net_debit_cap.of("A"), one.net_debit_cap.of("B")) == (5_000_000_00, 100_000_000_00)
    assert (one.fund.of("A"), one.fund.of("B")) == (1_000_000_00, 10_50)
    assert default.net_debit_cap.of("A") == 2_150_000_000_00
    assert default == config.arrangements["none"].book_entry
    assert default.haircut.of("X") == pytest.approx(0.1, abs=0)
