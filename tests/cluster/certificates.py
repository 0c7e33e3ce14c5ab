"""The certificate authority of a cluster: server certificates and users' client certificates."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LIFETIME = timedelta(days=365)
NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
ADDRESSES = ("127.0.0.1", "10.96.0.1")


@dataclass(frozen=True)
class Authority:
    """Signs for one cluster; its files live in the cluster's own folder."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """What clients trust."""
        return self.folder / "ca.crt"

    def create(self) -> None:
        """Write a new authority, a server certificate and the service-account keys."""
        self.folder.mkdir(mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("testbed")
        builder = (
            _builder(name, name, key.public_key(), key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signing(), critical=True)
        )
        self._write("ca", key, builder.sign(key, hashes.SHA256()))
        self.issue("server", server=True)
        account_key = ec.generate_private_key(ec.SECP256R1())
        (self.folder / "service-account.key").write_bytes(_private(account_key))
        (self.folder / "service-account.pub").write_bytes(_public(account_key))

    def issue(
        self,
        user: str,
        groups: Iterable[str] = (),
        *,
        server: bool = False,
        names: Iterable[str] = NAMES,
        file: str = "",
    ) -> tuple[Path, Path]:
        """Sign a certificate for a user of these groups, or for a server; return both files."""
        issuer = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        issuer_key = serialization.load_pem_private_key(
            (self.folder / "ca.key").read_bytes(), password=None
        )
        assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(user, groups)
        builder = _builder(subject, issuer.subject, key.public_key(), issuer_key.public_key())
        builder = builder.add_extension(_usage(server=server), critical=False)
        if server:
            builder = builder.add_extension(_alternatives(names), critical=False)
        return self._write(file or user, key, builder.sign(issuer_key, hashes.SHA256()))

    def _write(
        self, file: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> tuple[Path, Path]:
        paths = self.folder / f"{file}.crt", self.folder / f"{file}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(_private(key))
        return paths


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    """What all certificates have in common; strict clients insist on both key identifiers."""
    own = x509.SubjectKeyIdentifier.from_public_key(key)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(own, critical=False)
        .add_extension(signer, critical=False)
    )


def _name(user: str, groups: Iterable[str] = ()) -> x509.Name:
    """Kubernetes reads the user from the common name and the groups from the organizations."""
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, user)])


def _signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _usage(*, server: bool) -> x509.ExtendedKeyUsage:
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    return x509.ExtendedKeyUsage([purpose])


def _alternatives(names: Iterable[str]) -> x509.SubjectAlternativeName:
    called = [x509.DNSName(name) for name in names]
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    return x509.SubjectAlternativeName([*called, *addresses])


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
