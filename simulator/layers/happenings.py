"""What happened to a chain and its members, told as it happens: faults, and what is done to wallets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happening:
    """One fault that begins or ends, one thing done to a wallet, or one movement of tokens.

    Attributes
    ----------
    time : µs since the first midnight
    event : in the config's words: a fault's kind, or ``register``, ``freeze``, ``unfreeze``, ``transfer``; of
        a pilot ``tokenize``, ``transfer``, ``reverse``, ``detokenize``, ``outage``
    change : ``begins`` or ``ends`` of a fault, and of units between account and wallet, else nothing
    queue_count, queue_value : instructions that wait and Σ their cash, in minor units, before anything
        settles for it. What has come in since the last block does not stand in the queue yet
    member, to, leg, security : whom and what it concerns, None where it is nobody and nothing
    units : of a forced transfer and of tokens, the units that moved, else None
    asked : of a movement of tokens, the units asked for, else None
    reason : why they are not all of these: ``not_eligible``, ``no_wallet``, ``units``, ``collateral``, or put
        off by ``cut_off``
    """

    arrangement: str
    day: int
    time: int
    event: str
    change: str
    queue_count: int
    queue_value: int
    member: str | None = None
    to: str | None = None
    leg: str | None = None
    security: str | None = None
    units: int | None = None
    asked: int | None = None
    reason: str | None = None
