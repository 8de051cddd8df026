from tests.servers.contract import contract_tools

__all__ = ["contract_tools"]
