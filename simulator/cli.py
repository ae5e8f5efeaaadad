"""The command ``netgross``: parses, calls, prints. What it calls stands in ``simulator.api``."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from simulator.report.terminal import complain, prepare_streams, progress, takes_color, write

INPUT_AT_FAULT, PROGRAM_AT_FAULT, INTERRUPTED, TERMINATED = 2, 1, 130, 143
FAILURES_SHOWN = 3

app = typer.Typer(
    name="netgross",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Settle one flow of securities trades netted and gross, and see what each needs.",
)

Config = Annotated[
    str,
    typer.Argument(metavar="CONFIG", help="A config file, or the name of a shipped one.", show_default=False),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Replace a value, such as arrangements.gross.block=1s."),
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="Replace the config's seed.")]


def answered(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose every end is a message and an exit code, never a traceback."""

    @functools.wraps(command)
    def run_command(*args: Any, **kwargs: Any) -> None:
        from simulator.config.errors import InputError

        try:
            command(*args, **kwargs)
        except InputError as error:
            for problem in error.problems:
                complain(str(problem))
            raise typer.Exit(INPUT_AT_FAULT) from None
        except KeyboardInterrupt:
            complain("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if os.environ.get("NETGROSS_TRACEBACK"):
                raise
            said = " ".join(str(error).split())
            complain(f"netgross failed, which is its own fault: {type(error).__name__}: {said}")
            complain("NETGROSS_TRACEBACK=1 in the environment shows where.")
            raise typer.Exit(PROGRAM_AT_FAULT) from None

    return run_command


@app.command()
@answered
def run(
    config: Config,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the results. [default: results/NAME]"),
    ] = None,
    overrides: Overrides = None,
    seed: Seed = None,
    instructions: Annotated[
        bool, typer.Option("--instructions", help="Write every instruction with what became of it.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Run all arrangements, print the comparison, write results."""
    from simulator import api
    from simulator.study.compiled import kernels_cached
    from simulator.study.words import count_of, legible

    loaded = api.load(config, *(overrides or ()), seed=seed)
    place = Path("results") / loaded.name if out is None else out
    if quiet:
        api.run(loaded, out=place, instructions=instructions)
        return
    label = f"{legible(loaded.name)} under {count_of(len(loaded.arrangements), 'arrangement')}"
    cached = kernels_cached(
        {3 if one.book_entry is not None else one.layer for one in loaded.arrangements.values()}
    )
    with progress(label, compiling=not cached) as watch:
        result = api.run(loaded, out=place, instructions=instructions, watch=watch)
    from simulator.report.folder import REPORT
    from simulator.report.tables import render_text

    write(render_text(result, shutil.get_terminal_size().columns, color=takes_color(sys.stdout)))
    write(f"Results: {legible(str(place))}")
    write(f"Page: {legible(str(place / REPORT))}")


@app.command()
@answered
def sweep(
    config: Config,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder of the sweep. [default: results/NAME]"),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, help="Worker processes. [default: one a core]"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Of a Dask scheduler whose workers run it."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run what failed earlier once more.")
    ] = False,
    overrides: Overrides = None,
    seed: Seed = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Run the config's sweep; one that was interrupted goes on where it stopped."""
    from simulator import api
    from simulator.report.folder import REPORT
    from simulator.report.terminal import counted
    from simulator.study.words import count_of, legible

    loaded = api.load(config, *(overrides or ()), seed=seed)
    place = Path("results") / loaded.name if out is None else out
    how = {"out": place, "workers": workers, "scheduler": scheduler, "retry_failed": retry_failed}
    if quiet:
        result = api.sweep(loaded, **how)  # type: ignore[arg-type]
    else:
        with counted(legible(loaded.name)) as progress:
            result = api.sweep(loaded, progress=progress, **how)  # type: ignore[arg-type]
        from simulator.report.sweep.tables import render_sweep

        write(render_sweep(result, shutil.get_terminal_size().columns, color=takes_color(sys.stdout)))
        if result.finished_before:
            write("All runs were finished already; nothing was run.")
        write(f"Results: {legible(str(place))}")
        write(f"Page: {legible(str(place / REPORT))}")
    if result.failures:
        for failure in result.failures[:FAILURES_SHOWN]:
            complain(
                f"run {failure['run']} ({failure['variant']}, seed {failure['seed']}): {failure['error']}"
            )
        complain(
            f"{count_of(len(result.failures), 'run')} of {result.told['runs']} failed; failures.json has "
            "each with its config. --retry-failed runs them once more."
        )
        raise typer.Exit(PROGRAM_AT_FAULT)


@app.command()
@answered
def size(
    config: Config,
    overrides: Overrides = None,
    seed: Seed = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the answer alone.")] = False,
) -> None:
    """Find the least prefunding or credit at which the config's target holds."""
    from simulator import api
    from simulator.report.sized import render_sized
    from simulator.report.terminal import counted
    from simulator.study.words import legible

    loaded = api.load(config, *(overrides or ()), seed=seed)
    if quiet:
        write(render_sized(api.size(loaded), brief=True))
        return
    with counted(legible(loaded.name), "levels tried") as progress:
        sized = api.size(loaded, progress=lambda tried: progress(tried, 0, 0))
    write(render_sized(sized))


@app.command()
@answered
def check(config: Config, overrides: Overrides = None, seed: Seed = None) -> None:
    """Validate, say what would run and how large it is; run nothing."""
    from simulator import api

    write(str(api.check(config, overrides=overrides or (), seed=seed)))


@app.command()
@answered
def trace(
    place: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder of results, of a run with --instructions.")
    ],
    id: Annotated[str, typer.Argument(metavar="ID", help="The instruction's id.", show_default=False)],
    arrangement: Annotated[
        str | None, typer.Option("--arrangement", metavar="NAME", help="Under this one alone.")
    ] = None,
    day: Annotated[
        int | None, typer.Option("--day", metavar="N", help="Its trade day, where ids repeat over days.")
    ] = None,
) -> None:
    """Tell one instruction's life: why it waited, what freed it, when it settled."""
    from simulator import api

    write(str(api.trace(place, id, arrangement, day)))


@app.command()
@answered
def report(
    places: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...", help="Folders of results; several are set side by side.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="File of the page. [default: report.html, of one run in its folder, of several here]",
        ),
    ] = None,
    charts: Annotated[
        Path | None,
        typer.Option("--charts", metavar="DIR", help="Write every chart there too, as PNG and SVG."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Rebuild the page, and charts, from results."""
    from simulator import api
    from simulator.study.words import legible

    page = api.report(*places, out=out)
    if charts is not None:
        for place in places:
            shown = api.read_any(place)
            shown.save_charts(charts / place.resolve().name if len(places) > 1 else charts)
    if not quiet:
        write(f"Page: {legible(str(page))}")


@app.command("break-even")
@answered
def break_even(
    place: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results, of a run with costs.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the map. [default: that of the results]"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Map where two arrangements cost the same: over funding spread and volatility, nothing settled anew."""
    from simulator import api
    from simulator.report.break_even import say_break_even, write_break_even
    from simulator.study.words import legible

    result = api.read(place)
    written = write_break_even(result, place if out is None else out)
    if not quiet:
        write(say_break_even(result))
        for path in written:
            write(f"Map: {legible(str(path))}")


@app.command("list")
@answered
def list_() -> None:
    """Show presets, rules and measures, with one line each."""
    from simulator.report.listing import render_listing

    write(render_listing(shutil.get_terminal_size().columns))


def _terminated(*_: object) -> NoReturn:
    """End by way of every ``finally``, so that nothing half-written stays."""
    raise SystemExit(TERMINATED)


def main() -> None:
    """The command's entry point."""
    prepare_streams()
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # One that is ignored, as under nohup, stays so.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminated)
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    if version:
        import simulator

        write(f"netgross {simulator.__version__}")
        raise typer.Exit
