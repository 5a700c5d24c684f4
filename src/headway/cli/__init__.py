"""The command line: thin layers over the library, one small file per command."""

import signal


def main() -> None:
    """Run the command line; until it can say a word, Ctrl-C ends the process without one, and without a traceback."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # not where the process was started to ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from headway.cli.main import main as run

    signal.signal(signal.SIGINT, before)
    run()
