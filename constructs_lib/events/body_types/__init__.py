"""The request and response bodies of SaaSus's calls as types, one module for each API, for type checkers."""
