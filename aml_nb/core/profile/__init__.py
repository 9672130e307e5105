"""``Model.profile`` and ``ModelProfile``: how much CPU and memory a service needs, measured."""

from __future__ import annotations

from aml_nb.core.profile.limits import MAX_PROFILE_CPU, MAX_PROFILE_MEMORY, MIN_PROFILE_CPU, MIN_PROFILE_MEMORY
from aml_nb.core.profile.model_profile import ModelProfile

__all__ = ["MAX_PROFILE_CPU", "MAX_PROFILE_MEMORY", "MIN_PROFILE_CPU", "MIN_PROFILE_MEMORY", "ModelProfile"]
