"""A search as JSON: made of a configuration when it is submitted, read by the driver and by whoever looks later."""

from __future__ import annotations

import json
import secrets
from typing import Any

from aml_nb.core.hyperdrive import distributions, policy, sampling
from aml_nb.core.hyperdrive.config import MAX_DURATION_MINUTES, HyperDriveConfig
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal

Plan = dict[str, Any]


def of(config: HyperDriveConfig) -> Plan:
    """The plan of a configuration; chance begins with a seed that is kept."""
    method = config._generator_config
    seed = method.get("properties", {}).get("seed")
    return {
        "sampling": method,
        "policy": config._policy_config,
        "metric": config._metric,
        "goal": config._goal.value,
        "max_total_runs": config._max_total_runs,
        "max_concurrent_runs": config._max_concurrent_runs,
        "max_duration_minutes": config._max_duration_minutes,
        "seed": secrets.randbits(31) if seed is None else seed,
        "resume_from": [run.id for run in config._resume_from],
        "resume_child_runs": [run.id for run in config._resume_child_runs],
    }


def configuration(plan: Plan) -> HyperDriveConfig:
    """The configuration that a plan was made of, without what runs and what is resumed."""
    config = object.__new__(HyperDriveConfig)
    config._sampling = sampling.from_json(plan.get("sampling"))
    config._policy = policy.from_json(plan.get("policy"))
    config._metric = plan["metric"]
    config._goal = PrimaryMetricGoal.from_str(plan["goal"])
    config._max_total_runs = plan["max_total_runs"]
    config._max_concurrent_runs = plan["max_concurrent_runs"]
    config._max_duration_minutes = plan.get("max_duration_minutes", MAX_DURATION_MINUTES)
    config._estimator = config._run_config = config._pipeline = config._debug_flag = config._custom_run_id = None
    config._resume_from, config._resume_child_runs = [], []
    return config


def properties(plan: Plan) -> dict[str, str]:
    """The properties that v1's HyperDrive runs have."""
    size = distributions.size(plan["sampling"]["parameter_space"])
    return {
        "primary_metric_config": json.dumps({"name": plan["metric"], "goal": plan["goal"].lower()}),
        "resume_from": json.dumps(plan["resume_from"] or None),
        "runTemplate": "HyperDrive",
        "azureml.runsource": "hyperdrive",
        "platform": "AML",
        "space_size": "infinite_space_size" if size is None else str(size),
    }


def tags(plan: Plan) -> dict[str, str]:
    """The tags that v1's HyperDrive runs have."""
    return {
        "_aml_system_max_concurrent_jobs": str(plan["max_concurrent_runs"]),
        "_aml_system_max_total_jobs": str(plan["max_total_runs"]),
        "_aml_system_max_duration_minutes": str(plan["max_duration_minutes"]),
        "_aml_system_policy_config": json.dumps(plan["policy"]),
        "_aml_system_generator_config": json.dumps(plan["sampling"]),
        "_aml_system_primary_metric_config": json.dumps({"name": plan["metric"], "goal": plan["goal"].lower()}),
        "_aml_system_resume_child_runs": json.dumps(plan["resume_child_runs"] or None),
    }
