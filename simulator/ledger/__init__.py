"""The ledger: the only owner of cash and entitlements, and the only thing that moves them.

A rule chooses, the ledger verifies, then posts all of a group or none of it.
"""

from .accounts import Gates
from .batches import batch_of, wishes_of
from .depository import Depository
from .gross import InfeasibleGroupError
from .lending import Lending
from .net import NetSettlement, Withheld
from .tokens import Tokens


class Ledger(Depository, NetSettlement, Lending, Tokens):
    """Cash by member, units and tokens by position slot, and the queue of what waits for either."""


__all__ = ["Gates", "InfeasibleGroupError", "Ledger", "Withheld", "batch_of", "wishes_of"]
