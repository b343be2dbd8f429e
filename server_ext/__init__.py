"""The Jupyter server extension: REST and one WebSocket under `nbprism/`.

The server's process never imports Ray and never loads a pickle: runs live in their own processes.
"""
