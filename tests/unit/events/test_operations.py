from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from constructs_lib.events.errors import AmbiguousOperation, UnknownOperation
from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.operations import operations


def test_has_every_operation_that_is_not_a_get() -> None:
    assert len(operations) == len(list(operations)) == 120
    assert "GET" not in {operation.method for operation in operations}
    assert [group.api for group in operations.groups] == [
        "analysis",
        "apigateway",
        "auth",
        "awsmarketplace",
        "billing",
        "communication",
        "integration",
        "pricing",
    ]
    assert sum(len(group) for group in operations.groups) == 120


def test_only_three_names_are_documented() -> None:
    documented = {o.operation_id: o.event_types for o in operations if o.documented}

    assert documented == {
        "CreateTenant": ("create_tenant",),
        "CreateSaasUser": ("create_saas_user",),
        "CreateEventBridgeTestEvent": ("create_eventbridge_test_event",),
    }


def test_a_name_that_saasus_lists_elsewhere_is_corroborated_and_not_documented() -> None:
    assert [o for o in operations if o.corroborated] == [operations.auth.create_tenant_user]
    assert not operations.auth.create_tenant_user.documented
    known_from = Counter(operation.known_from for operation in operations)
    assert known_from == {"documented": 3, "corroborated": 1, "derived": 116}


def test_names_from_before_a_renaming_are_candidates_behind_the_derived_ones() -> None:
    assert operations.pricing.update_metering_unit_timestamp_count.event_types == (
        "update_metering_unit_timestamp_count",
        "update_metering_unit_date_count",
    )
    assert operations.by_event_type("delete_all_plans_and_menus_and_units_and_meters") == (
        operations.pricing.delete_all_plans_and_menus_and_units_and_meters_and_tax_rates,
    )
    assert operations.auth.delete_saas_user.event_types == ("delete_saas_user",), "renamed, and spelled alike"


def test_what_creates_a_user_or_a_tenant_is_named() -> None:
    assert [operation.name for operation in operations.creating_users] == [
        "create_saas_user",
        "create_tenant_user",
        "sign_up",
        "sign_up_with_aws_marketplace",
        "validate_invitation",
    ]
    assert [operation.name for operation in operations.creating_tenants] == [
        "confirm_sign_up_with_aws_marketplace",
        "create_tenant",
    ]
    with_response = [o for o in (*operations.creating_users, *operations.creating_tenants) if "id" in o.response_fields]
    assert [o.name for o in operations.creating_users if o not in with_response] == ["validate_invitation"]


def test_retired_operations_are_known_and_offered_nowhere() -> None:
    assert [(o.method, o.path) for o in operations.retired] == [
        ("POST", "/v1/apigateway/tenants/{tenant_id}/api-key"),
        ("PATCH", "/v1/apigateway/tenants/{tenant_id}/allowed-ips"),
        ("POST", "/v1/auth/apikeys"),
        ("DELETE", "/v1/auth/apikeys/{api_key}"),
        ("PATCH", "/v1/auth/client-secret"),
        ("PATCH", "/v1/auth/saasid"),
    ]
    for retired in operations.retired:
        assert operations.by_route(retired.method, retired.path) is None
        assert operations.identify("", retired.method, retired.path) is retired
        assert retired not in operations
        assert retired not in operations.group(retired.api)
        assert str(retired) not in operations
        assert all(retired not in operations.by_event_type(name) for name in retired.event_types)
        assert repr(retired) == f"<retired operation {retired.api}.{retired.name}>"
    assert len({str(o) for o in (*operations, *operations.retired)}) == 126
    assert operations["create_api_key"] is operations.apigateway.create_api_key


def other_calls(operation: Operation) -> list[tuple[str, str]]:
    """Return calls that are not the operation's, most of them not even of any operation."""
    return [
        (other, operation.path)
        for other in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if other != operation.method
    ] + [(operation.method, path) for path in (f"{operation.path}/more", "/v1/x", "/", f"/x{operation.path}")]


def test_a_name_never_decides_against_method_and_uri() -> None:
    everything: tuple[Operation, ...] = (*operations, *operations.retired)
    for operation in everything:
        for event_type in operation.event_types:
            assert operations.identify(event_type, operation.method, operation.path) is operation
            for method, path in other_calls(operation):
                found = operations.identify(event_type, method, path)
                assert found is not operation, (operation, method, path)
                assert found is None or (found.method, found.path) == (method, path) or "{" in found.path
        for other in everything:
            assert operations.identify(other.event_types[0], operation.method, operation.path) is operation


def test_a_name_decides_where_the_call_is_missing_in_part() -> None:
    create = operations.auth.create_tenant

    assert operations.identify("create_tenant", "", "") is create
    assert operations.identify("create_tenant", "post", "") is create
    assert operations.identify("create_tenant", "", "/v1/auth/tenants?x=1") is create
    assert operations.identify("create_tenant", "PUT", "") is None
    assert operations.identify("create_tenant", "", "/v1/auth/users") is None
    assert operations.identify("update_tenant", "PATCH", "") is None, "two APIs share the name"
    assert operations.identify("update_tenant", "", "/v1/auth/tenants/t-1") is operations.auth.update_tenant
    assert operations.identify("create_api_key", "", "") is None, "retired ones share the name"
    assert operations.identify("nobody_knows", "", "/v1/auth/tenants") is None


@pytest.mark.parametrize(
    ("event_type", "method", "uri", "name"),
    [
        ("refresh_client_secret", "POST", "/v1/apigateway/a*****************/client-secret", "refresh_client_secret"),
        ("refresh_client_secret", "POST", "/v1/apigateway/ap*******************", "refresh_client_secret"),
        ("delete_tenant_invitation", "DELETE", "/v1/auth/tenants/t-1/invi*********", "delete_tenant_invitation"),
        ("refresh_client_secret", "POST", "/v1/auth/a*****************/client-secret", None),
        ("refresh_client_secret", "POST", "/v1/apigateway/a*****************/validate", None),
        ("delete_tenant_invitation", "GET", "/v1/auth/tenants/t-1/invi*********", None),
        ("create_tenant", "POST", "/v1/auth/tenants/*****", None),
    ],
)
def test_a_masked_uri_contradicts_by_what_it_shows(event_type: str, method: str, uri: str, name: str | None) -> None:
    found = operations.identify(event_type, method, uri)

    assert (found.name if found else None) == name


def test_the_facts_of_one_operation() -> None:
    operation = operations.auth.delete_tenant_user_role

    assert (operation.api, operation.name, operation.operation_id) == (
        "auth",
        "delete_tenant_user_role",
        "DeleteTenantUserRole",
    )
    assert operation.method == "DELETE"
    assert operation.path == "/v1/auth/tenants/{tenant_id}/users/{user_id}/envs/{env_id}/roles/{role_name}"
    assert operation.path_params == ("tenant_id", "user_id", "env_id", "role_name")


def test_fields_have_their_json_type() -> None:
    assert dict(operations.auth.create_tenant.request_fields) == {
        "attributes": "object",
        "back_office_staff_email": "string",
        "name": "string",
    }
    assert operations.auth.create_tenant.response_fields["plan_histories"] == "array"
    assert operations.pricing.create_pricing_unit.request_fields["type"] == "string"


def test_knows_both_spellings_of_compounds() -> None:
    assert operations.integration.save_eventbridge_settings.event_types == (
        "save_eventbridge_settings",
        "save_event_bridge_settings",
    )
    assert "delete_metering_unit_by_id" in operations.pricing.delete_metering_unit_by_id.event_types


def test_secret_fields_are_those_of_the_reviewed_list() -> None:
    names = Counter(path.rsplit(".", 1)[-1] for o in operations for path in o.secret_fields)

    assert {name: names[name] for name in ("access_token", "registration_token", "id_token", "client_secret")} == {
        "access_token": 15,
        "registration_token": 5,
        "id_token": 3,
        "client_secret": 2,
    }
    assert "uri.api_key" in operations.apigateway.refresh_client_secret.secret_fields
    assert "request_body.sign_in_parameters" in operations.auth.sign_in.secret_fields
    assert "request_body.envs[].id" not in operations.auth.create_tenant_invitation.secret_fields


def test_an_unknown_attribute_is_an_error_with_the_nearest_names() -> None:
    with pytest.raises(UnknownOperation, match=r"'creat_tenant'.*'create_tenant'"):
        operations.auth.creat_tenant  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(UnknownOperation, match=r"'prcing'.*'pricing'"):
        operations.prcing  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(operations.auth, "creat_tenant")
    assert not hasattr(operations, "prcing")


def test_finds_by_name() -> None:
    assert operations["create_tenant"] is operations.auth.create_tenant
    assert operations["auth.update_tenant"] is operations.auth.update_tenant
    assert operations.auth["update_tenant"] is operations.auth.update_tenant
    assert "create_tenant" in operations
    assert "create_tenants" not in operations


def test_a_name_of_two_apis_is_an_error_that_names_both() -> None:
    with pytest.raises(AmbiguousOperation, match=r"'apigateway.update_tenant' or 'auth.update_tenant'"):
        operations["update_tenant"]


def test_an_operation_id_is_answered_with_its_name() -> None:
    with pytest.raises(UnknownOperation, match=r"write 'auth.create_tenant'"):
        operations["CreateTenant"]


def test_finds_by_event_type() -> None:
    assert operations.by_event_type("create_tenant") == (operations.auth.create_tenant,)
    assert operations.by_event_type("save_event_bridge_settings") == (operations.integration.save_eventbridge_settings,)
    assert operations.by_event_type("update_tenant") == (
        operations.apigateway.update_tenant,
        operations.auth.update_tenant,
    )
    assert operations.by_event_type("nobody_knows") == ()


@pytest.mark.parametrize(
    ("method", "uri", "name"),
    [
        ("POST", "/v1/auth/tenants", "auth.create_tenant"),
        ("post", "/v1/auth/tenants?x=/y", "auth.create_tenant"),
        ("PATCH", "/v1/pricing/plans/used", "pricing.update_pricing_plans_used"),
        ("PATCH", "/v1/pricing/plans/3f1b", "pricing.update_pricing_plan"),
        ("PATCH", "/v1/apigateway/tenants/t", "apigateway.update_tenant"),
        ("PATCH", "/v1/auth/tenants/", None),
        ("GET", "/v1/auth/tenants", None),
        ("POST", "/v1/auth/tenants/x/y/z", None),
    ],
)
def test_finds_by_route(method: str, uri: str, name: str | None) -> None:
    found = operations.by_route(method, uri)

    assert (str(found) if found else None) == name


def test_every_route_leads_back_to_its_operation() -> None:
    for operation in operations:
        assert operations.by_route(operation.method, operation.path) is operation


def test_operations_and_groups_are_values_that_show_how_to_write_them() -> None:
    assert repr(operations.auth.create_tenant) == "operations.auth.create_tenant"
    assert repr(operations.pricing) == "operations.pricing"
    assert len({*operations, operations.auth["create_tenant"]}) == 120
    assert operations.auth.create_tenant in operations.auth
    assert operations.auth.create_tenant not in operations.pricing
    assert operations.auth != operations.pricing


def test_no_operation_hides_behind_a_method_of_its_group() -> None:
    own = set(dir(OperationGroup("x", {})))

    assert own.isdisjoint(operation.name for operation in operations)
    assert own.isdisjoint(group.api for group in operations.groups)


def test_the_typed_index_names_what_the_data_has() -> None:
    for group in operations.groups:
        assert list(type(group).__annotations__) == [operation.name for operation in group]
    assert all(isinstance(getattr(operations[str(o)], "name", None), str) for o in operations)
    assert isinstance(operations.auth.create_tenant, Operation)


def test_the_catalog_loads_no_cdk_and_its_data_only_when_used() -> None:
    code = (
        "import sys; from constructs_lib.events.operations import operations as o;"
        "assert '_all' not in vars(o); o.auth.create_tenant; assert '_all' in vars(o);"
        "assert 'aws_cdk' not in sys.modules and 'jsii' not in sys.modules and 'yaml' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
