"""Takes events from the queue in Redis, in place of Hookwell's own workers.

Run: python3 redis_streams.py redis://127.0.0.1:6379 hookwell   (needs the package redis; a file redis.py would hide it)
"""

import sys
import redis

server = redis.Redis.from_url(sys.argv[1])
streams = ["{%s}:%d" % (sys.argv[2], shard) for shard in range(16)]
start = "0"  # First what an earlier run took and did not finish, then what is new.
while True:
    answer = server.xreadgroup("hookwell", "python", dict.fromkeys(streams, start), count=100, block=1000)
    for stream, entries in answer:
        for entry, event in entries:
            print(event[b"event"], event[b"eventId"], event[b"entity"], event.get(b"revision"), event[b"body"], flush=True)
            server.pipeline().xack(stream, "hookwell", entry).xdel(stream, entry).execute()
    start = ">"
