"""The bodies of SaaSus's communication API as types; written by scripts/generate_catalog.py.

They have the fields that SaaSus documents. Those marked as secret are not in decoded events.
"""

from __future__ import annotations

from typing import TypeAlias, TypedDict

from constructs_lib.events.saasus_event import SaasusEvent


class CreateFeedbackRequest(TypedDict):
    """The request body of `operations.communication.create_feedback`."""

    feedback_title: str
    feedback_description: str
    user_id: str


class User(TypedDict):
    """SaaSus's `User`, as it is in bodies."""

    user_id: str


class Comment(TypedDict):
    """SaaSus's `Comment`, as it is in bodies."""

    id: str
    created_at: int
    body: str


class CreateFeedbackResponse(TypedDict):
    """The response body of `operations.communication.create_feedback` after a success."""

    users: list[User]
    count: int
    comments: list[Comment]
    feedback_title: str
    feedback_description: str
    id: str
    user_id: str
    created_at: int
    status: int


CreateFeedbackEvent: TypeAlias = SaasusEvent[CreateFeedbackRequest, CreateFeedbackResponse]
"""An event of `operations.communication.create_feedback`."""


class CreateFeedbackCommentRequest(TypedDict):
    """The request body of `operations.communication.create_feedback_comment`."""

    body: str


class CreateFeedbackCommentResponse(Comment):
    """The response body of `operations.communication.create_feedback_comment` after a success."""


CreateFeedbackCommentEvent: TypeAlias = SaasusEvent[CreateFeedbackCommentRequest, CreateFeedbackCommentResponse]
"""An event of `operations.communication.create_feedback_comment`."""


class CreateVoteUserRequest(TypedDict):
    """The request body of `operations.communication.create_vote_user`."""

    user_id: str


class CreateVoteUserResponse(TypedDict):
    """The response body of `operations.communication.create_vote_user` after a success."""

    users: list[User]
    count: int


CreateVoteUserEvent: TypeAlias = SaasusEvent[CreateVoteUserRequest, CreateVoteUserResponse]
"""An event of `operations.communication.create_vote_user`."""

DeleteFeedbackEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.communication.delete_feedback`."""

DeleteFeedbackCommentEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.communication.delete_feedback_comment`."""

DeleteVoteForFeedbackEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.communication.delete_vote_for_feedback`."""


class UpdateFeedbackRequest(TypedDict):
    """The request body of `operations.communication.update_feedback`."""

    feedback_title: str
    feedback_description: str


UpdateFeedbackEvent: TypeAlias = SaasusEvent[UpdateFeedbackRequest, None]
"""An event of `operations.communication.update_feedback`."""


class UpdateFeedbackCommentRequest(TypedDict):
    """The request body of `operations.communication.update_feedback_comment`."""

    body: str


UpdateFeedbackCommentEvent: TypeAlias = SaasusEvent[UpdateFeedbackCommentRequest, None]
"""An event of `operations.communication.update_feedback_comment`."""


class UpdateFeedbackStatusRequest(TypedDict):
    """The request body of `operations.communication.update_feedback_status`."""

    status: int


UpdateFeedbackStatusEvent: TypeAlias = SaasusEvent[UpdateFeedbackStatusRequest, None]
"""An event of `operations.communication.update_feedback_status`."""
