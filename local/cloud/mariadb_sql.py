"""The SQL of a new MariaDB: its system tables and the portal's account."""

from pathlib import Path

from local.console import LocalError
from local.process.ports import LOOPBACK

USER = "portal"
TIERS = "tiers"
"""Whom the tiers log in as; the migrations make this user and say what it may do."""


def system_tables(server: Path) -> str:
    """The SQL that mariadb-install-db would run. Debian's server package alone lacks a helper of that script."""
    share = server.resolve().parent.parent / "share" / "mysql"
    # One statement a line: a starting server reads its script that way.
    parts = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket=NULL;"]
    for name in ("mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data"):
        file = share / f"{name}.sql"
        if not file.exists():
            raise LocalError(f"{file} is missing, which comes with {server}. Install MariaDB 10.11 or newer.")
        parts.append(file.read_text())
    return "\n".join(parts)


def accounts(password: str) -> str:
    """SQL that the server runs before it takes connections: the portal's account, and no open root."""
    # The password is our own and holds letters, digits, - and _ alone.
    return f"""\
CREATE DATABASE IF NOT EXISTS portal CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE USER IF NOT EXISTS '{USER}'@'{LOOPBACK}';
ALTER USER '{USER}'@'{LOOPBACK}' IDENTIFIED BY '{password}';
GRANT ALL PRIVILEGES ON `portal%`.* TO '{USER}'@'{LOOPBACK}' WITH GRANT OPTION;
GRANT CREATE USER ON *.* TO '{USER}'@'{LOOPBACK}';
DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');
FLUSH PRIVILEGES;
ALTER USER IF EXISTS 'root'@'localhost' IDENTIFIED BY '{password}';
"""  # noqa: S608 - nothing in it comes from outside
