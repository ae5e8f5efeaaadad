"""Output in any locale, to a reader that goes away."""

import io
import os

import pytest

from simulator.report import terminal


def written_in(encoding, text):
    terminal.prepare_streams()
    file = io.BytesIO()
    stream = io.TextIOWrapper(file, encoding=encoding, errors="netgross", newline="")
    terminal.write(text, stream)
    return file.getvalue().decode(encoding)


def test_letters_that_a_locale_lacks_are_spelled():
    assert written_in("ascii", "× 1.22 – Müller 🏦") == "x 1.22 - M\\xfcller \\U0001f3e6\n"
    assert written_in("latin-1", "× 1.22 – Müller") == "× 1.22 - Müller\n"
    assert written_in("utf-8", "× 1.22 – Müller 🏦") == "× 1.22 – Müller 🏦\n"


def test_a_reader_that_went_away_is_no_error():
    read, write = os.pipe()
    stream = os.fdopen(write, "w")
    os.close(read)
    terminal.write("nobody reads this", stream)
    terminal.write("nor this", stream)
    stream.close()


def test_a_run_that_is_soon_done_tells_nothing_and_a_long_one_a_line_a_quarter(capsys):
    now = [0.0]
    with terminal._lines("x", clock=lambda: now[0]) as watch:
        watch(900, 1000)
        now[0] = 10.0
        for done in range(0, 1001, 10):
            watch(done, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "x: 250 of 1000 trades after 10 s",
        "x: 500 of 1000 trades after 10 s",
        "x: 750 of 1000 trades after 10 s",
    ]


@pytest.mark.parametrize("compiling", [True, False])
def test_the_first_run_says_that_it_compiles(capsys, compiling):
    with terminal.progress("x", compiling):
        pass
    assert ("compiling the kernels" in capsys.readouterr().err) == compiling
