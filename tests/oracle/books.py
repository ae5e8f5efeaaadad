"""Random small books and the arrangements to settle them under: every seed is one, always the same."""

from __future__ import annotations

import random
from itertools import product

from .book import HOUR, MINUTE, SECOND, Arrangement, Book, Instruction, Member, Saving

OPENS = 9 * HOUR
SPANS = (0, 20 * SECOND, 3 * MINUTE, 10 * MINUTE, 40 * MINUTE)


def random_book(seed: int, count: int | None = None) -> Book:
    """2–6 members, 1–4 securities, 1–40 instructions, 1–2 days; cash and units short more often than not.

    ``count`` asks for a book of so many instructions instead.
    """
    draw = random.Random(f"book {seed}")
    names = [f"M{k}" for k in range(draw.randint(2, 6))]
    draw.shuffle(names)
    securities = ["X", "Y", "Z", "W"][: draw.randint(1, 4)]
    shape = draw.choice(("mixed", "mixed", "mixed", "long_queue", "ring", "payments", "equal"))
    span = draw.choice(SPANS)
    days = draw.choice((1, 1, 2))
    small = draw.choice((draw.randint(1, 8), draw.randint(5, 25), draw.randint(20, 40)))
    count = count or small
    largest = draw.choice((3, 10, 30, 250))
    instructions = tuple(
        random_instruction(draw, order, names, securities, shape, largest, span, order % days)
        for order in range(max(count, days))
    )
    hours = None
    if draw.random() < 0.4:
        # Sometimes too narrow at either end.
        early, late = draw.choice((0, 0, MINUTE)), draw.choice((0, 0, -MINUTE, 5 * MINUTE))
        opens = OPENS + early
        hours = (opens, max(opens + MINUTE, OPENS + span + late))
    richness = draw.choice((0, 0.3, 0.7, 1, 1.5, 2, 4, 20))
    members = {name: random_member(draw, securities, largest, richness) for name in names}
    return Book(members, instructions, hours, unlimited=draw.random() < 0.1, ample=draw.random() < 0.25)


def random_instruction(
    draw: random.Random,
    order: int,
    names: list[str],
    securities: list[str],
    shape: str,
    largest: int,
    span: int,
    day: int,
) -> Instruction:
    """One instruction in the shape of its book; times stand on a coarse grid, so that they tie."""
    ticks = draw.choice((1, 4, 60))
    time = OPENS + span * draw.randint(0, ticks) // ticks // SECOND * SECOND
    buyer, seller = draw.sample(names, 2)
    if draw.random() < 0.05:
        seller = buyer
    security, kind = draw.choice(securities), draw.random()
    units, cash = draw.randint(1, 6), draw.randint(1, largest)
    if shape == "long_queue" and draw.random() < 0.8:
        # Everybody buys one security of one seller, who now and then buys some back.
        security, seller = securities[0], names[0]
        buyer = draw.choice(names[1:])
        if draw.random() < 0.2:
            buyer, seller = seller, buyer
    if shape == "ring" and draw.random() < 0.8:
        buyer, seller = names[order % len(names)], names[(order + 1) % len(names)]
        units, cash = 2, largest
    if shape == "equal":
        units, cash = 2, largest
    if shape == "payments" or kind < 0.15:
        return Instruction(order, time, buyer, seller, None, 0, cash, day)
    if kind < 0.25:
        return Instruction(order, time, buyer, seller, security, units, 0, day)
    return Instruction(order, time, buyer, seller, security, units, cash, day)


def random_member(draw: random.Random, securities: list[str], largest: int, richness: float) -> Member:
    """Cash about ``richness`` typical payments, often none; some credit; holdings about as rich."""
    has_cash, has_credit = draw.random() < 0.75, draw.random() < 0.3
    top, top_units = int(2 * richness * largest), int(2 * richness * 4)
    holdings = {
        security: draw.randint(0, top_units) for security in securities if top_units and draw.random() < 0.85
    }
    return Member(
        cash=draw.randint(0, top) * has_cash,
        credit_limit=draw.randint(0, top) * has_credit,
        holdings=holdings,
    )


def intervals_for(book: Book) -> tuple[int, int, int]:
    """A fine, a middling and a coarse interval for the hours of a book: at most some fifty blocks a day."""
    first, last = min(one.time for one in book.instructions), max(one.time for one in book.instructions)
    opens, closes = book.hours or (first, last)
    span = max(closes, last) - min(opens, first)
    fine = next(step for step in (3 * SECOND // 2, 4 * SECOND, 12 * SECOND, MINUTE) if step * 50 >= span)
    return fine, 7 * fine, 25 * fine


def multilateral(every: int) -> tuple[Saving, ...]:
    return (Saving("multilateral_offset", every),)


def arrangements_for(book: Book) -> dict[str, Arrangement]:
    """Every combination of the rules of layer 3 and the ways to net of layer 2, by a speaking name."""
    fine, middling, coarse = intervals_for(book)
    found = {}
    for block, reuse, queue, offset in product(
        (None, fine, coarse),
        ("at_once", "next_block", "at_close"),
        ("fifo_bypass", "fifo_strict"),
        (None, middling),
    ):
        name = f"{'now' if block is None else f'b{block}'}_{reuse}_{queue}{'_offset' if offset else ''}"
        found[name] = Arrangement(3, block, reuse, queue, saving=multilateral(offset) if offset else ())
    for reuse in ("at_once", "next_block", "at_close"):
        found[f"unlimited_{reuse}"] = Arrangement(3, middling, reuse, funding="unlimited")
        found[f"ample_{reuse}"] = Arrangement(
            3, middling, reuse, "fifo_strict", multilateral(fine), holdings="ample"
        )
        found[f"uniform_{reuse}"] = Arrangement(3, None, reuse, funding=(3, 2))
    cycles = {"one": ("count", 1), "three": ("count", 3), "every": ("every", middling)}
    if book.hours:
        opens, closes = book.hours
        cycles["times"] = ("times", (opens + (closes - opens) // 3 // SECOND * SECOND, closes))
        found["t1_cut_off"] = Arrangement(2, settles=1, cut_off=opens + 30 * SECOND)
    for name, rule in cycles.items():
        found[f"net_{name}"] = Arrangement(2, cycles=rule)
        found[f"net_{name}_unlimited"] = Arrangement(2, cycles=rule, funding="unlimited")
        found[f"net_{name}_ample"] = Arrangement(2, cycles=rule, funding=(3, 2), holdings="ample")
    for days in (0, 1, 2):
        found[f"t{days}"] = Arrangement(2, settles=days)
    return found
