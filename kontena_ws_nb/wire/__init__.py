"""One open WebSocket: dialling, TLS, the HTTP upgrade, bytes in and out, frames."""
