"""Takes events from the queue in PostgreSQL, in place of Hookwell's own workers; needs the package psycopg2.

Run: python3 postgres.py postgres://postgres@127.0.0.1:5432/test hookwell
"""
import sys, time, psycopg2

connection = psycopg2.connect(sys.argv[1])
take = """with next as (select id from {0}.message where waiting order by place limit 10 for update skip locked)
  delete from {0}.message m using next where m.id = next.id
  returning m.name, m.event_id, m.entity, m.revision, m.body""".format(sys.argv[2])
while True:
    with connection, connection.cursor() as cursor:  # The rows are gone when this block has ended well, and only then.
        cursor.execute(take)
        for name, event_id, entity, revision, body in cursor:
            print(name, event_id, entity, revision, bytes(body).hex(), flush=True)
    time.sleep(0.1)
