"""How to get into the warehouse: by password, or with IAM's temporary credentials."""

from __future__ import annotations

from typing import Any

from target_redshift.login import Login

APPLICATION = "deftunes-target-redshift"

LOGIN_SECONDS = 60
"""For so long the warehouse may take to let us in."""

_KEEPALIVE = {
    "tcp_keepalive": True,
    "tcp_keepalive_idle": 60,
    "tcp_keepalive_interval": 15,
    "tcp_keepalive_count": 4,
}
"""A statement may run for hours. AWS's network drops a connection that is silent for 350 seconds,
and a machine that is gone says nothing: after a minute it is asked, after two more it is gone."""


def arguments(login: Login) -> dict[str, Any]:
    """What `redshift_connector.connect` is told.

    Args:
        login: How to log in.

    Returns:
        Keyword arguments; those that say nothing are left out.
    """
    said: dict[str, Any] = {
        "host": login.host,
        "port": login.port,
        "database": login.database,
        "application_name": APPLICATION,
        "ssl": login.sslmode != "disable",
        "sslmode": login.sslmode if login.sslmode != "disable" else None,
        "timeout": LOGIN_SECONDS,
        **_KEEPALIVE,
    }
    if login.way == "password":
        said |= {"user": login.user, "password": login.password}
    else:
        said |= {"iam": True, "region": login.region, "profile": login.profile}
        if login.way == "iam":
            said |= {"cluster_identifier": login.cluster_identifier, "db_user": login.user}
            # without a database user, IAM decides who it is
            said |= {} if login.user else {"group_federation": True}
        else:
            said |= {"is_serverless": True, "serverless_work_group": login.workgroup}
    return {name: value for name, value in said.items() if value is not None}


def connect(login: Login) -> Any:
    """Open a connection whose statements commit unless a transaction is begun.

    Args:
        login: How to log in.

    Raises:
        redshift_connector.Error: It cannot be opened.
        BotoCoreError, ClientError: AWS gives no credentials.
    """
    # takes its time, and a load that ends before has no need of it
    import redshift_connector  # noqa: PLC0415

    connection = redshift_connector.connect(**arguments(login))
    connection.autocommit = True
    # the time-out is one for each answer, and the driver has none for the login alone
    connection._usock.settimeout(None)  # noqa: SLF001
    return connection
