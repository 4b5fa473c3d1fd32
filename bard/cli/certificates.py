"""`bard certificate`: a calibration's record as one page to print.

One law: it reads, and writes the page and nothing else; a calibration without a record gets none.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bard.cli.pages import put
from bard.config.calibration_file import CALIBRATION_FILE, Stored, find, load_stored
from bard.config.checked import checked
from bard.config.load import load_settings
from bard.errors import Refused
from bard.studio.holdings import REPORTS

if TYPE_CHECKING:
    from bard.commission.record import CalibrationRecord


@click.command("certificate")
@click.argument("digest", required=False)
@click.option("-o", "out", metavar="FILE", help="Write the page there; - for standard output.")
@click.pass_obj
def certificate_command(config: str, digest: str | None, out: str | None) -> None:
    """Write the certificate of the calibration in use, or of the one whose digest begins with DIGEST.

    One HTML file that prints on one A4 page. Without -o: reports/certificate-<digest>.html in the journal's directory.
    """
    from bard.report.certificate import certificate

    folder = Path(load_settings(Path(config)).journal.directory)
    stored = _stored(folder / CALIBRATION_FILE, digest)
    of = stored.calibration.digest
    record = _record(stored, folder / CALIBRATION_FILE)
    put(certificate(record, of), out, folder / REPORTS / f"certificate-{of}.html")


def _stored(path: Path, digest: str | None) -> Stored:
    now = load_stored(path)
    if digest is None:
        if now is None:
            raise Refused(f"{path}: no calibration yet: bard calibrate makes one")
        return now
    if now is not None and digest and now.calibration.digest.startswith(digest):
        return now
    return find(path, digest)


def _record(stored: Stored, path: Path) -> "CalibrationRecord":
    from bard.commission.record import CalibrationRecord

    if stored.record is None:
        raise Refused(
            f"calibration {stored.calibration.digest}: nothing is recorded of how it was made, so there is nothing to "
            "certify; bard calibrate, gone through from the start, records it"
        )
    return checked(stored.record, CalibrationRecord, path, under="record")
