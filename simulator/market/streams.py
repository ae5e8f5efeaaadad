"""Named streams of random numbers: one seed, and nothing drawn for one purpose moves another.

A stream is known by what it is for, the day and the stretch of the day it serves. It never depends
on who asks for it, in which chunk or on which thread, so the same seed gives the same trades to every
arrangement, and a new purpose leaves all others as they were.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

MASK_32 = 0xFFFF_FFFF


def stream(seed: int, purpose: str, *key: int) -> np.random.Generator:
    """The generator for one purpose, day and stretch of the day.

    Parameters
    ----------
    seed : the run's seed, ≥ 0
    purpose : what is drawn, in words; its hash is the same on every machine, unlike ``hash()``
    key : day, generation unit: whatever tells draws of one purpose apart

    Examples
    --------
    >>> a, b = stream(7, "trade sizes", 0, 3), stream(7, "trade sizes", 0, 3)
    >>> a.random() == b.random()
    True
    >>> stream(7, "trade sizes", 0, 3).random() == stream(7, "trade times", 0, 3).random()
    False
    """
    name = int.from_bytes(blake2b(purpose.encode(), digest_size=8).digest(), "little")
    sequence = np.random.SeedSequence(seed, spawn_key=(name & MASK_32, name >> 32, *key))
    # SFC64 fills uniforms in 2.4 ns, PCG64 in 3.6; streams are told apart by seeding, so none must jump.
    return np.random.Generator(np.random.SFC64(sequence))
