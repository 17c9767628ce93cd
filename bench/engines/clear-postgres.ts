/** Drops every schema but those of the server, and writes dirty pages out, so that the next measurement need not. */
export async function clearPostgres(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(/* sql */ `
    do $$ declare name text; begin
      for name in select nspname from pg_namespace where nspname !~ '^pg_|^information_schema$|^public$' loop
        execute format('drop schema %I cascade', name);
      end loop;
    end $$`);
  await query("checkpoint");
}
