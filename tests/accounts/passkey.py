"""A passkey as a device makes it, for tests without a browser."""

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

HOST = "testserver"
FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
KEY_ID = b"0123456789abcdef"


def new_credential(client: Client) -> dict[str, Any]:
    """What the browser sends when the device has made a key for the page that was just opened."""
    challenge = client.session["mfa.webauthn.state"]["challenge"]
    told = {"type": "webauthn.create", "challenge": challenge, "origin": f"http://{HOST}"}
    pair = ec.generate_private_key(ec.SECP256R1())
    public = ES256.from_cryptography_key(pair.public_key())  # type: ignore[no-untyped-call]
    key = AttestedCredentialData.create(Aaguid.NONE, KEY_ID, public)
    host = hashlib.sha256(HOST.encode()).digest()
    made = AttestationObject.create("none", AuthenticatorData.create(host, FLAGS, 0, key), {})
    return {
        "type": "public-key",
        "id": websafe_encode(KEY_ID),
        "rawId": websafe_encode(KEY_ID),
        "response": {
            "clientDataJSON": websafe_encode(json.dumps(told).encode()),
            "attestationObject": websafe_encode(made),
        },
        "clientExtensionResults": {},
    }
