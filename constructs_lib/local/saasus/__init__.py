"""A local version of SaaSus on this machine: its API, the partner event source, and the events of every call.

`LocalSaasus` checks signatures, keeps the EventBridge setting, answers the operations of SaaSus's API files, and sends
each call's event to a `LocalAws`, in any form that SaaSus might use, and with any fault that a network or a partner can
have.
"""

from __future__ import annotations

from constructs_lib.local.errors import LocalSaasusError
from constructs_lib.local.saasus.fault import Fault
from constructs_lib.local.saasus.local_saasus import LocalSaasus
from constructs_lib.local.saasus.records import ReceivedCall, SentEvent
from constructs_lib.local.saasus.sending import Sending
from constructs_lib.runtime.saasus_api import EventBridgeSettings

__all__ = ["EventBridgeSettings", "Fault", "LocalSaasus", "LocalSaasusError", "ReceivedCall", "Sending", "SentEvent"]
