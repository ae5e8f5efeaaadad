"""The simulator agrees with the reference to the last unit on what is tokenized, moved and brought back."""

from __future__ import annotations

from fractions import Fraction

import pytest

from .book import DAY, HOUR, MINUTE, Arrangement, Member
from .by_hand import at, book_of, minutes_settled
from .engine import disagreements, draws_of
from .pilot_families import PILOT_FAMILIES, pilot_family
from .reference import settle_drawn
from .terms import BookEntry, PilotTerms, ShareRule, TokenEvent
from .test_engine_agrees import compare


@pytest.mark.parametrize("name", PILOT_FAMILIES)
def test_engine_agrees_on_the_pilot(name):
    for seed in range(4):
        compare(f"{name} {seed}", *pilot_family(name, seed))


OUTAGE = TokenEvent(at(30), "outage", lasts=20 * MINUTE)


def pilot_of(book, way):
    """Of a run that the simulator has been seen to agree with."""
    assert not disagreements(book, {"case": way})
    _, pilot = settle_drawn(book, way, draws_of(book, way, 0))
    return pilot


def test_after_an_outage_what_was_due_first_is_done_first():
    """B receives 4 X of A's 10 at 9:30 and wants tokens; all is to be tokenized at 9:35. The chain stands
    still until 9:50: then B's 4 go for its order, and only A's 6 by the rule."""
    book = book_of({"A": Member(holdings={"X": 10}), "B": Member()}, (1, "B", "A", 40, "X", 4))
    rule = ShareRule(Fraction(1), at(35))
    terms = PilotTerms(tokenize=rule, orders=Fraction(1), events=(OUTAGE,))
    pilot = pilot_of(book, Arrangement(2, cycles=("times", (at(30),)), pilot=terms))
    told = [(one.time, one.units) for one in pilot.listed if one.change == "begins"]
    assert told == [(at(30), None), (at(50), 6)]
    assert pilot.days[0].tokens == {"X": 10}


def test_what_is_delivered_under_the_flag_is_tokenized_as_it_settles():
    """All want tokens, C has no wallet. B buys 4 of A's 10 X at 9:10: they leave the book at once, and C's 2
    wait for securities at 9:20. B de-tokenizes 3 at 9:30: at 9:45 C has its 2, which stay in the book.
    """
    members = {"A": Member(holdings={"X": 10}), "B": Member(), "C": Member()}
    book = book_of(members, (10, "B", "A", 40, "X", 4), (20, "C", "B", 20, "X", 2), unlimited=True)
    burnt = TokenEvent(at(30), "detokenize", "B", "X", 3)
    terms = PilotTerms(registered=("A", "B"), orders=Fraction(1), events=(burnt,))
    way = Arrangement(2, book_entry=BookEntry(cap=100, monitor=False), pilot=terms)
    assert not disagreements(book, {"case": way})
    (day,), pilot = settle_drawn(book, way, draws_of(book, way, 0))
    assert (minutes_settled(day, 2), day.waited_for(1)) == ([10, 45], "securities")
    assert day.holdings == {("A", "X"): 6, ("B", "X"): 1, ("C", "X"): 2}
    (record,) = pilot.days
    assert (record.tokens["X"], record.flagged, record.fallen_back) == (1, 2, 1)


def test_nothing_happens_after_the_last_day():
    """Tokens burnt a minute before midnight stay on their way, and an outage does not end."""
    book = book_of({"A": Member(holdings={"X": 10}), "B": Member()}, (1, "B", "A", 40, "X", 4))
    late = DAY - MINUTE
    events = (
        TokenEvent(at(0), "tokenize", "A", "X", 6),
        TokenEvent(late, "detokenize", "A", "X", 2),
        TokenEvent(late, "outage", lasts=HOUR),
        TokenEvent(late, "transfer", "A", "X", 1, to="B"),
    )
    pilot = pilot_of(book, Arrangement(2, pilot=PilotTerms(events=events)))
    told = [(one.time, one.event, one.change) for one in pilot.listed]
    assert told[2:] == [(late, "detokenize", "begins"), (late, "outage", "begins")]
    assert (pilot.days[0].tokens, pilot.days[0].on_the_way) == ({"X": 4}, {"X": 2})
    assert pilot.days[0].count["transfer"] == 0


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(4, 254, 50))
@pytest.mark.parametrize("name", PILOT_FAMILIES)
def test_engine_agrees_on_the_pilot_at_length(name, first):
    for seed in range(first, first + 50):
        compare(f"{name} {seed}", *pilot_family(name, seed))
