"""What sections of a config have in common, and the types that members of a synthetic market may be of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

MEMBER_TYPES = ("client_broker", "market_maker", "custodian")


class Section(BaseModel):
    """A mapping of the config: its keys are known, its values never change."""

    # Built when first used: only the whole config is validated, so its parts need no validator each.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
