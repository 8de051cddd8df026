from tests.servers.bigquery import bigquery_client, bigquery_endpoint
from tests.servers.mariadb import mariadb, mariadb_port

__all__ = ["bigquery_client", "bigquery_endpoint", "mariadb", "mariadb_port"]
