"""Fails carried and margin: CPU seconds that netting adds to drawing the trades, with all positions at stake.

    python experiments/speed/netting.py [--small] [--repeat 3]

200 members trade 5,000 securities, a million positions, over two days; holdings are short of a day's
sales, so that most securities fail somewhere and most longs wait. Timed within one process once its kernels
are compiled, from the first trade to the last settlement day, measures and files left out: the trades alone
(drawn and captured, nobody settles), then with each arrangement beside them.
"""

from __future__ import annotations

import time

from measuring import markdown, read_options

CONFIG = {
    "seed": 1,
    "days": 2,
    "flow": {"daily_value": "798 bn", "size_cv": 2.0, "securities": {"count": 5000, "concentration": 0.5}},
    "participants": {"count": 200, "holdings": "0.2 days"},
}
ARRANGEMENTS = {
    "netted, fails reported": {"layer": 2},
    "netted, fails carried": {"layer": 2, "carry": True},
    "the same with night cycle and buy-in": {
        "layer": 2,
        "carry": True,
        "night_cycle": "01:30",
        "buy_in": {"after": "1 day", "premium": "1 %"},
    },
    "fails reported, margin once a day": {"layer": 2, "margin": {"every": "24 h"}},
    "fails reported, margin called every hour": {"layer": 2, "margin": {"calls": {}}},
}
HEADER = ("what", "trades a day", "open positions", "least CPU s a day", "beyond the trades, CPU s a day")


def seconds(arrangement: dict | None, trades: int, members: int, securities: int) -> tuple[float, int]:
    """CPU seconds of a run, and how many positions were open at the last close."""
    from simulator.assembly import assemble
    from simulator.config.load import load_config
    from simulator.layers.capture import Capture
    from simulator.market.open import open_flow
    from simulator.simulation import simulate

    source = {**CONFIG, "arrangements": {"net": arrangement or {"layer": 2}}}
    overrides = {
        "flow.trades_per_day": trades,
        "participants.count": members,
        "flow.securities.count": securities,
    }
    config = load_config(source, overrides)
    flow = open_flow(config)
    start = time.process_time()
    if arrangement is None:
        capture = Capture(flow)
        assemble("net", config.arrangements["net"], config, flow, capture, None)
        for chunk in flow.chunks():
            capture.take(chunk)
        return time.process_time() - start, 0
    run = simulate(config, flow)
    took = time.process_time() - start
    fails = run.records["net"][-1].clearing.fails
    return took, 0 if fails is None else len(fails.units)


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, small="a hundredth of the trades, to try it", repeat=3)
    ten, members, securities = (100_000, 50, 500) if options.small else (10_000_000, 200, 5000)
    for arrangement in (None, *ARRANGEMENTS.values()):  # compiles what is not compiled yet
        seconds(arrangement, 10_000, 20, 50)
    rows = []
    for trades, times in ((ten, options.repeat), (10 * ten, 1)):
        alone = 0.0
        for name, arrangement in {"the trades alone": None, **ARRANGEMENTS}.items():
            runs = [seconds(arrangement, trades, members, securities) for _ in range(times)]
            least = min(took for took, _ in runs) / CONFIG["days"]
            alone = alone or least
            figures = (f"{trades / 1e6:g} m", f"{runs[0][1]:_}", f"{least:.2f}", f"{least - alone:.2f}")
            rows.append([name, *figures])
    print(markdown(HEADER, rows))


if __name__ == "__main__":
    main()
