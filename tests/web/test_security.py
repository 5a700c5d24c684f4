"""The guard: who is let through, and what a browser is told."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from headway.web import security
from headway.web.security import Guard, hosts_of, is_loopback

TOKEN = "a-token-of-the-test-0123456789"


def client(**options) -> TestClient:
    async def hello(request):
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", hello, methods=["GET", "POST"]), Route("/live", hello)])
    options = {"hosts": hosts_of("127.0.0.1")} | options
    return TestClient(Guard(app, **options), base_url="http://127.0.0.1:8080", follow_redirects=False)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080"])
def test_the_machine_s_own_names_are_answered(host):
    assert client().get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "[",
        "10.0.0.1",
        "a@b",
        "evil@localhost",
        "localhost/evil.example",
        "localhost?evil.example",
        "localhost#",
        "local\thost",
        "localhost:80:80",
        "localhost:",
        "[::1",
    ],
)
def test_other_names_are_not(host):
    answer = client().get("/", headers={"host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (421, "wrong-host")


def test_two_names_are_none():
    for hosts in (("localhost", "evil.example"), ("evil.example", "localhost"), ("localhost", "localhost")):
        assert client().get("/", headers=[("host", name) for name in hosts]).status_code == 421


def test_where_a_token_is_needed_an_address_of_numbers_is_answered():
    options = {"hosts": hosts_of("0.0.0.0", ["proxy.example"]), "token": TOKEN}
    bearer = {"authorization": f"Bearer {TOKEN}"}
    for host, status in [("10.1.2.3:80", 200), ("proxy.example", 200), ("Proxy.Example:1", 200), ("evil.example", 421)]:
        assert client(**options).get("/", headers=bearer | {"host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": f"Bearer {TOKEN}"}, 200),
        ({"authorization": f"bearer  {TOKEN} "}, 200),
        ({"authorization": f"Basic {TOKEN}"}, 401),
        ({"authorization": f"Bearer {TOKEN}x"}, 401),
        ({"authorization": f"Bearer {TOKEN[:-1]}"}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Bearer ü".encode()}, 401),
        ({"cookie": f"headway={TOKEN}"}, 200),
        ({"cookie": f"other={TOKEN}; headway=no"}, 401),
        ({"cookie": "\x01=;;;["}, 401),
        # What other programs of the same machine set is sent along, whatever it is.
        ({"cookie": f'ui={{"a": [1, 2]}}; headway={TOKEN}'}, 200),
        ({"cookie": f"headway=no; headway={TOKEN}; headway=no"}, 200),
        ({"cookie": f"xheadway={TOKEN}; headwayx={TOKEN}; headway"}, 401),
    ],
)
def test_a_token_is_asked_for(headers, status):
    answer = client(token=TOKEN, cookie="headway").get("/", headers=headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_without_a_cookie_s_name_no_cookie_and_no_query_holds_the_token():
    assert client(token=TOKEN).get("/", headers={"cookie": f"headway={TOKEN}"}).status_code == 401
    assert client(token=TOKEN).get("/", params={"token": TOKEN}).status_code == 401


def test_the_token_in_the_address_becomes_a_cookie_that_no_script_reads():
    guarded = client(token=TOKEN, cookie="headway")
    answer = guarded.get("/", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert guarded.get("/").status_code == 200
    assert client(token=TOKEN, cookie="headway").get("/", params={"token": "wrong"}).status_code == 401
    assert client(token=TOKEN, cookie="headway").get("/?token=a&token=" + TOKEN).status_code == 401


def test_the_token_is_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(security.hmac, "compare_digest", lambda *both: compared.append(both) or False)
    assert client(token=TOKEN).get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 401
    assert compared == [(TOKEN.encode(), TOKEN.encode())]


def test_open_paths_need_none():
    guarded = client(token=TOKEN, open_paths=frozenset({"/live"}))
    assert guarded.get("/live").status_code == 200
    assert guarded.get("/live/").status_code == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8080", 200),
        ("http://127.0.0.1:9999", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
        ("http://[", 403),
        ("http://a@127.0.0.1:8080", 403),
        ("//127.0.0.1:8080", 403),
    ],
)
def test_a_page_of_another_site_changes_nothing(origin, status):
    assert client().post("/", headers={"origin": origin}).status_code == status
    assert client().get("/", headers={"origin": origin}).status_code == 200


def test_programs_send_no_origin():
    assert client().post("/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_a_browser_is_told_to_be_careful(path):
    for headers in ({}, {"host": "evil.example"}):
        told = client().get(path, headers=headers).headers
        assert "script-src 'self'" in told["content-security-policy"]
        assert "unsafe" not in told["content-security-policy"]
        assert told["x-content-type-options"] == "nosniff"
        assert not any(name.startswith("access-control") for name in told)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("a.b", False),
    ],
)
def test_loopback(host, expected):
    assert is_loopback(host) is expected
