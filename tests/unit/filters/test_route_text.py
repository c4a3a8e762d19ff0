"""Routes as text: which two can match one event, and which wildcard matches all that another does."""

from __future__ import annotations

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.filters.route_text import RouteText, siblings


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("/v1/a/{x}", "/v1/a/b", "/v1/a/b"),
        ("/v1/a/{x}", "/v1/a/{y}", "/v1/a/{x}"),
        ("/v1/a/{x}/c", "/v1/a/b", None),
        ("/v1/a/b", "/v1/a/c", None),
        ("/v1/{x}/b", "/v1/a/{y}", "/v1/a/b"),
    ],
)
def test_two_routes_at_once(one: str, other: str, both: str | None) -> None:
    for first, second in ((one, other), (other, one)):
        found = RouteText(first).both(RouteText(second))
        if both is None:
            assert found is None
        else:
            assert found is not None
            assert found.uri_pieces() == RouteText(both).uri_pieces()


def test_a_prefix_and_a_route_at_once() -> None:
    api = RouteText("/v1/auth/", is_prefix=True)
    route = RouteText("/v1/auth/tenants/{tenant_id}", "PATCH")

    assert api.both(route) == route.both(api) == route
    assert api.both(RouteText("/v1/pricing/plans", "PUT")) is None
    assert RouteText("/v1/auth/tenants").both(RouteText("/v1/auth/tenants/x/", is_prefix=True)) is None


def test_two_methods_never_stand_in_one_event() -> None:
    assert RouteText("/v1/a/b", "PUT").both(RouteText("/v1/a/b", "POST")) is None


def test_a_known_value_takes_the_parameters_place() -> None:
    route = RouteText("/v1/auth/tenants/{tenant_id}/plans", "PUT").with_value("tenant_id", "t-1")

    assert route.uri_pieces() == ('"uri":"/v1/auth/tenants/t-1/plans"',)


def test_siblings_are_what_a_wildcard_cannot_tell_apart() -> None:
    assert siblings("/v1/auth/users/{user_id}", "DELETE") == {op.auth.unlink_provider}
    assert siblings("/v1/auth/users/{anything}", "DELETE") == {op.auth.unlink_provider}
    assert siblings("/v1/auth/users", "POST") == frozenset()
    assert siblings("/v1/pricing/plans/{plan_id}", "PATCH") == {op.pricing.update_pricing_plans_used}


def test_a_wider_route_covers_a_contained_one() -> None:
    wide = RouteText("/v1/auth/users/{user_id}", "DELETE")
    contained = RouteText("/v1/auth/users/{user_id}/providers/{provider_name}", "DELETE")

    assert wide.covers(contained)
    assert not contained.covers(wide)
    assert not wide.covers(RouteText("/v1/auth/users/{user_id}", "PATCH"))


def test_simplifications_take_no_other_operation() -> None:
    route = RouteText(op.auth.delete_tenant_user_role.path, "DELETE")
    found = list(route.simplifications())

    assert found[0] == (
        '"uri":"/v1/auth/tenants/',
        "/users/",
        "/envs/",
        "/roles/",
        '"request_method":"DELETE"',
    )
    assert ('"uri":"/v1/auth/tenants/', "/roles/") in found
    assert all(
        '"request_method":"PATCH"' in pieces for pieces in RouteText("/v1/auth/envs/{x}", "PATCH").simplifications()
    )
