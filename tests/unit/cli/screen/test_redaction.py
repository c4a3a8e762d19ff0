"""Free text on its way out: no secret that it repeats, names or hides in an address."""

from __future__ import annotations

import json

import pytest

from constructs_lib.cli.screen.lines import one_cell
from constructs_lib.cli.screen.redaction import redact_text, secrets_of
from constructs_lib.events.sensitive_fields import PERSONAL_NAMES, SECRET_NAMES
from tests.hostile_json import HOSTILE_VALUES
from tests.unit.cli.dlq.dead_letters import EVENT, SECRET


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("POST https://hooks.example.com/services/T0/B0/hush: 404", "POST https://hooks.example.com/[redacted] 404"),
        ("https://me:hush@example.com/ failed", "https://example.com/ failed"),
        ("https://hush@example.com", "https://example.com"),
        ("https://example.com?key=hush", "https://example.com/[redacted]"),
        ("https://example.com#hush", "https://example.com/[redacted]"),
        ('{"url":"https://example.com/a/hush"}', '{"url":"https://example.com/[redacted]"}'),
        (r'{"url":"https:\/\/example.com\/a\/hush"}', r'{"url":"https:\/\/example.com/[redacted]"}'),
        ("http://[::1]:8080/hush", "http://[::1]:8080/[redacted]"),
        ("see https://api.saasus.io/v1/auth/tenants", "see https://api.saasus.io/v1/auth/tenants"),
        ("https://sqs.eu-west-1.amazonaws.com/1/q", "https://sqs.eu-west-1.amazonaws.com/1/q"),
        ("at https://example.com/ and on", "at https://example.com/ and on"),
    ],
)
def test_an_address_shows_its_host_alone(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_a_signed_address_of_aws_shows_no_signature() -> None:
    text = "PUT https://bucket.s3.amazonaws.com/key?X-Amz-Signature=hush&X-Amz-Security-Token=hush failed"
    assert "hush" not in redact_text(text)


@pytest.mark.parametrize(
    "text",
    ["no eyJhbGciOiJSUzI1NiJ9.hush here", "Invalid API Key provided, sk_live_hush", "with Bearer hush-0123456789"],
)
def test_what_has_the_form_of_a_secret_goes_where_no_name_tells_it(text: str) -> None:
    assert "hush" not in redact_text(text)


@pytest.mark.parametrize("name", sorted(SECRET_NAMES | PERSONAL_NAMES))
@pytest.mark.parametrize("form", ["{}: hush", 'it has {{"{}": "hush"}}', r"{{\"{}\":\"hush\"}}", "{}=hush"])
def test_what_follows_the_name_of_a_secret_is_cut_off(name: str, form: str) -> None:
    assert "hush" not in redact_text(form.format(name))


def test_a_given_secret_of_four_letters_goes_inside_words_too_and_a_shorter_one_as_a_word() -> None:
    assert redact_text("xhushx", {"hush"}) == "x[redacted]x"
    assert redact_text("xhux hu", {"hu"}) == "xhux [redacted]"


@pytest.mark.parametrize("host", ["amazonaws.com.example.com", "notamazonaws.com", "saasus.io.example.com"])
def test_a_host_that_only_looks_like_awss_keeps_its_path_to_itself(host: str) -> None:
    assert "hush" not in redact_text(f"https://{host}/hush")


@pytest.mark.parametrize(
    ("address", "ip"), [("203.0.113.7:51234", "203.0.113.7"), ("[2001:db8::7]:443", "2001:db8::7")]
)
def test_an_address_goes_without_its_port_too(address: str, ip: str) -> None:
    assert redact_text(f"from {ip}", secrets_of({"ip": address})) == "from [redacted]"


@pytest.mark.parametrize("text", HOSTILE_VALUES.values(), ids=HOSTILE_VALUES)
def test_secrets_are_found_in_any_event(text: str) -> None:
    record = {**json.loads(EVENT["detail"]["event"]), "request_body": text}
    event = {**EVENT, "detail": {**EVENT["detail"], "event": json.dumps(record)}}
    shown = redact_text(f"no function for {SECRET}, or {'x' * 200}", secrets_of(event))
    assert SECRET not in shown
    assert "no function for" in shown


def test_a_cell_is_cut_and_printable() -> None:
    assert one_cell("x" * 100) == "x" * 100
    assert one_cell("x" * 101) == "x" * 100 + "…"
    assert one_cell("a\nb\x1b") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
