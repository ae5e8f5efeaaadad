"""The netting axis: one flow netted over ever shorter windows, and the re-use of receipts beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.config.units import write_duration

if TYPE_CHECKING:
    from simulator.config.schema import Config

SECOND = 1_000_000
BLOCK = 12 * SECOND
"""One block, where no arrangement of the config has one: Ethereum's."""

WINDOWS = (("net_1h", 3_600), ("net_10min", 600), ("net_1min", 60))
REUSE = ("at_once", "next_block", "at_finality", "at_close")


def netting_window(config: Config) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Arrangements from T+1 through hourly, ten minutes, one minute, one block, to continuous.

    Beside them gross settlement in blocks by when receipts can be used again. ``window_seconds`` is null
    where the window is a day, and 0 where every trade settles by itself.

    Returns
    -------
    tuple : the arrangements as a config writes them, and of each its family and window
    """
    blocks = [one.block for one in config.arrangements.values() if one.layer == 3 and one.block]
    block = blocks[0] if blocks else BLOCK
    family: dict[str, Any] = {
        "net_t1": {"layer": 2, "settles": "T+1"},
        "net_day": {"layer": 2, "settles": "T+0"},
    }
    about: dict[str, dict[str, Any]] = {name: _about("netting", None) for name in family}
    for name, seconds in (*WINDOWS, ("net_block", block / SECOND)):
        family[name] = {
            "layer": 2,
            "settles": "T+0",
            "cycles": f"every {write_duration(int(seconds * SECOND))}",
        }
        about[name] = _about("netting", float(seconds))
    family["continuous"] = {"layer": 3, "block": "continuous"}
    about["continuous"] = _about("netting", 0.0)
    for reuse in REUSE:
        family[f"gross_{reuse}"] = {"layer": 3, "block": write_duration(block), "reuse": reuse}
        about[f"gross_{reuse}"] = _about("re-use", float(block / SECOND))
    return family, about


def _about(family: str, window: float | None) -> dict[str, Any]:
    return {"family": family, "window_seconds": window}
