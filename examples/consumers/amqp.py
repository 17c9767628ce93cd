"""Prints each event that arrives at Hookwell's exchange; see docs/engines/rabbitmq.md. Needs the package pika."""
import os, pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672")))
channel = connection.channel()
channel.queue_declare("my-events", durable=True)
channel.queue_bind("my-events", os.environ.get("EXCHANGE", "hookwell"), os.environ.get("EVENTS", "message.*"))
for method, properties, body in channel.consume("my-events"):
    headers = properties.headers
    print(properties.type, properties.message_id, headers["hookwell-entity"], headers.get("hookwell-revision"), body.hex(), flush=True)
    channel.basic_ack(method.delivery_tag)
