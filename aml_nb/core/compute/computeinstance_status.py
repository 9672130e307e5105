"""How a compute instance is."""

from __future__ import annotations

from datetime import datetime
from typing import Any


class ComputeInstanceStatus:
    """How an instance is: its state, whose it is, and since when."""

    def __init__(
        self,
        creation_time: datetime,
        created_by_user_name: str,
        created_by_user_id: str,
        created_by_user_org: str,
        errors: Any,
        modified_time: datetime,
        state: str,
        vm_size: str,
    ) -> None:
        self.creation_time = creation_time
        self.created_by_user_name = created_by_user_name
        self.created_by_user_id = created_by_user_id
        self.created_by_user_org = created_by_user_org
        self.errors = errors
        self.modified_time = modified_time
        self.state = state
        self.vm_size = vm_size

    def __repr__(self) -> str:
        return str(self.serialize())

    def serialize(self) -> dict[str, Any]:
        """The status as a JSON-able dictionary."""
        return {
            "errors": self.errors,
            "creationTime": self.creation_time.isoformat(),
            "createdBy": {
                "userObjectId": self.created_by_user_id,
                "userTenantId": self.created_by_user_org,
                "userName": self.created_by_user_name,
            },
            "modifiedTime": self.modified_time.isoformat(),
            "state": self.state,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any]) -> ComputeInstanceStatus:
        """What ``serialize`` described."""
        made_by = object_dict["createdBy"]
        return ComputeInstanceStatus(
            datetime.fromisoformat(object_dict["creationTime"]),
            made_by["userName"],
            made_by["userObjectId"],
            made_by["userTenantId"],
            object_dict["errors"],
            datetime.fromisoformat(object_dict["modifiedTime"]),
            object_dict["state"],
            object_dict["vmSize"],
        )
