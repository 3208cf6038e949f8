"""Ways to people: Slack, signed webhooks and e-mail, each against a receiver of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.smtp.channel import Email
from aright.adapters.smtp.config import EmailConfig
from aright.adapters.webhook.channel import SignedWebhook, SignedWebhookConfig
from aright.adapters.webhook.slack import Slack, SlackConfig
from aright.core.model.message import Message
from aright.core.model.signature import sign
from aright.core.page.body import PageBody
from aright.ports.channel import Channel, DeliveryError
from tests.contract.authority import authority
from tests.contract.fake_smtp import FakeSmtp, mailing
from tests.contract.listening import Reply, Request, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "a secret of 24 letters.."
HOSTILE = "<!channel> <script>alert(1)</script>\r\nBcc: eve@example.org"


def message(action: str = "trigger", **changes: object) -> Message:
    body = PageBody(
        action=action,
        incident="INC-1",
        service="shop",
        severity=1,
        title="clicks fell",
        opened_at=5_000_000,
        link="https://aright.example/incidents/INC-1",
        facts={"who is hit": "30 % of users"},
        to="ada",
        because="you have the shift of primary",
    )
    return Message(
        id=f"aright-INC-1-5-{action}",
        channel="way",
        dedup_key="aright-INC-1-5/way/ada",
        incident="INC-1",
        urgency=1,
        body=msgspec.json.encode(msgspec.structs.replace(body, **changes)),
        due_at=5_000_000,
    )


def keeping(seen: list[Request]) -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        seen.append(request)
        return Reply(200, b"ok")

    return answer


@contextmanager
def slack(answer: Callable[[Request], Reply], *, timeout: float = 5.0, mention: str = "") -> Iterator[Slack]:
    with listen(answer) as listener:
        channel = Slack(
            "way",
            SlackConfig(url=f"{listener.url}/services/very-secret", timeout=timeout, mention=mention),
        )
        yield channel
        channel.close()


@contextmanager
def signed(answer: Callable[[Request], Reply], *, timeout: float = 5.0) -> Iterator[SignedWebhook]:
    with listen(answer) as listener:
        config = SignedWebhookConfig(url=f"{listener.url}/very-secret", secret=SECRET, timeout=timeout)
        channel = SignedWebhook("way", config, now=lambda: 1_700_000_000.9)
        yield channel
        channel.close()


@pytest.fixture(params=[slack, signed], ids=["slack", "webhook"])
def posting(request: pytest.FixtureRequest) -> object:
    return request.param


def test_each_is_a_way():
    made: list[Channel] = [
        Slack("s", SlackConfig(url="https://x.example")),
        SignedWebhook("w", SignedWebhookConfig(url="https://x.example", secret=SECRET)),
        Email("m", EmailConfig(host="mail.example", sender="aright@example.org")),
    ]
    assert [channel.name for channel in made] == ["s", "w", "m"]
    assert {channel.kind for channel in made} == {"way"}
    assert all("trigger" in channel.takes and "remind" in channel.takes for channel in made)


def test_what_is_accepted_is_said(posting):
    with posting(lambda _: Reply(200, b"ok")) as channel:
        assert channel.deliver(message()).answer == "ok"


@pytest.mark.parametrize(
    ("status", "permanent", "whole"),
    [(400, True, False), (403, False, False), (404, False, False), (429, False, True), (500, False, False)],
)
def test_what_may_be_tried_again(posting, status: int, permanent: bool, whole: bool):
    with (
        posting(lambda _: Reply(status, b"no", {"Retry-After": "7"})) as channel,
        pytest.raises(DeliveryError) as caught,
    ):
        channel.deliver(message())
    assert (caught.value.permanent, caught.value.whole) == (permanent, whole)
    assert caught.value.retry_after == (None if permanent else 7.0)
    assert "very-secret" not in str(caught.value)


def test_a_line_that_is_cut_and_one_that_hangs_may_be_tried_again(posting):
    for reply in (Reply(drop=True), Reply(silent=True)):
        with (
            posting(lambda _, reply=reply: reply, timeout=0.2) as channel,
            pytest.raises(DeliveryError) as caught,
        ):
            channel.deliver(message())
        assert not caught.value.permanent
        assert "very-secret" not in str(caught.value)


def test_no_redirect_is_followed_and_no_answer_is_endless(posting):
    with (
        posting(lambda _: Reply(302, b"", {"Location": "http://127.0.0.1:1/"})) as channel,
        pytest.raises(DeliveryError, match="302"),
    ):
        channel.deliver(message())
    with posting(lambda _: Reply(200, b"x" * 5_000_000)) as channel:
        assert len(channel.deliver(message()).answer) == 2_000


def test_what_is_no_page_never_goes_out(posting):
    broken = msgspec.structs.replace(message(), body=b"[]")
    with posting(lambda _: Reply(200)) as channel, pytest.raises(DeliveryError) as caught:
        channel.deliver(broken)
    assert caught.value.permanent


# Slack


def test_slack_shows_the_page_with_its_link_and_calls_whom_it_may():
    seen: list[Request] = []
    with slack(keeping(seen), mention="here") as channel:
        channel.deliver(message(address="U024BE7LH"))
    told = msgspec.json.decode(seen[0].body)
    head = told["blocks"][0]["text"]["text"]
    assert head.startswith("<!here> <@U024BE7LH> 🔴 *SEV1 INC-1: clicks fell*")
    assert "<https://aright.example/incidents/INC-1|Open INC-1>" in head
    assert "who is hit: 30 % of users" in told["blocks"][1]["text"]["text"]
    assert told["text"].endswith("SEV1 INC-1: clicks fell")


def test_slack_lets_no_text_of_others_call_anybody():
    seen: list[Request] = []
    with slack(keeping(seen)) as channel:
        channel.deliver(
            message(title=HOSTILE, facts={"x": HOSTILE}, address="U1> <!channel", link="javascript:1")
        )
    assert b"<!channel>" not in seen[0].body
    assert b"javascript" not in seen[0].body
    assert b"<@" not in seen[0].body


def test_slack_sections_stay_within_what_slack_takes():
    seen: list[Request] = []
    with slack(keeping(seen)) as channel:
        channel.deliver(message(text="é" * 50_000, title="t" * 50_000))
    for block in msgspec.json.decode(seen[0].body)["blocks"]:
        assert len(block["text"]["text"]) <= 3_000


# A webhook of one's own


def test_a_webhook_is_signed_and_carries_the_keys_of_repeats():
    seen: list[Request] = []
    with signed(keeping(seen)) as channel:
        channel.deliver(message())
        channel.deliver(message())
    first, again = seen
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"] == "aright-INC-1-5-trigger"
    assert first.headers["x-aright-signature"] == sign(SECRET, "1700000000", first.body)
    told = msgspec.json.decode(first.body)
    assert (told["action"], told["to"], told["dedup_key"]) == ("trigger", "ada", "aright-INC-1-5/way/ada")


# E-mail


@contextmanager
def emailing(
    fake: FakeSmtp,
    *,
    to: str = "",
    security: str = "none",
    timeout: float = 5.0,
    user: str = "",
    ca_file: str = "",
) -> Iterator[Email]:
    with mailing(fake):
        sender = "aright@example.org"
        yield Email(
            "mail",
            EmailConfig(
                host="127.0.0.1",
                port=fake.port,
                sender=sender,
                security=security,
                to=to,
                timeout=timeout,
                user=user,
                password="hidden-word" if user else "",
                ca_file=ca_file,
            ),
        )


def test_a_letter_goes_to_the_person_in_the_thread_of_its_incident():
    fake = FakeSmtp()
    with emailing(fake) as channel:
        channel.deliver(message(address="ada@example.org"))
        channel.deliver(message("resolve", address="ada@example.org"))
    (to, page), (_, end) = fake.letters
    assert to == ("ada@example.org",)
    assert page["Subject"] == "SEV1 INC-1: clicks fell"
    assert page["Importance"] == "high"
    assert "who is hit: 30 % of users" in page.get_content()
    assert "You are told because you have the shift of primary." in page.get_content()
    assert page["References"] == end["References"]
    assert page["Message-ID"] != end["Message-ID"]


def test_a_repeated_letter_has_the_same_identity():
    fake = FakeSmtp()
    with emailing(fake) as channel:
        for _ in range(2):
            channel.deliver(message(address="ada@example.org"))
    assert len({made["Message-ID"] for _, made in fake.letters}) == 1


def test_a_room_gets_what_is_for_nobody_and_without_one_the_message_says_so():
    fake = FakeSmtp()
    with emailing(fake, to="ops@example.org, lead@example.org") as channel:
        channel.deliver(message("update", to="", text="All is well again."))
    assert fake.letters[0][0] == ("ops@example.org", "lead@example.org")
    with emailing(FakeSmtp()) as channel, pytest.raises(DeliveryError, match="no e-mail address") as caught:
        channel.deliver(message())
    assert caught.value.permanent


def test_no_text_of_others_becomes_a_header():
    fake = FakeSmtp()
    with emailing(fake) as channel:
        channel.deliver(message(title=HOSTILE, address="ada@example.org"))
        with pytest.raises(DeliveryError):
            channel.deliver(message(address="ada@example.org\r\nBcc: eve@example.org"))
    ((to, made),) = fake.letters
    assert to == ("ada@example.org",)
    assert made["Bcc"] is None


@pytest.mark.parametrize(
    ("verb", "answer", "permanent"),
    [
        ("RCPT", "550 nobody here", True),
        ("RCPT", "451 greylisted", False),
        ("DATA", "554 no", True),
        ("MAIL", "421 busy", False),
        ("AUTH", "535 wrong password", False),
    ],
)
def test_what_a_mail_server_says_decides_whether_it_is_tried_again(verb: str, answer: str, permanent: bool):
    fake = FakeSmtp(answers={verb: answer})
    with emailing(fake) as channel:
        if verb == "AUTH":  # only over TLS in earnest; here the config is bent to see the answer
            object.__setattr__(channel._config, "user", "u")
            object.__setattr__(channel._config, "password", "hidden-word")
        with pytest.raises(DeliveryError) as caught:
            channel.deliver(message(address="ada@example.org"))
    assert caught.value.permanent is permanent
    assert "hidden-word" not in str(caught.value)


def test_a_mail_server_that_hangs_or_goes_is_tried_again():
    for fake in (FakeSmtp(silent="MAIL"), FakeSmtp(drop="RCPT")):
        with emailing(fake, timeout=0.3) as channel, pytest.raises(DeliveryError) as caught:
            channel.deliver(message(address="ada@example.org"))
        assert not caught.value.permanent


def test_a_password_goes_over_tls_to_a_server_that_is_who_it_says():
    made = authority()
    fake = FakeSmtp(tls=made.server)
    with emailing(fake, security="starttls", user="aright", ca_file=str(made.ca_file)) as channel:
        channel.deliver(message(address="ada@example.org"))
    assert fake.logins == len(fake.letters) == 1
    stranger = FakeSmtp(tls=made.server)
    with (
        emailing(stranger, security="starttls", user="aright") as channel,
        pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED") as caught,
    ):
        channel.deliver(message(address="ada@example.org"))
    assert not caught.value.permanent
    assert stranger.logins == 0


def test_without_starttls_nothing_is_sent_in_the_open():
    fake = FakeSmtp()
    with emailing(fake, security="starttls") as channel, pytest.raises(DeliveryError) as caught:
        channel.deliver(message(address="ada@example.org"))
    assert not caught.value.permanent
    assert not fake.letters


# What cannot be right is said before the night


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SlackConfig(url="hooks.example/x"), "https://"),
        (lambda: SlackConfig(url="https://x", mention="everyone"), "here, channel"),
        (lambda: SlackConfig(url="https://x", timeout=9), "at most 5"),
        (lambda: SignedWebhookConfig(url="ftp://x", secret=SECRET), "https://"),
        (lambda: SignedWebhookConfig(url="https://x", secret="short"), "16 characters"),
        (lambda: SignedWebhookConfig(url="https://x", secret=SECRET, timeout=0), "above 0"),
        (lambda: EmailConfig(host="https://mail", sender="a@b.example"), "without https"),
        (lambda: EmailConfig(host="mail", sender="aright"), "no e-mail address"),
        (lambda: EmailConfig(host="mail", sender="a@b.example", security="ssl"), "starttls"),
        (lambda: EmailConfig(host="mail", sender="a@b.example", port=70_000), "65536"),
        (lambda: EmailConfig(host="mail", sender="a@b.example", user="u", security="none"), "open line"),
        (lambda: EmailConfig(host="mail", sender="a@b.example", to="a@b.example, x"), "no e-mail address"),
        (lambda: EmailConfig(host="mail", sender="a@b.example", timeout=60), "at most 5"),
    ],
)
def test_settings_that_cannot_be_right(make: Callable[[], object], said: str):
    with pytest.raises(ValueError, match=said):
        make()


def test_secrets_are_not_shown():
    shown = repr(
        (
            SlackConfig(url="https://x/very-secret"),
            SignedWebhookConfig(url="https://x", secret=SECRET),
            EmailConfig(host="m", sender="a@b.example", user="u", password="hidden-word"),
        )
    )
    assert "very-secret" not in shown
    assert SECRET not in shown
    assert "hidden-word" not in shown
