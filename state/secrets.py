"""Secrets in text: shapes of keys and tokens are taken out before anything is hashed or stored.

Two sources of shapes: the format detectors of detect-secrets, and the patterns that these miss or
match only in part (`_OURS`). Nothing is guessed from entropy: hashes and UUIDs are honest work.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")

_OURS: tuple[tuple[str, str], ...] = (
    ("private-key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?"
                    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)"),
    ("age-key", r"AGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    ("anthropic-key", r"sk-ant-[A-Za-z0-9_-]{12,}"),
    ("openai-key", r"sk-(?:proj|svcacct|admin|None|or-v1)-[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9]{32,}"),
    ("github-token", r"github_pat_[A-Za-z0-9_]{22,}|gh[pousr]_[A-Za-z0-9]{36,}"),
    ("google-key", r"AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}"),
    ("huggingface-token", r"hf_[A-Za-z0-9]{30,}"),
    ("groq-key", r"gsk_[A-Za-z0-9]{40,}"),
    ("xai-key", r"xai-[A-Za-z0-9]{40,}"),
    ("langsmith-key", r"lsv2_(?:pt|sk)_[A-Za-z0-9_]{20,}"),
    ("stripe-key", r"[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|whsec_[A-Za-z0-9+/=]{24,}"),
    ("slack-token", r"xox[a-z]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{20,}"),
    ("npm-token", r"npm_[A-Za-z0-9]{36}"),
    ("vault-token", r"hv[sb]\.[A-Za-z0-9_-]{20,}"),
    ("digitalocean-token", r"do[opr]_v1_[a-f0-9]{64}"),
    ("databricks-token", r"dapi[0-9a-f]{32}"),
    ("shopify-token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("jwt", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),
    ("url-password", r"(?<=://)(?P<keep>[^\s:/@\[\]]{1,100}:)[^\s/@\[\]]{3,200}(?=@)"),
    ("authorization", r"(?i:(?P<keep>authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
                      r"(?:bearer|basic|token)\s{1,3}))[A-Za-z0-9._~+/=-]{12,}"),
    ("aws-secret", r"(?i:(?P<keep>aws_?secret_?(?:access_?)?key[\"']?\s{0,3}[:=]\s{0,3}[\"']?))"
                   r"[A-Za-z0-9/+]{40}"),
    ("secret", r"(?i:(?P<keep>(?:api_?key|secret|token|passwd|password)[\"']?\s{0,3}[:=]\s{0,3}"
               r"[\"']?))(?=[A-Za-z_+/=-]{0,99}\d)(?=[\d_+/=-]{0,99}[A-Za-z])[A-Za-z0-9_+/=-]{20,}"),
)  # fmt: skip
"""Name and pattern; what a pattern calls `keep` stays."""
_THEIRS = (
    "artifactory.ArtifactoryDetector",
    "aws.AWSKeyDetector",
    "azure_storage_key.AzureStorageKeyDetector",
    "cloudant.CloudantDetector",
    "discord.DiscordBotTokenDetector",
    "github_token.GitHubTokenDetector",
    "gitlab_token.GitLabTokenDetector",
    "ibm_cloud_iam.IbmCloudIamDetector",
    "ibm_cos_hmac.IbmCosHmacDetector",
    "mailchimp.MailchimpDetector",
    "npm.NpmDetector",
    "openai.OpenAIDetector",
    "pypi_token.PypiTokenDetector",
    "sendgrid.SendGridDetector",
    "slack.SlackDetector",
    "softlayer.SoftlayerDetector",
    "square_oauth.SquareOAuthDetector",
    "stripe.StripeDetector",
    "telegram_token.TelegramBotTokenDetector",
    "twilio.TwilioKeyDetector",
)
"""The detectors of formats. Those of entropy, keywords and addresses would take out honest work."""
_CANDIDATE = re.compile(r"[A-Za-z0-9_+/=.:-]{12,}")
_DIGIT, _LETTER = re.compile(r"[0-9]"), re.compile(r"[A-Za-z]")
AROUND = 80
"""Characters around a word that may say what it is."""
_WIDE = {"private-key": "PRIVATE KEY", "url-password": "://", "authorization": "uthorization"}
"""Shapes that need no long word with a digit, and what a text must hold to have one."""


def redact(text: str) -> str:
    """The text with `REDACTED-KIND` in the place of each secret, and never longer than before."""
    for hint, name, shape in _wide_shapes():
        if hint in text:
            text = shape.sub(_mark(name), text)
    parts: list[str] = []
    done = 0
    for begin, end in _windows(text):
        parts += [text[done:begin], _by_format(text[begin:end])]
        done = end
    return "".join([*parts, text[done:]]) if parts else text


def _windows(text: str) -> list[tuple[int, int]]:
    """Where a key may stand: around each long word of letters and digits, in order, apart."""
    found: list[tuple[int, int]] = []
    for word in _CANDIDATE.finditer(text):
        if not (_DIGIT.search(word[0]) and _LETTER.search(word[0])):
            continue
        begin, end = max(0, word.start() - AROUND), min(len(text), word.end() + AROUND)
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def _by_format(part: str) -> str:
    for name, shape in (*_our_shapes(), *_their_shapes()):
        part = shape.sub(_mark(name), part)
    return part


def redacted(value: Any) -> Any:
    """A JSON value with every text in it redacted, keys included."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        items: list[tuple[Any, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        return {redacted(key): redacted(one) for key, one in items}
    if isinstance(value, list | tuple):
        ones: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        clean = [redacted(one) for one in ones]
        return tuple(clean) if isinstance(value, tuple) else clean
    return value


def cleaned(model: Model) -> Model:
    """The model with every text in it redacted; the very same object where there is no secret.

    Raises:
        ValidationError: a secret stood where a name has to stand.
    """
    plain = model.model_dump()
    clean = redacted(plain)
    return model if clean == plain else type(model).model_validate(clean)


def _mark(name: str) -> Callable[[re.Match[str]], str]:
    def replaced(found: re.Match[str]) -> str:
        kept = found.groupdict().get("keep") or ""
        edges = re.fullmatch(r"([\s=:\"]?)(.*?)([\s\"]?)", found[0][len(kept) :], re.S)
        before, secret, after = edges.groups() if edges else ("", found[0], "")
        marks = (f"REDACTED-{name}", "REDACTED", "***")
        mark = next((one for one in marks if len(one) <= len(secret)), "*")
        return f"{kept}{before}{mark}{after}"

    return replaced


@cache
def _our_shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _OURS if name not in _WIDE)


@cache
def _wide_shapes() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (_WIDE[name], name, re.compile(pattern)) for name, pattern in _OURS if name in _WIDE
    )


@cache
def _their_shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns of detect-secrets, loaded when something may be a key: it takes 0.2 s."""
    from importlib import import_module

    found: list[tuple[str, re.Pattern[str]]] = []
    for path in _THEIRS:
        module, _, name = path.partition(".")
        detector = getattr(import_module(f"detect_secrets.plugins.{module}"), name)
        kind = str(detector.secret_type).lower().replace(" ", "-")
        found += [(kind, pattern) for pattern in detector.denylist]
    return tuple(found)
