"""The group of commands; each has its own module, imported when the command is called."""

from __future__ import annotations

import importlib
import re
import signal

import click

from .. import release
from ..about import __version__
from ..checks import unknown_name

# Each command, in the module of its name, with one line of help that needs no import.
COMMANDS = {
    "info": "Show the configs: sizes, features, parameters, checksums, licence.",
    "preview": "Draw a labelled montage of configs.",
    "explore": "Open the page that shows why convolution works.",
    "verify": "Replay or redraw, and compare with the recorded checksums.",
    "export": "Write a config in the form that a framework reads.",
    "benchmark": "Measure the published table of models, and more.",
    "sweep": "Train models on every combination of parameters; resumable.",
    "scaling": "Measure how many train rows models need as images grow.",
    "build": "Build the release folder, ready for the Hub.",
    "release": "Build, upload, compare and tag a version on the Hub.",
    "versions": "List the versions on the Hub.",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Answer an unknown command with the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(str(unknown_name("command", args[0], COMMANDS)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; bad input and failures end with a message, not a traceback.

        As in click's own checks, bad input has status 2; a failure has status 1, and Ctrl-C 130, as
        in other tools.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise SystemExit(128 + signal.SIGINT) from None
        except (ValueError, IndexError, ImportError, OSError) as error:
            name = ctx.invoked_subcommand or ""
            command = self.get_command(ctx, name)
            message = _in_words_of(command, str(error))
            if command is not None and isinstance(error, (ValueError, IndexError)):
                own = click.Context(command, ctx, name)
                raise click.UsageError(message, own) from error
            raise click.ClickException(message) from error
        except release.ReleaseError as error:
            raise click.ClickException(str(error)) from error


def _in_words_of(command: click.Command | None, message: str) -> str:
    """Turn the arguments that an error names, such as ``force=True``, into options, ``--force``."""
    for parameter in command.params if command else ():
        if isinstance(parameter, click.Option) and parameter.name:
            flag = next(opt for opt in parameter.opts if opt.startswith("--"))
            gap = "" if parameter.is_flag else " "
            value = r"=(?:True|False)" if parameter.is_flag else "="
            # The destination of a writer is --out in a command without DEST.
            name = "(?:out|dest)" if parameter.name == "out" else flag[2:].replace("-", "_")
            message = re.sub(rf"\b{name}{value}", flag + gap, message)
            message = re.sub(rf"\b{name} takes\b", f"{flag} takes", message)
    return message


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="slash-dataset")
def cli() -> None:
    """The Slash dataset: noisy images of one short stroke, a backslash or a slash.

    \b
    A first look:
      slash-dataset info
      slash-dataset preview original long rotated --out slash.png
      slash-dataset verify
    """
