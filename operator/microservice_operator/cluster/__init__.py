"""Make it so: the API client, the watches, the store and the write protocol.

The only importer of `kubernetes`.
"""
