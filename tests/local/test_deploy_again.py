"""Deploy, destroy, deploy again: the log group that was kept is in the way, and there is a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs_lib.local import CdkCliError, HttpsEndpoint, LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from constructs_lib.local.reference_app import reference_app_directory

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"


def test_a_kept_log_group_is_named_with_what_to_do_and_can_be_taken_back(tmp_path: Path) -> None:
    context = [f"saasus:eventSourceName={SOURCE}", "saasus:endpoint=https://127.0.0.1/", "saasus:secretName=key"]
    options = [option for value in context for option in ("-c", value)]
    with HttpsEndpoint() as crm, LocalAws(ca_file=crm.ca_file) as aws:

        def cdk(*arguments: str) -> str:
            run = run_cdk(
                [*arguments, "--output", str(tmp_path / "cdk.out"), *options],
                cwd=reference_app_directory(),
                environment=aws.environment(),
            )
            return run.stdout + run.stderr

        bootstrap(aws)
        aws.client("events").create_partner_event_source(Name=SOURCE, Account=aws.account)
        aws.client("secretsmanager").create_secret(Name="key", SecretString="only-in-this-test")
        deploy = ("deploy", "--require-approval", "never")
        said = cdk(*deploy)
        assert "cdk deploy --import-existing-resources" in said
        cdk("destroy", "--force")
        groups = aws.client("logs").describe_log_groups()["logGroups"]
        assert [group["logGroupName"] for group in groups] == ["/aws/events/SaasusEvents/Saasus-Everything"]
        with pytest.raises(CdkCliError, match="already exists"):
            cdk(*deploy)
        cdk(*deploy, "--import-existing-resources")
        assert aws.client("events").describe_event_source(Name=SOURCE)["State"] == "ACTIVE"
        assert "no differences" in cdk("diff").lower()
