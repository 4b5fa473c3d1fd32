"""Certificates of the test's own, made by openssl when a test asks for them."""

import subprocess
from pathlib import Path

_CONFIG = """\
[ca]
default_ca = ours
[ours]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""
_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


class Authority:
    """Its own certificate is `ca`; `issue` makes others, as `<name>.crt` and `<name>.key`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.ca = folder / "ca.crt"
        (folder / "index").touch()
        (folder / "ca.conf").write_text(_CONFIG.format(folder=folder))
        self._openssl(f"req -x509 {_KEY} -days 3650 -subj /CN=authority -keyout ca.key -out ca.crt")

    def issue(self, name: str, names: str = "IP:127.0.0.1", begin: str = "", end: str = "20491231235959Z") -> Path:
        """The certificate for `names` (subjectAltName), valid in between."""
        self._openssl(
            f"req -new {_KEY} -subj /CN={name} -addext subjectAltName={names} -keyout {name}.key -out {name}.csr"
        )
        self._openssl(
            f"ca -batch -config ca.conf -cert ca.crt -keyfile ca.key -in {name}.csr -out {name}.crt -notext "
            f"-startdate {begin or '20000101000000Z'} -enddate {end}"
        )
        return self._folder / f"{name}.crt"

    def lock_key(self, name: str) -> Path:
        """The same key, behind a password."""
        self._openssl(f"ec -in {name}.key -aes128 -passout pass:secret -out {name}-locked.key")
        return self._folder / f"{name}-locked.key"

    def _openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self._folder, check=True, capture_output=True)
