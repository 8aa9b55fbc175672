"""A client that sends exactly the bytes it is told to, and reads answers one after the other."""

import json
import socket
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes
    raw_head: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    def __init__(self, address, receive_buffer=0, timeout=20):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout)
        self.sock.connect(address)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)
        return self

    def get(self, path, **headers):
        return self.send(request("GET", path, **headers)).answer()

    def answer(self, is_head=False):
        """The next final answer; a 100 (Continue) has to be read with `informational`."""
        head = self._until(b"\r\n\r\n")
        status, headers = parse_head(head)
        if is_head or status in (204, 304) or status < 200:
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = self._exactly(int(headers["content-length"]))
        return Answer(status, headers, body, head)

    def informational(self):
        return parse_head(self._until(b"\r\n\r\n"))[0]

    def rest(self):
        """Everything until the server closes."""
        while True:
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                taken, self.buffer = self.buffer, b""
                return taken
            self.buffer += data

    def closed(self):
        return self.rest() == b""

    def _receive(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(self.buffer)
        self.buffer += data

    def _until(self, end):
        while end not in self.buffer:
            self._receive()
        taken, _, self.buffer = self.buffer.partition(end)
        return taken

    def _exactly(self, count):
        pieces, got = [self.buffer[:count]], len(self.buffer[:count])
        self.buffer = self.buffer[count:]
        while got < count:
            data = self.sock.recv(min(1 << 20, count - got))
            if not data:
                raise EOFError(f"{got} of {count} bytes")
            pieces.append(data)
            got += len(data)
        return b"".join(pieces)

    def _chunks(self):
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            assert self._exactly(2) == b"\r\n"
        assert self._exactly(2) == b"\r\n"
        return body


def parse_head(head):
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value
    return int(first.split(" ")[1]), headers


def request(method, path, body=None, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: registry.example"]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def chunked(*pieces):
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
