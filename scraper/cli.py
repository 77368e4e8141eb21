"""The command `morgue`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.cli import archive_commands
from archive.commands.snapshots import snapshot
from archive.errors import ArchiveError
from scraper.commands import crawl_commands
from scraper.commands.rehydrate import rehydrate
from scraper.errors import ConfigError, MorgueError
from scraper.session import Session

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_SETTINGS)
@click.version_option(package_name="morgue")
@click.pass_context
def morgue(context: click.Context) -> None:
    """Keep the news: find a newspaper's articles, fetch them politely, file clean, dated full text in one SQLite file.

    \b
    Begin with:   morgue init, then morgue crawl, then morgue serve
    One address:  morgue add https://www.example.org/2024/11/a-story
    """
    context.ensure_object(Session)


def _remember(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Session).path = value


def _with_config(command: click.Command) -> click.Command:
    """Every command takes --config, wherever a person writes it, and -h, also when it is run by itself."""
    command.context_settings = {**_SETTINGS, **command.context_settings}
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _with_config(child)
    command.params.append(
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path, dir_okay=False),
            expose_value=False,
            callback=_remember,
            is_eager=True,
            help="The configuration.  [default: config.yaml]",
        )
    )
    return command


snapshot.add_command(rehydrate)  # it fetches, so the archive's half does not have it
for _command in (*crawl_commands, *archive_commands):
    morgue.add_command(_command)
_with_config(morgue)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 fine, 1 something needs a look, 2 usage, configuration or archive error."""
    try:
        code = morgue.main(arguments, prog_name="morgue", standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ConfigError as error:
        _complain(*error.problems)
    except (MorgueError, ArchiveError) as error:
        _complain(str(error))
    except BrokenPipeError:  # `morgue search x | head`
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(*lines: str) -> None:
    for line in lines:
        click.echo(f"morgue: {line}", err=True)
    sys.exit(2)
