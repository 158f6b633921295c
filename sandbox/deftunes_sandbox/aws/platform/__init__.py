"""What Terraform's provider for AWS asks of a platform, and moto leaves out.

As far as `terraform/` of this project asks for it. A service is taught when it is first asked for:
most who start an emulated AWS want a lake only, and moto's other services take long to import.
What no emulator has at all (Redshift Serverless, managed Airflow, table optimizers) is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

_LESSONS: Mapping[str, tuple[str, ...]] = {
    "athena": ("workgroups",),
    "budgets": ("budgets",),
    "ec2": ("security_groups",),
    "glue": ("rulesets",),
    "rds": ("databases",),
    "redshift": ("redshift_clusters", "redshift_parameters"),
    "redshiftdata": ("redshift_statements",),
    "s3": ("buckets",),
}


def teach_service(service: str) -> None:
    """Teach one of moto's services what it lacks.

    Args:
        service: As moto calls it, such as `redshiftdata`.
    """
    for module in _LESSONS.get(service, ()):
        import_module(f"{__name__}.{module}").install()
