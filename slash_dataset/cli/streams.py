"""Standard streams treated as Unix tools do: closed, full, broken, or in another encoding.

- A reader that goes away (``| head``) ends the command as SIGPIPE ends any other: without a
  message, and with status 141 in a shell. Unfinished output is cleaned up first, which the signal
  itself would not do.
- Output that cannot be written (a full disk, a closed stream) is an error, with status 1.
- Messages that cannot be written are dropped; the exit status is that of the work.
- Any text can be written: characters outside the encoding are escaped, and bytes of a file name
  that are not text come out unchanged.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

import click


class OutputError(Exception):
    """Standard output cannot be written; not an OSError, which would be mistaken for a file's."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write to standard output: {error.strerror}")
        self.reader_is_gone = error.errno == errno.EPIPE


def echo_when_done(text: object, done: object) -> None:
    """Print the last line of a command; if that fails, the error says what is complete anyway."""
    try:
        click.echo(text)
    except OutputError as error:
        error.args = (f"{error}; {done} is complete",)
        raise


class _Output(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise OutputError(error) from error


class _Messages(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def run(command: Callable[[], object]) -> NoReturn:
    """Run a command with these streams, and end the process with its status."""
    _open_closed_streams()
    codecs.register_error("slash_escape", _escape)
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr)
    status: Any = 0
    try:
        try:
            command()
        except SystemExit as end:
            status = end.code
        sys.stdout.flush()
    except OutputError as error:
        # What is left in the buffer would fail again when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if error.reader_is_gone and hasattr(signal, "SIGPIPE"):
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGPIPE)
        sys.exit(1 if error.reader_is_gone else f"Error: {error}")
    sys.exit(status)


def _open_closed_streams() -> None:
    """Keep files from taking the number of a standard stream, which libraries write messages to."""
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            # Standard output is opened for reading, so that writers learn that it is closed.
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)


def _text(raw: io.FileIO, given: TextIO | None) -> TextIO:
    if sys.platform == "win32" and raw.isatty() and isinstance(given, io.TextIOWrapper):
        # Only Python's own stream writes a console's letters.
        given.reconfigure(errors="slash_escape")
        return given
    encoding = getattr(given, "encoding", None) or "utf-8"
    if (
        codecs.lookup(encoding).name == "ascii"
    ):  # a locale that is not set up; Python itself does the same
        encoding = "utf-8"
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors="slash_escape",
        line_buffering=raw.isatty() or raw.fileno() == 2,
    )


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    error.end = error.start + 1
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)
