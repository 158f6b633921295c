"""Who may do what in Superset: an admin everything, an analyst look."""

from __future__ import annotations

from superset.extensions import appbuilder, db
from superset.extensions import security_manager as people

ANALYST = "Analyst"
"""The role of those who look at dashboards: they change nothing and have no SQL Lab."""

_SEES = {
    "Api": ("can_query", "can_query_form_data", "can_time_range"),
    "Chart": ("can_read",),
    "Charts": ("menu_access",),
    "CurrentUserRestApi": ("can_read",),
    "Dashboard": ("can_read", "can_drill", "can_view_chart_as_table"),
    "Dashboards": ("menu_access",),
    # Which filters are set is kept by the server; a link to them is, too.
    "DashboardFilterStateRestApi": ("can_read", "can_write"),
    "DashboardPermalinkRestApi": ("can_read", "can_write"),
    "Database": ("can_read",),
    "Dataset": ("can_read", "can_get_drill_info"),
    "Explore": ("can_read",),
    "ExploreFormDataRestApi": ("can_read", "can_write"),
    "Home": ("menu_access",),
    "Log": ("can_recent_activity",),
    "MenuApi": ("can_get",),
    "ResetMyPasswordView": ("can_this_form_get", "can_this_form_post"),
    "SecurityRestApi": ("can_read",),  # the token that a form needs
    "Superset": (
        *("can_csv", "can_dashboard", "can_dashboard_permalink", "can_explore", "can_explore_json"),
        *("can_fetch_datasource_metadata", "can_language_pack", "can_log", "can_slice"),
    ),
    "Theme": ("can_read",),
    "UserDBModelView": ("can_userinfo", "resetmypassword"),
    "security": ("can_read",),
}


def make_people(passwords: dict[str, str]) -> None:
    """Make the roles, and the users that are not there yet.

    Args:
        passwords: Of `admin` and `analyst`.
    """
    appbuilder.add_permissions(update_perms=True)
    people.sync_role_definitions()
    people.add_role(ANALYST)
    for user, role in (("admin", "Admin"), ("analyst", ANALYST)):
        if people.find_user(user) is None:
            people.add_user(
                username=user,
                first_name="DeFtunes",
                last_name=user,
                email=f"{user}@deftunes.invalid",
                role=people.find_role(role),
                password=passwords[user],
            )


def let_analysts_see(database: str) -> None:
    """Give the role what it may do, and no more, also if somebody gave it more.

    Args:
        database: Name of the one database that they may see.
    """
    wanted = [(name, view) for view, names in _SEES.items() for name in names]
    found = people.find_permission_view_menu
    role = people.find_role(ANALYST)
    role.permissions = [found(name, view) for name, view in wanted] + [
        each
        for each in db.session.query(people.permissionview_model)
        if each.permission.name == "database_access"
        and each.view_menu.name.startswith(f"[{database}].")
    ]
    db.session.commit()
