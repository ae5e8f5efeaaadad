"""Members, securities and days that wallets, cash legs and faults name, against a market and a tape."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import simulator
from simulator.cli import app

SYNTHETIC = """\
flow: {daily_value: 1 M, trades_per_day: 100, securities: {count: 3}}
participants: {count: 12, funding: {prefunding: 1 M}}
days: 2
arrangements:
  gross: {layer: 3}
"""
TAPE = """\
flow:
  tape:
    path: trades.csv
    columns: {time: at, buyer: b, seller: s, security: x, units: n, cash: c}
participants: {funding: {prefunding: 1 M}}
arrangements:
  gross: {layer: 3}
"""
ROWS = """\
at,b,s,x,n,c
2026-11-26 10:00,North,South,XYZ,1,5.00
2026-11-27 10:00,South,North,XYZ,1,6.00
"""
SECTIONS = [
    ("wallets: {registered: [FIRST, UNKNOWN]}", "wallets.registered.1"),
    ("wallets: {registered: {except: [UNKNOWN]}}", "wallets.registered.except.0"),
    ('wallets: {events: [{time: "10:00", action: freeze, member: UNKNOWN}]}', "wallets.events.0.member"),
    (
        ('wallets: {events: [{time: "10:00", action: transfer, '
        "member: FIRST, to: UNKNOWN, security: SEC, units: 1}]}"),
        "wallets.events.0.to",
    ),
    ("cash_leg: {u: {kind: tokenized_deposit, share: 1, payers: [UNKNOWN]}}", "cash_leg.u.payers.0"),
    ('faults: [{kind: member_silent, start: "10:00", member: UNKNOWN}]', "faults.0.member"),
    ("faults: [{kind: wallet_frozen, rate: 1 a day, member: UNKNOWN}]", "faults.0.member"),
]  # fmt: skip


@pytest.fixture
def told(tmp_path, monkeypatch):
    """What ``simulator.check`` says of a config, as ``netgross check`` does and a run would."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trades.csv").write_text(ROWS, encoding="utf-8")

    def check(text: str) -> list[str]:
        (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(simulator.InputError) as error:
            simulator.check("a.yaml")
        by_command = CliRunner().invoke(app, ["check", "a.yaml"])
        assert by_command.exit_code == 2
        for line in str(error.value).splitlines():
            assert " ".join(line.split()) in " ".join(by_command.output.split())
        with pytest.raises(simulator.InputError) as in_run:
            simulator.run("a.yaml", out="results")
        assert str(in_run.value) == str(error.value)
        assert not (tmp_path / "results").exists()
        return str(error.value).splitlines()

    return check


@pytest.mark.parametrize(("section", "key"), SECTIONS)
def test_a_member_that_a_market_has_not_is_told(told, section, key):
    text = section.replace("FIRST", "M001").replace("UNKNOWN", "M013").replace("SEC", "S0001")
    said = 'M013 is not a member; the members are M001 to M012 (did you mean "M'
    (line,) = told(f"{SYNTHETIC}{text}\n")
    assert line.startswith(f"a.yaml:6: {key}: {said}")


@pytest.mark.parametrize(("section", "key"), SECTIONS)
def test_a_member_that_does_not_trade_on_a_tape_is_told(told, section, key):
    text = section.replace("FIRST", "North").replace("UNKNOWN", "Sooth").replace("SEC", "XYZ")
    said = "Sooth is not a member; nobody of that name trades or is listed among the participants"
    assert told(f"{TAPE}{text}\n") == [f'a.yaml:8: {key}: {said} (did you mean "South"?)']


def test_a_member_that_is_listed_and_does_not_trade_may_be_named(told, tmp_path):
    """In ``participants.members``, or in the file of funding; elsewhere it may not."""
    told(f"{TAPE}wallets: {{registered: {{except: [Idle]}}}}\n")
    (tmp_path / "cash.csv").write_text("member,cash,credit_limit\nSouth,9,0\nIdle,9,0\nNorth,9,0\n")
    listed = "participants: {members: {North: {cash: 9}, South: {cash: 9}, Idle: {}}}"
    file = "participants: {funding: cash.csv}"
    for participants in (listed, file):
        text = TAPE.replace("participants: {funding: {prefunding: 1 M}}", participants)
        (tmp_path / "b.yaml").write_text(f"{text}wallets: {{registered: {{except: [Idle]}}}}\n")
        assert simulator.check("b.yaml").trades == 2


@pytest.mark.parametrize("key", ["wallets.events.0.day", "faults.0.day"])
def test_a_day_beyond_those_of_a_tape_is_told(told, key):
    section = {
        "w": 'wallets: {events: [{time: "10:00", action: freeze, member: North, day: 2}]}',
        "f": 'faults: [{kind: chain_outage, start: "10:00", day: 2}]',
    }[key[0]]
    said = "2 is not allowed; the flow has 2 trade days, counted from 0 to 1"
    assert told(f"{TAPE}{section}\n") == [f"a.yaml:8: {key}: {said}"]


def test_a_day_beyond_those_of_a_market_is_told(told):
    said = "2 is not allowed; days is 2, so trade days run from 0 to 1"
    assert told(f'{SYNTHETIC}faults: [{{kind: chain_outage, start: "10:00", day: 2}}]\n') == [
        f"a.yaml:6: faults.0.day: {said}"
    ]


def test_a_security_that_is_not_traded_cannot_be_transferred(told):
    event = '{time: "10:00", action: transfer, member: North, to: South, security: XYY, units: 1}'
    assert told(f"{TAPE}wallets: {{events: [{event}]}}\n") == [
        'a.yaml:8: wallets.events.0.security: XYY is not traded (did you mean "XYZ"?)'
    ]


def test_a_member_of_a_tape_that_pays_in_no_leg_is_told(told):
    said = "South pays in no leg; list it in a leg's payers, or give a leg without payers"
    leg = "cash_leg: {u: {kind: tokenized_deposit, payers: [North]}}"
    assert told(f"{TAPE}{leg}\n") == [f"a.yaml:8: cash_leg: {said}"]


def test_every_name_at_fault_is_told_at_once(told):
    text = "wallets: {registered: [North, A, B]}\nfaults: [{kind: chain_outage, start: 10:00, day: 9}]\n"
    assert [line.split(": ")[1] for line in told(TAPE + text.replace("10:00", '"10:00"'))] == [
        "wallets.registered.1",
        "wallets.registered.2",
        "faults.0.day",
    ]
