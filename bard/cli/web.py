"""`bard web`: the page, and who may open it."""

import time
from pathlib import Path

import click

from bard.config.load import load_settings
from bard.control.words import time_words
from bard.errors import ConfigError, UsageError
from bard.settings import Settings
from bard.web.access import CODE_S, Access
from bard.web.address import is_loopback, url_of, uses_tls
from bard.web.roles import Role


@click.group(invoke_without_command=True)
@click.pass_context
def web(ctx: click.Context) -> None:
    """Serve the page on which a phone, a tablet or a PC shows the load; runs until it is told to end."""
    if ctx.invoked_subcommand is not None:
        return
    settings = load_settings(Path(ctx.obj))
    try:
        from bard.web.serve import serve
    except ModuleNotFoundError as error:
        raise _not_installed(error) from None
    serve(settings, str(ctx.obj))


@web.command("pair")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="Who uses the device.")
@click.pass_obj
def web_pair(config: str, role: str) -> None:
    """Show a one-time code, and a QR code to scan, for one phone, tablet or PC."""
    settings = load_settings(Path(config))
    try:
        import segno
    except ModuleNotFoundError as error:
        raise _not_installed(error) from None
    code = _access(settings).new_code(Role(role))
    url = url_of(settings.web)
    segno.make(f"{url}/pair#{code}", micro=False).terminal(compact=True)
    click.echo(f"\nscan this, or open {url}/pair and type\n\n    {code}\n")
    click.echo(f"for one device of a {role}, within {time_words(CODE_S)}; `bard web` must run")
    if is_loopback(settings.web.host):
        click.echo("only a browser on this machine can open that: for others set web.host (docs/page.md)")
    trust = _trust_words(settings)
    if trust:
        click.echo(trust)


@web.command("sessions")
@click.pass_obj
def web_sessions(config: str) -> None:
    """List the paired devices."""
    devices = _access(load_settings(Path(config))).devices()
    if not devices:
        click.echo("no device is paired")
    now = time.time()
    for one in devices:
        seen, left = time_words(now - one.seen), time_words(one.expires - now)
        click.echo(f"{one.id}  {one.role:<10} {one.words:<10} last seen {seen} ago, for another {left}")


@web.command("revoke")
@click.argument("device", metavar="ID", required=False)
@click.option("--all", "everybody", is_flag=True, help="Every device, and every code not used yet.")
@click.pass_obj
def web_revoke(config: str, device: str | None, everybody: bool) -> None:
    """Shut a device out, at once: ID from `bard web sessions`."""
    if everybody == (device is not None):
        raise UsageError("web revoke: give either ID or --all")
    access = _access(load_settings(Path(config)))
    if device is None:
        click.echo(f"{access.revoke_all()} devices shut out")
    elif access.revoke(device):
        click.echo(f"device {device} shut out")
    else:
        there = ", ".join(one.id for one in access.devices()) or "none is paired"
        raise UsageError(f'web revoke: "{device}"; allowed: {there}')


def _access(settings: Settings) -> Access:
    return Access(Path(settings.journal.directory) / "web", settings.web.session_days)


def _trust_words(settings: Settings) -> str | None:
    """How to know the certificate that was made here."""
    if not uses_tls(settings.web) or settings.web.cert_file is not None:
        return None
    try:
        from bard.web.certificate import fingerprint
    except ModuleNotFoundError:
        return None
    found = fingerprint(Path(settings.journal.directory) / "web")
    where = f"{url_of(settings.web)}/authority.crt"
    if found is None:
        return f"its certificate is made when `bard web` first runs; docs/page.md says how to trust it ({where})"
    return f"to trust its certificate once and for all (docs/page.md): {where}, SHA-256\n{found}"


def _not_installed(error: ModuleNotFoundError) -> ConfigError:
    return ConfigError(f"web: {error.name} is not installed; pip install 'bard[web]'")
