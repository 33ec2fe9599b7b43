"""Planted secrets: shaped like real ones, put together here so that no scanner finds them."""

import base64
import json

_A = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hJ7kL9"
_HEX = "0123456789abcdef" * 4


def _jwt() -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "name": "canary"}]
    told = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(one.rstrip("=") for one in told), _A])


CANARIES: dict[str, str] = {
    "anthropic": f"sk-ant-api03-{_A}-{_A}AA",
    "openai": f"sk-proj-{_A}{_A}",
    "openai_old": f"sk-{_A[:20]}T3BlbkFJ{_A[:20]}",
    "aws_id": f"AKIA{'IOSFODNN7EXAMPLZ'}",
    "github": f"ghp_{_A[:36]}",
    "github_fine": f"github_pat_11ABCDEFG0{_A}",
    "gitlab": f"glpat-{_A[:20]}",
    "slack": f"xoxb-123456789012-123456789012-{_A[:24]}",
    "stripe": f"sk_live_{_A[:24]}",
    "google": f"AIza{_A[:35]}",
    "huggingface": f"hf_{_A[:34]}",
    "langsmith": f"lsv2_pt_{_HEX[:32]}_{_HEX[:10]}",
    "sendgrid": f"SG.{_A[:22]}.{(_A + _A)[:43]}",
    "npm": f"npm_{_A[:36]}",
    "pypi": f"pypi-AgEIcHlwaS5vcmc{_A}{_A}",
    "telegram": f"1234567890:{_A[:35]}",
    "twilio": f"AC{_HEX[:32]}",
    "azure": f"AccountKey={(_A * 3)[:86]}==",
    "vault": f"hvs.{_A}",
    "jwt": _jwt(),
    "private_key": f"-----BEGIN RSA PRIVATE KEY-----\n{_A}\n{_A}\n-----END RSA PRIVATE KEY-----",
}
"""Kind → secret."""
IN_CONTEXT: dict[str, tuple[str, str]] = {
    "url": ("postgres://app:hunter2secret@db/app", "hunter2secret"),
    "bearer": (f"Authorization: Bearer {_A}", _A),
    "aws_secret": (f"AWS_SECRET_ACCESS_KEY={(_A + _A)[:40]}", (_A + _A)[:40]),
    "assigned": (f'payment_api_key = "{_HEX[:32]}"', _HEX[:32]),
}
"""Kind → a line, and the secret in it."""


def leaks(text: str) -> list[str]:
    """The kinds of canary that a text holds, whole or as the half that still gives it away."""
    secrets = CANARIES | {kind: secret for kind, (_, secret) in IN_CONTEXT.items()}
    found = [kind for kind, secret in secrets.items() if secret in text]
    return found + [kind for kind, secret in CANARIES.items() if secret[-20:] in text]
