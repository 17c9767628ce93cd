"""Takes events from the queue in PostgreSQL, in place of Hookwell's own workers; needs the package psycopg2.

Run: python3 postgres.py postgres://postgres@127.0.0.1:5432/test hookwell
"""
import sys, time, psycopg2

connection = psycopg2.connect(sys.argv[1])
take = """delete from {0}.message where ctid = any(array(
    select ctid from {0}.message where waiting order by id limit 10 for update skip locked))
  returning name, event_id, entity, revision, body""".format(sys.argv[2])
while True:
    with connection, connection.cursor() as cursor:  # The rows are gone when this block has ended well, and only then.
        cursor.execute(take)
        for name, event_id, entity, revision, body in cursor:
            print(name, event_id, entity, revision, bytes(body).hex(), flush=True)
    time.sleep(0.1)
