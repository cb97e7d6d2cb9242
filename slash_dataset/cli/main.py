"""The group of commands; each lives in its own module and is imported when it is called."""

from __future__ import annotations

import importlib

import click

import slash_dataset

# Command name: module and one line of help, which `--help` shows without importing the module.
_COMMANDS = {
    "info": ("info", "Show the configs: sizes, features, parameters, checksums, licence."),
    "preview": ("preview", "Draw a labelled montage of configs."),
    "verify": ("verify", "Replay or redraw, and compare with the recorded checksums."),
    "export": ("export", "Write a config in the form that a framework reads."),
    "benchmark": ("benchmark", "Measure the published table of models, and beyond it."),
    "build": ("build", "Build the folder that stands on the Hub."),
    "release": ("release", "Build, upload, compare and tag a version on the Hub."),
    "versions": ("versions", "List the versions on the Hub."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; bad input and failures end in one line, not in a traceback."""
        try:
            return super().invoke(ctx)
        except (ValueError, IndexError, ImportError, OSError) as error:
            raise click.ClickException(str(error)) from error


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(slash_dataset.__version__, package_name="slash-dataset")
def cli() -> None:
    """The Slash dataset: noisy images of one short stroke, a backslash or a slash.

    \b
    A first look:
      slash-dataset info
      slash-dataset preview original long rotated --out slash.png
      slash-dataset verify
    """
