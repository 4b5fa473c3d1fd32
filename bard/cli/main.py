"""`bard`: the commands by name. Each is imported when it is called, so that a quick one starts quickly."""

import importlib
import sys

import click

from bard import __version__
from bard.errors import BardError

_COMMANDS = {
    "run": "bard.cli.running:run_command",
    "client": "bard.cli.clients:client",
    "therapist": "bard.cli.therapists:therapist",
    "intake": "bard.cli.intakes:intake_command",
    "session": "bard.cli.sessions:session",
    "sessions": "bard.cli.listing:sessions_command",
    "weigh-in": "bard.cli.sessions:weigh_in",
    "zone": "bard.cli.sessions:zone",
    "rezero": "bard.cli.sessions:rezero",
    "step-down": "bard.cli.asking:step_down",
    "pause": "bard.cli.asking:pause",
    "ack": "bard.cli.asking:ack",
    "quiet": "bard.cli.asking:quiet",
    "status": "bard.cli.asking:status",
    "watch": "bard.cli.asking:watch_command",
    "web": "bard.cli.web:web",
    "mqtt": "bard.cli.mqtt:mqtt",
    "alarms": "bard.cli.alarms:alarms_command",
    "daily": "bard.cli.daily:daily_command",
    "test-alarms": "bard.cli.trying:test_alarms",
    "inspected": "bard.cli.trying:inspected",
    "calibrate": "bard.cli.calibrating:calibrate",
    "verify": "bard.cli.verifying:verify",
    "calibration": "bard.cli.calibrations:calibration",
    "report": "bard.cli.reports:report",
    "certificate": "bard.cli.certificates:certificate_command",
    "doctor": "bard.cli.doctor:doctor_command",
    "flash": "bard.cli.flashing:flash_command",
    "simulate": "bard.cli.simulating:simulate_command",
    "backup": "bard.cli.backups:backup_command",
    "purge": "bard.cli.purging:purge_command",
    "restore": "bard.cli.backups:restore_command",
    "tape": "bard.cli.tapes:tape",
    "replay": "bard.cli.tapes:replay_command",
    "demo": "bard.cli.demo:demo_command",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        where = _COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="bard")
@click.option(
    "--config",
    envvar="BARD_CONFIG",
    default="/etc/bard/bard.toml",
    show_default=True,
    help="The configuration file (or BARD_CONFIG).",
)
@click.pass_context
def cli(ctx: click.Context, config: str) -> None:
    """Load monitor for overhead bars: the weight on the client, its limit, and an alarm that arrives."""
    ctx.obj = config


def main() -> None:
    """Run the command line; what cannot be done is one line on stderr and an exit status (bard.errors)."""
    try:
        sys.exit(cli(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.UsageError as error:
        path = f" (see {error.ctx.command_path} --help)" if error.ctx is not None else ""
        click.echo(f"bard: {' '.join(error.format_message().split())}{path}", err=True)
        sys.exit(error.exit_code)
    except BardError as error:
        click.echo(f"bard: {error}", err=True)
        sys.exit(error.exit_status)
    except click.Abort:
        sys.exit(130)
