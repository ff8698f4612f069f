"""Every route is guarded unless it stands in a list here."""

import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.server.contract import File, Routes
from likewise.server.http.body import Body
from tests.http.serving import make_page, make_settings

OPEN = {
    # machines ask, without a key
    "/health",
    "/ready",
    "/openapi.json",
    # the page asks, which has no key; it is served with keys only where that is wished for
    "/",
    "/favicon.svg",
    "/api/compare",
    "/api/why",
    "/api/read",
    "/api/scale",
    "/api/sizes",
    "/api/encoders",
    "/api/encoders/open",
    "/api/tables",
    "/api/tables/{table}",
    "/api/tables/{table}/look",
    "/api/tables/{table}/checks",
    "/api/texts",
    "/api/trainings",
    "/api/trainings/{training}",
    "/api/trainings/{training}/cell",
    "/api/trainings/{training}/predict",
    "/api/trainings/{training}/model",
    "/api/trainings/{training}/report",
    "/api/label",
    "/api/label/skip",
    "/api/label/table",
    "/api/label/undo",
}
FREE = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/"),
    ("GET", "/favicon.svg"),
    ("GET", "/api/encoders"),
    ("GET", "/api/trainings/{training}"),
    ("DELETE", "/api/trainings/{training}"),
    ("GET", "/api/collections/jobs/{job}"),
    ("DELETE", "/api/collections/jobs/{job}"),
    ("GET", "/api/collections/jobs/{job}/picture"),
}
"""What does not count against a client's rate: it is asked often, or it ends work."""

VITAL = {"/health", "/ready", "/metrics"}


@pytest.fixture
def routes(tmp_path):
    settings = make_settings(tmp_path, page=True, training=True)
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    return [route for group in app.dispatch.groups for route in group.routes]


def test_every_route_wants_the_key_unless_it_is_listed(routes):
    assert {route.path for route in routes if not route.protected} == OPEN
    assert {"/v1/embeddings", "/v1/models", "/metrics", "/api/classify"} <= {
        route.path for route in routes if route.protected
    }


def test_every_route_counts_unless_it_is_listed(routes):
    assert {(route.method, route.path) for route in routes if not route.charged} == FREE


def test_only_what_tells_of_the_server_itself_is_always_answered(routes):
    assert {route.path for route in routes if route.vital} == VITAL


def test_what_changes_something_takes_a_body_that_is_checked(routes):
    posts = [route for route in routes if route.method == "POST"]
    assert posts
    for route in posts:
        assert isinstance(route.takes, File) or issubclass(route.takes, Body)
    files = {route.path: route.streamed for route in routes if isinstance(route.takes, File)}
    assert files == {"/api/tables": False, "/api/texts": False, "/api/uploads": True}


def test_a_dropped_file_is_read_also_where_nobody_may_train(tmp_path):
    settings = make_settings(tmp_path, page=True, training=False)
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    paths = {route.path for group in app.dispatch.groups for route in group.routes}
    assert "/api/texts" in paths
    assert "/api/tables" not in paths


def test_a_route_is_guarded_by_default():
    routes = Routes("/api/new")

    @routes.route("", gives=None)
    async def new(_): ...

    [made] = routes.routes
    assert (made.protected, made.charged, made.vital, made.watched) == (True, True, False, True)
    assert made.most_bytes is None


def test_every_operation_has_a_name_of_its_own(routes):
    names = [route.name for route in routes if route.gives is not None]
    assert len(set(names)) == len(names)
    assert all(route.text for route in routes if route.gives is not None)
