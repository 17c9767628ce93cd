"""Prints every event that Hookwell queues in NATS: python3 nats.py 127.0.0.1 4222 hookwell"""
import socket, sys, urllib.parse

host, port, name = sys.argv[1:]
stream = socket.create_connection((host, int(port))).makefile("rwb")
stream.write(b'CONNECT {"verbose":false,"headers":true}\r\nSUB %s-events.> 1\r\nPING\r\n' % name.encode())
stream.flush()
for line in stream:
    command, *words = line.split() or [b""]
    if command == b"PING": stream.write(b"PONG\r\n"), stream.flush()
    if command == b"-ERR": sys.exit(line.decode().strip())
    if command == b"PONG": print("listening", flush=True)
    if command != b"HMSG": continue
    size, total = int(words[-2]), int(words[-1])
    lines = stream.read(size).decode().split("\r\n")[1:-2]
    headers = {key: urllib.parse.unquote(value.strip()) for key, value in (each.split(":", 1) for each in lines)}
    body = stream.read(total - size)
    fields = [headers.get("Hookwell-" + key) for key in ("Event-Name", "Event-Id", "Entity", "Revision")]
    print(*fields, body.hex(), flush=True)
