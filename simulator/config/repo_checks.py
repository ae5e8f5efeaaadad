"""What must hold in a flow of repos: shares that add up, times within the hours, keys that mean something."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.config.faults import Fault
from simulator.config.market import OneFlow, Participants
from simulator.config.shapes import write_hours
from simulator.config.tree import KeyPath
from simulator.config.units import write_time

NOT_OF_REPO = ("daily_value", "trades_per_day", "size_cv", "whole_size_cv", "profile", "priorities")
NOT_OF_ITS_MEMBERS = ("imbalance", "core", "issuers")


def check_repo(path: KeyPath, flow: OneFlow, participants: Participants) -> Iterator[Fault]:
    """Faults of a flow of repos whose ``flow`` and ``participants`` stand at ``path``."""
    repo, here = flow.repo, (*path, "flow", "repo")
    assert repo is not None
    for section, model, keys in (
        ("flow", flow, NOT_OF_REPO),
        ("participants", participants, NOT_OF_ITS_MEMBERS),
    ):
        for key in keys:
            if key in model.model_fields_set:
                yield Fault((*path, section, key), f"repos have none; delete it with {key}: null", (here,))
    if participants.count == 0:
        own: KeyPath = (*path, "participants", "count")
        yield Fault(own, "missing; repos need it, such as count: 150", (own,))
    total = sum(one.share for one in repo.segments.values())
    names = tuple((*here, "segments", name) for name in repo.segments)
    if total != 1:
        message = f"the shares of the segments add up to {float(100 * total):g} %; make them 100 %"
        yield Fault((*here, "segments"), message, (*names, (*here, "segments")))
    for name, one in repo.segments.items():
        segment: KeyPath = (*here, "segments", name)
        if one.haircut >= 1:
            yield Fault((*segment, "haircut"), "100 % is not allowed; collateral would be worth nothing")
        for kind in dict.fromkeys((*one.lenders, *one.borrowers)):
            if not participants.types.get(kind):
                key = "lenders" if kind in one.lenders else "borrowers"
                message = f"{kind} is not allowed; participants.types has none of them"
                yield Fault((*segment, key), message, ((*path, "participants", "types"),))
        hours = flow.hours
        if hours is None:
            continue
        needs = ((*path, "flow", "hours"),)
        within = f"the hours are {write_hours(hours)}"
        if not hours.opens <= one.opens.opens < one.opens.closes <= hours.closes:
            yield Fault((*segment, "opens"), f"{write_hours(one.opens)} is not allowed; {within}", needs)
        if not hours.opens <= one.unwind <= hours.closes:
            yield Fault((*segment, "unwind"), f"{write_time(one.unwind)} is not allowed; {within}", needs)
