"""What a service is told of its script: ``InferenceConfig``, and the script read beforehand."""

from aml_nb.core.inference.inference_config import InferenceConfig, ResourceConfiguration

__all__ = ["InferenceConfig", "ResourceConfiguration"]
