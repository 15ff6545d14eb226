"""Bytes over sockets: URLs, names, proxies, TCP and TLS records, readiness, and the queue of what is to be written."""
