"""``python -m simulator``, the same as ``netgross``."""

from simulator.cli import main

if __name__ == "__main__":
    main()
