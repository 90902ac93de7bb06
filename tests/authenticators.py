"""A device that holds a passkey, as WebAuthn Level 2 describes what it says; a test may let it say something else."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Authenticator:
    """One key for one site."""

    origin: str = "http://localhost:8000"
    host: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    owner: str = ""

    def create(self, options: Mapping[str, Any]) -> str:
        """What a browser says of a new passkey."""
        self.owner = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        made = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(key)
        said = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | WITH_KEY) + made}
        told = self._client("webauthn.create", options["challenge"])
        return self._answer(
            {
                "clientDataJSON": encoded(told),
                "attestationObject": encoded(cbor2.dumps(said)),
                "transports": ["internal"],
            }
        )

    def get(self, options: Mapping[str, Any]) -> str:
        """What it says when it is used."""
        self.count += 1
        told, data = self._client("webauthn.get", options["challenge"]), self._data(self.flags)
        signature = self.key.sign(data + sha256(told).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": encoded(told),
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": self.owner,
            }
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, flags: int) -> bytes:
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: Mapping[str, object]) -> str:
        named = {"id": encoded(self.credential_id), "rawId": encoded(self.credential_id), "type": "public-key"}
        return json.dumps({**named, "response": response, "clientExtensionResults": {}})
