"""A form that is not right comes back; a body that no page of ours sends is refused."""

from __future__ import annotations

import pytest

from tests.integration.reconnect.bench import BROWSER, FORM_TYPE, TOKEN, Bench, queued

FORM = "f" * 24


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"setup_token": ""}, "Please fill this in."),
        ({"setup_token": "not a token!"}, "This does not look right. Please check it."),
        ({"setup_token": "a\x00b"}, "This does not look right. Please check it."),
        ({"setup_token": "a" * 2049}, "This is too long."),
        ({"setup_token": TOKEN, "amount": "1000"}, "something that this page does not ask for"),
        ({"setup_token": TOKEN, "form": ""}, "This form was not complete."),
        ({"setup_token": TOKEN, "form": "../../x"}, "This form was not complete."),
        ({}, "Please fill this in."),
    ],
)
def test_a_form_that_is_not_right_comes_back(
    bench: Bench, values: dict[str, str], told: str
) -> None:
    """With what is wrong, beside the field, and with none of what was typed."""
    path = bench.link(bench.add())

    page = bench.post(path, {"form": FORM, **values})

    assert 422 == page.status
    assert told in page.body
    assert 'role="alert"' in page.body
    assert TOKEN not in page.body
    assert [] == bench.attempts()
    assert [] == queued()


def test_a_form_that_comes_back_is_still_the_same_form(bench: Bench) -> None:
    """Correcting a mistake and pressing twice is one attempt."""
    page = bench.post(bench.link(bench.add()), {"form": FORM, "setup_token": ""})

    assert FORM == page.hidden("form")
    assert 'aria-invalid="true"' in page.body
    assert 'aria-describedby="field-setup_token-help field-setup_token-error"' in page.body


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("form=x", {"content_type": "application/json"}, 415),
        ("form=x", {"content_type": "multipart/form-data; boundary=x"}, 415),
        ("form=x", {"content_type": "text/plain"}, 415),
        ("form=x", {"content_type": ""}, 415),
        ("form=x", {"content_type": f"{FORM_TYPE}; charset=iso-8859-1"}, 415),
        ("form=" + "x" * 16_384, {}, 413),
        ("form=" + "x" * 1_000_000, {}, 413),
        ("&".join(f"f{n}=1" for n in range(100)), {}, 400),
        ("form=a&form=b", {}, 400),
        ("setup_token=a&setup_token=b", {}, 400),
        ("form", {}, 400),
        ("form=%ff%fe", {}, 400),
        ("form=ñ", {}, 400),
        ("form=x", {"origin": "https://evil.example"}, 403),
        ("form=x", {"origin": "https://connect.example.com.evil.example"}, 403),
        ("form=x", {"origin": "https://[broken"}, 403),
        ("form=x", {"sec_fetch_site": "cross-site"}, 403),
        ("form=x", {"sec_fetch_site": "same-site"}, 403),
    ],
)
def test_a_body_that_no_page_of_ours_sends_is_refused(
    bench: Bench, body: str, headers: dict[str, str], status: int
) -> None:
    """Each with a page that says so; nothing is stored."""
    path = bench.link(bench.add())

    page = bench.post(path, body, **headers)

    assert status == page.status
    assert "<h1>" in page.body
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert [] == bench.attempts()
    assert [] == queued()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "null", "sec_fetch_site": "same-origin"},
        {"origin": "https://connect.example.com", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"content_type": f"{FORM_TYPE}; charset=UTF-8"},
        {},
    ],
)
def test_a_form_of_ours_is_taken_from_every_browser(bench: Bench, headers: dict[str, str]) -> None:
    """A page without referrer sends `Origin: null`; old browsers send nothing at all."""
    path = bench.link(bench.add())

    assert 303 == bench.post(path, {"form": FORM, "setup_token": TOKEN}, **headers).status


def test_a_form_may_arrive_as_plain_text(bench: Bench) -> None:
    """Whether API Gateway encodes a body is its business."""
    path = bench.link(bench.add())

    answer = bench.call("POST", path, f"form={FORM}&setup_token={TOKEN}", BROWSER, encode=False)

    assert 303 == answer.status
