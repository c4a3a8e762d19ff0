"""What a rule sends to its targets, and how each kind of target is invoked.

AWS: user guide, "Amazon EventBridge targets", "Input transformation", "Permissions for targets". EventBridge invokes a
Lambda asynchronously: once Lambda has accepted the event, its own retries apply.
"""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from constructs_lib.events.input_template import is_json
from constructs_lib.events.input_transformer import payload_of
from constructs_lib.local.adapter import api_destination_calls
from constructs_lib.local.adapter.delivery import (
    DeliveryError,
    PendingDelivery,
    courier,
    require_role,
    send_to_queue,
)
from constructs_lib.local.adapter.emulator import (
    ARN,
    EVENTS,
    FIREHOSE,
    LAMBDA,
    LOGS,
    RESPONSES,
    SNS,
    STEP_FUNCTIONS,
    account,
    region,
)
from constructs_lib.local.adapter.permissions import service_may
from constructs_lib.local.adapter.replacements import replaces

if TYPE_CHECKING:
    from collections.abc import Callable

_EXECUTION_INPUT_BYTES = 256 * 1024


@replaces("services.eventbridge._invoke_target")
def _invoke_target(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
    """Make the input of a target, and leave the rest to the courier."""
    if rule.get("ManagedBy"):
        return
    view = view or EVENTS.pattern_event_view(event)
    whole: dict[str, Any] = view.event_with_detail()
    payload = payload_of(target, whole, rule_name=str(rule.get("Name", "")), rule_arn=str(rule.get("Arn", "")))
    sender = _sender(str(target.get("Arn", "")), event) if payload.delivered else _no_input
    courier.deliver(PendingDelivery(whole, payload.text, target, rule, sender))


def _no_input(delivery: PendingDelivery) -> None:
    # LocalStack's recordings of AWS show that nothing arrives; no page mentions a dead letter.
    raise DeliveryError(
        "INVALID_JSON", f"The input transformer made text that is not JSON: {delivery.payload[:80]!r}", lost=True
    )


def _sender(arn: str, event: dict[str, Any]) -> Callable[[PendingDelivery], None]:
    try:
        spec = ARN.parse_arn(arn)
    except ARN.ArnParseError:
        return _unsupported
    if spec.service == "events" and spec.resource.startswith("event-bus/"):
        if (spec.account_id, spec.region) != (account(), region()):
            return _elsewhere
        path = set(event.get("_DispatchPath") or [])
        return lambda delivery: _to_event_bus(delivery, spec, event, path)
    if spec.service == "events" and spec.resource.startswith("api-destination/"):
        return api_destination_calls.send
    if (spec.account_id, spec.region) != (account(), region()) and spec.service != "states":
        return _elsewhere
    return SENDERS.get(spec.service, _unsupported)


def _to_event_bus(delivery: PendingDelivery, spec: Any, event: dict[str, Any], path: set[str]) -> None:
    if spec.resource.partition("/")[2] not in EVENTS.event_buses:
        raise DeliveryError("NO_RESOURCE", f"The event bus {delivery.target_arn} does not exist.")
    role = str(delivery.target.get("RoleArn") or "")
    if role:
        require_role(delivery, role, "events:PutEvents", [delivery.target_arn])
    # A bus gets the event itself, not its JSON.
    EVENTS.dispatch_to_event_bus(spec, event, delivery.rule, path)


def _unsupported(delivery: PendingDelivery) -> None:
    raise DeliveryError("INVALID_PARAMETER", f"The local AWS cannot deliver to {delivery.target_arn}.")


def _elsewhere(delivery: PendingDelivery) -> None:
    raise DeliveryError("NO_RESOURCE", f"{delivery.target_arn} is not in this account and region.")


def _to_lambda(delivery: PendingDelivery) -> None:
    arn = delivery.target_arn
    function, config, name = LAMBDA.get_func_record_for_ref(arn)
    if function is None or config is None:
        raise DeliveryError("NO_RESOURCE", f"The function {arn} does not exist.")
    policy = LAMBDA.functions[name].get("policy")
    if not service_may(
        policy, "lambda:InvokeFunction", arn, source_arn=delivery.rule_arn, source_account=delivery.account
    ):
        raise DeliveryError("NO_PERMISSIONS", f"The policy of {arn} does not allow lambda:InvokeFunction.")
    try:
        event = json.loads(delivery.payload)
    except ValueError as error:
        raise DeliveryError("INVALID_JSON", f"The input is not JSON: {error}") from error
    record = LAMBDA.execution_record_for_config(function, {**config, "FunctionArn": arn})
    LAMBDA.invoke_async_with_retry(record, event)


def _to_queue(delivery: PendingDelivery) -> None:
    group = (delivery.target.get("SqsParameters") or {}).get("MessageGroupId")
    send_to_queue(delivery.target_arn, delivery.payload, source_arn=delivery.rule_arn, group=group)


def _to_topic(delivery: PendingDelivery) -> None:
    arn = delivery.target_arn
    if arn.endswith(".fifo"):
        raise DeliveryError("INVALID_PARAMETER", f"EventBridge does not send to FIFO topics such as {arn}.")
    topic = SNS.topics.get(arn)
    if topic is None:
        raise DeliveryError("NO_RESOURCE", f"The topic {arn} does not exist.")
    policy = topic["attributes"].get("Policy")
    if not service_may(policy, "sns:Publish", arn, source_arn=delivery.rule_arn, source_account=delivery.account):
        raise DeliveryError("NO_PERMISSIONS", f"The policy of {arn} does not allow sns:Publish.")
    try:
        SNS.publish_internal(arn, delivery.payload, "")
    except SNS.SnsPublishError as error:
        raise DeliveryError("INVALID_PARAMETER", str(error)) from error


def _to_state_machine(delivery: PendingDelivery) -> None:
    arn, role = delivery.target_arn, str(delivery.target.get("RoleArn", ""))
    if STEP_FUNCTIONS.resolve_state_machine_arn(arn) is None:
        raise DeliveryError("NO_RESOURCE", f"The state machine {arn} does not exist.")
    require_role(delivery, role, "states:StartExecution", [arn])
    if not is_json(delivery.payload) or len(delivery.payload.encode()) > _EXECUTION_INPUT_BYTES:
        raise DeliveryError("INVALID_PARAMETER", f"{arn} does not accept the input: it is not JSON, or over 256 KiB.")
    STEP_FUNCTIONS.start_execution({"stateMachineArn": arn, "input": delivery.payload})


def _to_delivery_stream(delivery: PendingDelivery) -> None:
    arn, role = delivery.target_arn, str(delivery.target.get("RoleArn", ""))
    name = arn.partition(":deliverystream/")[2]
    if name not in FIREHOSE.streams:
        raise DeliveryError("NO_RESOURCE", f"The delivery stream {arn} does not exist.")
    require_role(delivery, role, "firehose:PutRecord", [arn])
    record = {"Data": base64.b64encode(delivery.payload.encode()).decode()}
    status, _, body = FIREHOSE.put_record({"DeliveryStreamName": name, "Record": record})
    if status >= 400:
        raise DeliveryError("INVALID_PARAMETER", f"{arn} did not accept the record: {body.decode()}")


def _to_log_group(delivery: PendingDelivery) -> None:
    """Write the event as one log event into its own stream.

    Here AWS accepts an input only as `{"timestamp": …, "message": …}` (aws-cdk-lib checks the same).
    """
    name = delivery.target_arn.partition(":log-group:")[2].removesuffix(":*")
    group = LOGS.log_groups.get(name)
    if group is None:
        raise DeliveryError("NO_RESOURCE", f"The log group {name} does not exist.")
    stream = str(RESPONSES.new_uuid())
    _require_logs_policy(delivery, name, stream)
    timestamp, message = _log_line(delivery)
    LOGS.create_log_stream({"logGroupName": name, "logStreamName": stream})
    event = {"timestamp": timestamp, "message": message}
    LOGS.put_log_events({"logGroupName": name, "logStreamName": stream, "logEvents": [event]})


def _require_logs_policy(delivery: PendingDelivery, group: str, stream: str) -> None:
    resource = f"arn:aws:logs:{region()}:{account()}:log-group:{group}:log-stream:{stream}"
    documents = [policy["policyDocument"] for policy in LOGS.resource_policies.values()]
    own = LOGS.log_group_policies.get(group)
    documents += [own["policyDocument"]] if own else []
    # The policy in the user guide has a condition on the rule for PutLogEvents, and none for CreateLogStream. Whether
    # AWS names the rule in that call is not documented, so here it does not.
    sources = {"logs:CreateLogStream": ("", ""), "logs:PutLogEvents": (delivery.rule_arn, delivery.account)}
    for action, (source_arn, source_account) in sources.items():
        if not any(
            service_may(document, action, resource, source_arn=source_arn, source_account=source_account)
            for document in documents
        ):
            raise DeliveryError("NO_PERMISSIONS", f"No resource policy of CloudWatch Logs allows {action} on {group}.")


def _log_line(delivery: PendingDelivery) -> tuple[int, str]:
    now = int(time.time() * 1000)
    target = delivery.target
    if not (target.get("Input") or target.get("InputTransformer") or target.get("InputPath")):
        return now, delivery.payload
    try:
        line = json.loads(delivery.payload)
        message = line["message"]
        timestamp = _milliseconds(line["timestamp"])
    except (ValueError, TypeError, KeyError) as error:
        raise DeliveryError(
            "INVALID_PARAMETER",
            'The input of a log group must be {"timestamp": <time>, "message": <text>}, '
            f"and {delivery.payload[:80]!r} is not.",
        ) from error
    return timestamp, message if isinstance(message, str) else json.dumps(message)


def _milliseconds(value: object) -> int:
    if isinstance(value, (int, float)):
        return int(value)
    text = str(value)
    return int(text) if text.isdigit() else int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


SENDERS: dict[str, Callable[[PendingDelivery], None]] = {
    "firehose": _to_delivery_stream,
    "lambda": _to_lambda,
    "sqs": _to_queue,
    "sns": _to_topic,
    "states": _to_state_machine,
    "logs": _to_log_group,
}
