"""The web server: gunicorn with a worker class of our own.

One thread of each process (the poller) holds all connections that wait: for a request head, for the beginning of a
body, for a client that reads slowly. It answers by itself what the fast path knows. Everything else is parsed by
gunicorn and answered by the WSGI application in a pool of threads; a connection that waits costs a socket, no thread.
"""
